#include "dataplane/eal.h"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

namespace demarc::dp {
namespace {

Status check_cpu(const cpu_set_t& usable, uint16_t cpu, const char* key) {
  if (cpu < CPU_SETSIZE && CPU_ISSET(cpu, &usable)) return {};
  return fail(ErrorCode::invalid,
              fmt::format("[dataplane] {}: this process may not use CPU {}; it may use {} CPUs, see taskset -p $$", key,
                          cpu, CPU_COUNT(&usable)));
}

}  // namespace

namespace {

// `which`: a file of the kernel's for each size of page.
uint64_t hugepages_mb(const char* which) {
  uint64_t mb = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/sys/kernel/mm/hugepages", error)) {
    const std::string name = entry.path().filename();  // hugepages-2048kB
    const size_t dash = name.find('-');
    uint64_t kb = 0;
    if (dash == std::string::npos) continue;
    std::from_chars(name.data() + dash + 1, name.data() + name.size(), kb);
    uint64_t pages = 0;
    std::ifstream(entry.path() / which) >> pages;
    mb += pages * kb / 1024;
  }
  return mb;
}

}  // namespace

uint64_t free_hugepages_mb() { return hugepages_mb("free_hugepages"); }
uint64_t reserved_hugepages_mb() { return hugepages_mb("nr_hugepages"); }

Result<std::vector<std::string>> eal_arguments(const Config& config, uint64_t hugepages_mb) {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  sched_getaffinity(0, sizeof usable, &usable);
  if (Status s = check_cpu(usable, config.main_core, "main_core"); !s) return tl::unexpected<Error>(s.error());
  std::string lcores = fmt::format("--lcores=0@{}", config.main_core);
  for (size_t w = 0; w < config.workers.size(); ++w) {
    if (Status s = check_cpu(usable, config.workers[w], "workers"); !s) return tl::unexpected<Error>(s.error());
    lcores += fmt::format(",{}@{}", w + 1, config.workers[w]);
  }

  std::vector<std::string> arguments{"demarc-dp", lcores, "--main-lcore=0", "--no-telemetry"};
  arguments.push_back(fmt::format("--file-prefix=demarc-{}", getpid()));
  arguments.push_back("-m");
  arguments.push_back(std::to_string(config.memory_mb));
  const bool enough = hugepages_mb >= config.memory_mb;
  if (config.hugepages == Hugepages::require && !enough) {
    return fail(
        ErrorCode::exhausted,
        fmt::format("[dataplane] hugepages = \"require\": {} MB of them are free and memory_mb = {} are needed: "
                    "reserve more (/proc/sys/vm/nr_hugepages), or say hugepages = \"auto\"",
                    hugepages_mb, config.memory_mb));
  }
  if (config.hugepages != Hugepages::never && enough) {
    arguments.push_back("--in-memory");
  } else {  // DPDK 22.11 refuses --in-memory together with --no-huge; these two mean the same
    arguments.push_back("--no-huge");
    arguments.push_back("--no-shconf");
  }
  bool pci = false;
  for (const PortConfig& port : config.ports) {
    if (!port.is_pci()) continue;
    pci = true;
    arguments.push_back("-a");
    arguments.push_back(port.device);
  }
  if (!pci) arguments.push_back("--no-pci");
  return arguments;
}

}  // namespace demarc::dp
