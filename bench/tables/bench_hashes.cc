// Sessions and neighbors: bursts of 64 lookups of random keys, and what a change costs the agent.
#include <benchmark/benchmark.h>

#include <array>
#include <random>
#include <string>
#include <vector>

#include "dataplane/tables/neighbor_table.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {
namespace {

constexpr unsigned kBurst = 64;
constexpr size_t kKeys = 1 << 20;

// One F-TEID, one UE address, 2 PDRs, 2 FARs. Spread over 100 tenants that all use the same numbers.
SessionSpec session(uint32_t i) {
  SessionSpec spec{Seid{i + 1}, TenantSlot{static_cast<uint16_t>(i % 100)}, std::vector<Pdr>(2), std::vector<Far>(2)};
  spec.pdrs[0].endpoint = GtpuEndpointSlot{i % 100};
  spec.pdrs[0].teid = Teid{i / 100 + 1};
  spec.pdrs[1].source_core = true;
  spec.pdrs[1].far_index = 1;
  spec.pdrs[1].vrf = VrfSlot{i % 100};
  spec.pdrs[1].ue_ipv4 = Be32::from_host(0x0a000001 + i / 100);
  return spec;
}

struct Sessions {
  Reclaimer reclaimer{1};
  std::unique_ptr<SessionTable> table;
  explicit Sessions(uint32_t count) {
    auto made = SessionTable::create(count, reclaimer, "sess_bench");
    if (!made) return;
    table = std::move(*made);
    for (uint32_t i = 0; i < count; ++i)
      if (!table->put(session(i))) table.reset();
  }
};

// What follows a lookup is pdr_match, which reads the head and the first PDR: so does this.
template <class Lookup>
void look_up_sessions(benchmark::State& state, uint64_t (*key_of)(const SessionSpec&), Lookup lookup) {
  const auto count = static_cast<uint32_t>(state.range(0));
  const Sessions sessions(count);
  if (!sessions.table) return state.SkipWithError("the table cannot be made or filled; more memory for the EAL?");
  std::mt19937 random(1);
  std::vector<uint64_t> keys(kKeys);
  for (uint64_t& k : keys) k = key_of(session(static_cast<uint32_t>(random()) % count));
  size_t first = 0;
  uint64_t missed = 0;
  for (auto _ : state) {
    std::array<const Session*, kBurst> found;
    lookup(*sessions.table, keys.data() + first, found.data());
    uint32_t sum = 0;
    for (const Session* s : found) s != nullptr ? sum += s->pdrs()[0].precedence + s->pdr_count : ++missed;
    benchmark::DoNotOptimize(sum);
    first = (first + kBurst) % kKeys;
  }
  if (missed != 0) state.SkipWithError("a session was not found");
  state.SetItemsProcessed(state.iterations() * kBurst);
  state.counters["bytes_per_session"] = static_cast<double>(sessions.table->memory_bytes()) / count;
}

void session_lookup_uplink(benchmark::State& state) {
  look_up_sessions(
      state, [](const SessionSpec& s) { return SessionTable::uplink_key(s.pdrs[0].endpoint, s.pdrs[0].teid); },
      [](const SessionTable& t, const uint64_t* keys, const Session** out) { t.lookup_uplink(keys, kBurst, out); });
}
BENCHMARK(session_lookup_uplink)->Arg(1)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

void session_lookup_downlink(benchmark::State& state) {
  look_up_sessions(
      state, [](const SessionSpec& s) { return SessionTable::downlink_key(s.pdrs[1].vrf, s.pdrs[1].ue_ipv4); },
      [](const SessionTable& t, const uint64_t* keys, const Session** out) { t.lookup_downlink(keys, kBurst, out); });
}
BENCHMARK(session_lookup_downlink)->Arg(1)->Arg(1000)->Arg(100'000)->Arg(1'000'000);

void session_lookup_miss(benchmark::State& state) {
  const Sessions sessions(100'000);
  if (!sessions.table) return state.SkipWithError("the table cannot be made or filled");
  std::mt19937_64 random(1);
  std::vector<uint64_t> keys(1 << 16);
  for (uint64_t& k : keys)
    k = SessionTable::uplink_key(GtpuEndpointSlot{7}, Teid{0x80000000u | static_cast<uint32_t>(random())});
  size_t first = 0;
  for (auto _ : state) {
    std::array<const Session*, kBurst> found;
    sessions.table->lookup_uplink(keys.data() + first, kBurst, found.data());
    benchmark::DoNotOptimize(found);
    first = (first + kBurst) % keys.size();
  }
  state.SetItemsProcessed(state.iterations() * kBurst);
}
BENCHMARK(session_lookup_miss);

void session_replace(benchmark::State& state) {
  Sessions sessions(100'000);
  if (!sessions.table) return state.SkipWithError("the table cannot be made or filled");
  std::mt19937 random(1);
  for (auto _ : state) {
    if (!sessions.table->put(session(static_cast<uint32_t>(random()) % 100'000)))
      return state.SkipWithError("a session could not be replaced");
    sessions.reclaimer.reclaim();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(session_replace);

void session_remove_and_add(benchmark::State& state) {
  Sessions sessions(100'000);
  if (!sessions.table) return state.SkipWithError("the table cannot be made or filled");
  std::mt19937 random(1);
  for (auto _ : state) {
    const SessionSpec spec = session(static_cast<uint32_t>(random()) % 100'000);
    if (!sessions.table->remove(spec.tenant, spec.up_seid) || !sessions.table->put(spec))
      return state.SkipWithError("a session could not be removed and added");
    sessions.reclaimer.reclaim();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(session_remove_and_add);

void neighbor_lookup(benchmark::State& state) {
  const auto count = static_cast<uint32_t>(state.range(0));
  Reclaimer reclaimer(1);
  auto table = NeighborTable::create(count, reclaimer, "neigh_bench");
  if (!table) return state.SkipWithError(table.error().message.c_str());
  const auto key = [](uint32_t i) {
    return NeighborTable::key(AttachmentSlot{i % 100}, Be32::from_host(0x0a000001 + i / 100));
  };
  for (uint32_t i = 0; i < count; ++i)
    if (!(*table)->put(key(i), {NeighborState::reachable, {2, 0, 0, 0, 0, 1}})) return state.SkipWithError("full");
  std::mt19937 random(1);
  std::vector<uint64_t> keys(1 << 16);
  for (uint64_t& k : keys) k = key(static_cast<uint32_t>(random()) % count);
  size_t first = 0;
  for (auto _ : state) {
    std::array<NeighborAnswer, kBurst> answers;
    (*table)->lookup(keys.data() + first, kBurst, answers.data());
    benchmark::DoNotOptimize(answers);
    first = (first + kBurst) % keys.size();
  }
  state.SetItemsProcessed(state.iterations() * kBurst);
  state.counters["bytes_per_neighbor"] = static_cast<double>((*table)->memory_bytes()) / count;
}
BENCHMARK(neighbor_lookup)->Arg(1)->Arg(1000)->Arg(16384);

}  // namespace
}  // namespace demarc::dp
