// The whole pipeline, 64 packets a burst, from the received frame to the one that a port would take.
// Rows: direction / sessions / UDP payload in bytes. Handed over: the worker that receives them owns none of the
// sessions. Shed: it has more to do than it can, and drops them as soon as it knows whose they are; what the port takes
// back from it is in that row, and in no other. Metered: tenant, core VRF and session have rates.
#include <benchmark/benchmark.h>
#include <rte_cycles.h>

#include <memory>
#include <vector>

#include "bench/stages/load.h"
#include "tests/dataplane/eal.h"

namespace demarc::dp::bench {
namespace {

enum class Besides : uint8_t { nothing, handed_over, shed, metered };

void run_pipeline(benchmark::State& state, Traffic traffic, Besides besides) {
  Load load(traffic, static_cast<unsigned>(state.range(0)), static_cast<unsigned>(state.range(1)));
  if (besides == Besides::handed_over) load.hand_over();
  if (besides == Besides::shed) load.shed();
  if (besides == Besides::metered) load.meter();
  uint64_t cycles = 0;
  for (auto _ : state) {
    load.prepare();
    const uint64_t took = load.run();
    cycles += took;
    state.SetIterationTime(static_cast<double>(took) / static_cast<double>(rte_get_tsc_hz()));
    const bool right = besides == Besides::shed ? load.none_sent() : load.all_sent();
    if (!right) state.SkipWithError("a packet was not sent, or one was that should not be");
  }
  const double per_packet = static_cast<double>(cycles) / static_cast<double>(state.iterations() * kBurstMax);
  state.counters["cycles/packet"] = per_packet;
  state.counters["ns/packet"] = per_packet * 1e9 / static_cast<double>(rte_get_tsc_hz());
}

void add(const char* name, Traffic traffic, int64_t sessions_max = 10'000, Besides besides = Besides::nothing) {
  benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { run_pipeline(state, traffic, besides); })
      ->UseManualTime()
      ->Iterations(20'000)
      ->ArgNames({"sessions", "payload"})
      ->ArgsProduct({sessions_max == 1 ? std::vector<int64_t>{1} : std::vector<int64_t>{1, sessions_max}, {64, 1372}});
}

}  // namespace
}  // namespace demarc::dp::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (!demarc::dp::test::start_eal(1024)) return 1;
  demarc::dp::bench::add("uplink", demarc::dp::bench::Traffic::uplink);
  demarc::dp::bench::add("downlink", demarc::dp::bench::Traffic::downlink);
  demarc::dp::bench::add("uplink_ipv6", demarc::dp::bench::Traffic::uplink_ipv6, 1);
  demarc::dp::bench::add("downlink_ipv6", demarc::dp::bench::Traffic::downlink_ipv6, 1);
  demarc::dp::bench::add("uplink_handed_over", demarc::dp::bench::Traffic::uplink, 10'000,
                         demarc::dp::bench::Besides::handed_over);
  demarc::dp::bench::add("downlink_handed_over", demarc::dp::bench::Traffic::downlink, 10'000,
                         demarc::dp::bench::Besides::handed_over);
  demarc::dp::bench::add("uplink_shed", demarc::dp::bench::Traffic::uplink, 1, demarc::dp::bench::Besides::shed);
  demarc::dp::bench::add("downlink_shed", demarc::dp::bench::Traffic::downlink, 1, demarc::dp::bench::Besides::shed);
  demarc::dp::bench::add("uplink_metered", demarc::dp::bench::Traffic::uplink, 1, demarc::dp::bench::Besides::metered);
  benchmark::RunSpecifiedBenchmarks();
}
