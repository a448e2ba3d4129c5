// Each stage, with 64 packets a call as they come to it: the pipeline runs, and its own books say what the stage took.
// Rows: stage / how many sessions the packets are of. The frames are in the cache when they arrive, as behind a NIC
// that writes there.
#include <benchmark/benchmark.h>
#include <rte_cycles.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/stages/load.h"
#include "tests/dataplane/eal.h"

namespace demarc::dp::bench {
namespace {

constexpr unsigned kPayloadBytes = 64;

Load& load_of(Traffic traffic, unsigned sessions) {
  static std::map<std::pair<Traffic, unsigned>, std::unique_ptr<Load>> made;
  std::unique_ptr<Load>& load = made[{traffic, sessions}];
  if (load == nullptr) load = std::make_unique<Load>(traffic, sessions, kPayloadBytes);
  return *load;
}

void run_stage(benchmark::State& state, StageId id, Traffic traffic) {
  Load& load = load_of(traffic, static_cast<unsigned>(state.range(0)));
  StageCounters& stage = load.stage(id);
  const uint64_t cycles_before = stage.cycles.read();
  const uint64_t packets_before = stage.packets.read();
  for (auto _ : state) {
    load.prepare();
    const uint64_t before = stage.cycles.read();
    load.run();
    state.SetIterationTime(static_cast<double>(stage.cycles.read() - before) / static_cast<double>(rte_get_tsc_hz()));
    if (!load.all_sent()) state.SkipWithError("a packet was not sent");
  }
  const auto packets = static_cast<double>(stage.packets.read() - packets_before);
  const auto cycles = static_cast<double>(stage.cycles.read() - cycles_before);
  state.counters["cycles/packet"] = cycles / packets;
  state.counters["ns/packet"] = cycles / packets * 1e9 / static_cast<double>(rte_get_tsc_hz());
}

// What nine tenths of the bursts took or more: it does not mind much what else the machine does.
double fast_tenth(std::vector<uint64_t>& values) {
  const auto at = values.begin() + static_cast<ptrdiff_t>(values.size() / 10);
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

// pdr_match of a session with so many rules, 0: two PDRs without filters. Of the fast tenth of the bursts.
void run_rules(benchmark::State& state, Traffic traffic) {
  Load load(traffic, 1, kPayloadBytes);
  if (state.range(0) != 0) load.put_rules(static_cast<unsigned>(state.range(0)));
  StageCounters& stage = load.stage(StageId::pdr_match);
  std::vector<uint64_t> of_stage, of_pipeline;
  for (auto _ : state) {
    load.prepare();
    const uint64_t before = stage.cycles.read();
    of_pipeline.push_back(load.run());
    of_stage.push_back(stage.cycles.read() - before);
    state.SetIterationTime(static_cast<double>(of_stage.back()) / static_cast<double>(rte_get_tsc_hz()));
    if (!load.all_sent()) state.SkipWithError("a packet was not sent");
  }
  state.counters["cycles/packet"] = fast_tenth(of_stage) / kBurstMax;
  state.counters["pipeline_cycles/packet"] = fast_tenth(of_pipeline) / kBurstMax;
}

void add(StageId id, Traffic traffic, const char* way = "") {
  const std::string name = std::string(kStages[static_cast<size_t>(id)].name) + way;
  auto* const row =
      benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) { run_stage(state, id, traffic); });
  row->UseManualTime()->Iterations(20'000)->Arg(1);
  if (traffic == Traffic::uplink || traffic == Traffic::downlink) row->Arg(10'000);
}

void add_all() {
  for (StageId id : {StageId::ethernet_input, StageId::vlan_demux, StageId::ipv4_input, StageId::udp_input,
                     StageId::gtpu_input, StageId::session_uplink, StageId::pdr_match, StageId::gtpu_decap,
                     StageId::ipv4_route, StageId::neighbor_output})
    add(id, Traffic::uplink);
  add(StageId::ipv4_input, Traffic::downlink, "_downlink");
  add(StageId::session_downlink, Traffic::downlink);
  add(StageId::pdr_match, Traffic::downlink, "_downlink");
  add(StageId::gtpu_encap, Traffic::downlink);
  for (const auto& [name, traffic] :
       {std::pair{"pdr_match_rules_uplink", Traffic::uplink}, std::pair{"pdr_match_rules_downlink", Traffic::downlink}})
    benchmark::RegisterBenchmark(name, [traffic = traffic](benchmark::State& state) { run_rules(state, traffic); })
        ->UseManualTime()
        ->Iterations(20'000)
        ->Arg(0)
        ->Arg(2)
        ->Arg(8)
        ->Arg(64);
  add(StageId::arp_input, Traffic::arp_request);
  add(StageId::icmp_input, Traffic::icmp_echo);
}

}  // namespace
}  // namespace demarc::dp::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (!demarc::dp::test::start_eal(1024)) return 1;
  demarc::dp::bench::add_all();
  benchmark::RunSpecifiedBenchmarks();
}
