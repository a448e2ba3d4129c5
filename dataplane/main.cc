// demarc-dp: the data plane. Exit codes: 0 stopped by a signal, 1 something failed while it ran, 2 a bad command line
// or configuration.
#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <string>

#include "common/base/text.h"
#include "dataplane/config.h"
#include "dataplane/eal.h"
#include "dataplane/launch.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitBadConfiguration = 2;

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free, "it is written by a signal handler");

void on_stop_signal(int) { stop.store(true); }

void handle_signals() {
  struct sigaction action {};
  action.sa_handler = on_stop_signal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &action, nullptr);
  sigaction(SIGPIPE, &action, nullptr);
}

int refuse(const demarc::Error& error, int code) {
  std::fprintf(stderr, "demarc-dp: %s\n", error.message.c_str());
  return code;
}

demarc::Error bad_command_line(const std::string& what) {
  return {demarc::ErrorCode::invalid, what + "; demarc-dp --help lists the options"};
}

// PCI devices that --check can tell to be missing without touching one.
demarc::Status check_pci(const demarc::dp::Config& config) {
  for (const auto& port : config.ports) {
    if (!port.is_pci()) continue;
    const std::string address = port.identity()->substr(4);
    if (std::filesystem::exists("/sys/bus/pci/devices/" + address)) continue;
    return demarc::fail(
        demarc::ErrorCode::not_found,
        fmt::format("port {}: there is no PCI device {}; dpdk-devbind.py --status lists them", port.name, address));
  }
  return {};
}

void log_to_stderr(const std::string& level) {
  auto log = spdlog::stderr_color_mt("demarc-dp");
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
  log->set_level(spdlog::level::from_str(level));
  log->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(log));
}

int run(const demarc::dp::Config& config) {
  handle_signals();
  demarc::dp::leave_tap_signals_to_workers();
  log_to_stderr(config.log_level);
  demarc::dp::DataPlane dataplane(config);
  demarc::Status status = dataplane.configure();
  if (status) status = dataplane.allocate();
  if (status) status = dataplane.start_ports();
  if (status && !stop) status = dataplane.run(stop);
  if (!status) return refuse(status.error(), kExitFailed);
  spdlog::info("stopped");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The data plane of demarc.", "demarc-dp"};
  std::string path;
  bool check = false;
  app.add_option("--config", path, "configuration file (TOML)");
  app.add_flag("--check", check, "check the configuration file and what it asks of this machine, and do nothing else");
  app.set_version_flag("--version", "demarc-dp " DEMARC_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    return refuse(bad_command_line(e.what()), kExitBadConfiguration);
  }
  if (path.empty()) return refuse(bad_command_line("--config FILE is needed"), kExitBadConfiguration);
  auto config = demarc::dp::load_config(path);
  if (!config) return refuse(config.error(), kExitBadConfiguration);
  if (check) {
    const auto arguments = demarc::dp::eal_arguments(*config, demarc::dp::reserved_hugepages_mb());
    if (!arguments) return refuse(arguments.error(), kExitBadConfiguration);
    if (const auto s = check_pci(*config); !s) return refuse(s.error(), kExitBadConfiguration);
    fmt::print("{}: good: {}, {}. Not tried: making the ports, memory, the channel\n", path,
               demarc::counted(config->ports.size(), "port"), demarc::counted(config->workers.size(), "worker"));
    return 0;
  }
  return run(*config);
}
