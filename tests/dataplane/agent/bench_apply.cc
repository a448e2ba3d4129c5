// How long large transactions take: 10,000 operations each. Not a test: prints a row for each.
#include <time.h>

#include <cstdio>

#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

constexpr uint32_t kOperations = 10'000;

// CPU time of this thread: what others do on the machine does not count.
double cpu_ms() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void row(World& world, const char* what, const std::vector<TableUpdate>& updates) {
  const double start = cpu_ms();
  const ApplyResult result = world.apply(updates);
  const double took = cpu_ms() - start;
  if (!result) {
    std::printf("%s: operation %u: %s\n", what, result.error().operation, result.error().error.message.c_str());
    return;
  }
  std::printf("%-52s %6zu operations %8.2f ms %10.0f operations/s\n", what, updates.size(), took,
              static_cast<double>(updates.size()) / took * 1000);
  world.settle();
}

void run() {
  Capacities c;
  c.vrfs = c.attachments = 16384;
  World world(c);
  row(world, "one tenant", base(7, 4001));
  std::vector<TableUpdate> updates;
  for (uint32_t i = 0; i < kOperations; ++i) updates.push_back(put_session(7, i + 1, i + 1, ip(10, 64, 0, 0) + i));
  row(world, "sessions, new", updates);
  row(world, "sessions, replaced", updates);
  updates.clear();
  for (uint32_t i = 0; i < kOperations; ++i) updates.push_back(drop(7, EntryKind::session, i + 1));
  row(world, "sessions, removed", updates);
  updates.clear();
  for (uint32_t i = 0; i < kOperations; ++i) updates.push_back(put_vrf(7, i + 10, true));
  row(world, "VRFs, new", updates);
  updates.clear();
  for (uint32_t i = 0; i < 7600; ++i)
    updates.push_back(put_attachment(7, i + 10, i + 10, static_cast<uint16_t>(i % 3800 + 1), ip(10, 3, 0, 1), 24,
                                     i < 3800 ? "uplink" : "core0"));
  row(world, "attachments, one in each of 7,600 VRFs", updates);
  updates.clear();
  for (uint32_t i = 0; i < kOperations; ++i)
    updates.push_back(put_route(7, i + 10, i / 8 + 10, ip(172, 16, i % 8, 0), 24, i / 8 + 10, ip(10, 3, 0, 2)));
  row(world, "routes, 8 in each of 1,250 VRFs", updates);
  row(world, "one route more, with 10,000 VRFs there", {put_route(7, 9, 10, 0, 0, 10, ip(10, 3, 0, 2))});
  row(world, "one session more", {put_session(7, 1, 1, ip(10, 64, 0, 0))});
}

}  // namespace
}  // namespace demarc::dp::test

int main() {
  if (!demarc::dp::test::start_eal(512)) return 1;
  demarc::dp::test::run();
}
