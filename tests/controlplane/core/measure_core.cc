// Measures durable session adds per second, with 1 and 16 in flight, at 1,000 and 100,000 sessions that are there, and
// the time to open the store with them. Argument: a directory on the disk that is to be measured.
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "tests/controlplane/core/core_fixture.h"

namespace demarc::cp::test {
namespace {

using Seconds = std::chrono::duration<double>;
double since(std::chrono::steady_clock::time_point start) {
  return Seconds(std::chrono::steady_clock::now() - start).count();
}

struct Adder {
  Core& core;
  TenantObjects tenant;
  uint32_t next = 0;

  void add(std::function<void(Status)> done) {
    const uint32_t n = ++next;
    core.write(
        [this, n](Edit& e) -> Status {
          auto s = e.add_session(make_session(tenant, 1000 + 2 * n, Ipv4Address{ip("100.64.0.0").value + n}));
          if (!s) return tl::unexpected(s.error());
          return {};
        },
        std::move(done));
  }

  // Adds `count`, at most `in_flight` at a time; returns how many a second.
  double run(uint32_t count, uint32_t in_flight) {
    std::mutex mutex;
    std::condition_variable wake;
    uint32_t flying = 0, failed = 0;
    const auto start = std::chrono::steady_clock::now();
    for (uint32_t i = 0; i < count; ++i) {
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return flying < in_flight; });
        ++flying;
      }
      add([&](Status s) {
        std::lock_guard guard(mutex);
        --flying;
        if (!s) ++failed;
        wake.notify_one();
      });
    }
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return flying == 0; });
    if (failed != 0) std::printf("%u failed!\n", failed);
    return count / since(start);
  }
};

void measure(const std::string& directory) {
  const std::string path = directory + "/measure.db";
  auto core = must_open_core(path);
  Adder adder{*core, {}};
  const Status made = write(*core, [&adder](Edit& e) -> Status {
    adder.tenant = add_tenant_objects(e, "acme", 100);
    auto pool = e.add_pool({{}, adder.tenant.tenant.id, "many", adder.tenant.internet.id, prefix("100.64.0.0/10")});
    if (!pool) return tl::unexpected(pool.error());
    return {};
  });
  if (!made) throw std::runtime_error(made.error().message);
  std::printf("%10s %10s %12s\n", "sessions", "in flight", "adds/s");
  for (uint32_t there : {1'000u, 100'000u}) {
    const double filled = adder.run(there - adder.next, 512);
    std::printf("%10u %10u %12.0f (filling up)\n", there, 512u, filled);
    for (uint32_t in_flight : {1u, 16u})
      std::printf("%10u %10u %12.0f\n", there, in_flight, adder.run(500 * in_flight, in_flight));
  }
  core.reset();
  const auto start = std::chrono::steady_clock::now();
  core = must_open_core(path);
  const size_t n = copy_model(*core).sessions.size();
  std::printf("open with %zu sessions: %.2f s, file %.1f MB\n", n, since(start),
              static_cast<double>(std::filesystem::file_size(path)) / 1e6);
}

}  // namespace
}  // namespace demarc::cp::test

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: measure_core EMPTY_DIRECTORY\n");
    return 2;
  }
  demarc::cp::test::measure(argv[1]);
}
