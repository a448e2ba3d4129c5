// The whole pipeline, 64 packets a burst, from the received frame to the one that a port would take.
// Rows: direction / sessions / UDP payload in bytes. Handed over: the worker that receives them owns none of the
// sessions.
#include <benchmark/benchmark.h>
#include <rte_cycles.h>

#include <memory>
#include <vector>

#include "bench/stages/load.h"
#include "tests/dataplane/eal.h"

namespace demarc::dp::bench {
namespace {

void run_pipeline(benchmark::State& state, Traffic traffic, bool hand_over) {
  Load load(traffic, static_cast<unsigned>(state.range(0)), static_cast<unsigned>(state.range(1)));
  if (hand_over) load.hand_over();
  uint64_t cycles = 0;
  for (auto _ : state) {
    load.prepare();
    const uint64_t took = load.run();
    cycles += took;
    state.SetIterationTime(static_cast<double>(took) / static_cast<double>(rte_get_tsc_hz()));
    if (!load.all_sent()) state.SkipWithError("a packet was not sent");
  }
  const double per_packet = static_cast<double>(cycles) / static_cast<double>(state.iterations() * kBurstMax);
  state.counters["cycles/packet"] = per_packet;
  state.counters["ns/packet"] = per_packet * 1e9 / static_cast<double>(rte_get_tsc_hz());
}

void add(const char* name, Traffic traffic, int64_t sessions_max = 10'000, bool hand_over = false) {
  benchmark::RegisterBenchmark(name, [=](benchmark::State& state) { run_pipeline(state, traffic, hand_over); })
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
  demarc::dp::bench::add("uplink_handed_over", demarc::dp::bench::Traffic::uplink, 10'000, true);
  demarc::dp::bench::add("downlink_handed_over", demarc::dp::bench::Traffic::downlink, 10'000, true);
  benchmark::RunSpecifiedBenchmarks();
}
