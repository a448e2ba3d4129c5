// Fib: the price of a lookup and of a build, and 10,000 VRFs of 8 routes with their memory.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "common/base/ipv4.h"
#include "dataplane/tables/fib.h"
#include "dataplane/tables/topology.h"

namespace demarc::dp {
namespace {

constexpr size_t kDestinations = 1 << 16;

// What a small tenant has: its links, its UE pools, a few sites, a default.
std::vector<FibRoute> eight_routes(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<FibRoute> routes{{0, 0, {AttachmentSlot{0}, Be32::from_host(0x0a000001)}}};
  for (const uint8_t length : {24, 24, 24, 24, 16, 20, 30})
    routes.push_back({(0x0a000000 | (static_cast<uint32_t>(random()) & 0xffffff)) & ipv4_mask(length),
                      length,
                      {AttachmentSlot{static_cast<uint32_t>(routes.size())}, {}}});
  return routes;
}

// Lengths about as in the Internet's table: more than half are /24.
std::vector<FibRoute> many_routes(size_t count) {
  std::mt19937 random(1);
  std::vector<FibRoute> routes;
  for (size_t i = 0; i < count; ++i) {
    const auto length = static_cast<uint8_t>(random() % 10 < 6 ? 24 : 12 + random() % 13);
    routes.push_back({static_cast<uint32_t>(random()) & ipv4_mask(length),
                      length,
                      {AttachmentSlot{static_cast<uint32_t>(random() % 64)}, {}}});
  }
  return routes;
}

// Half of them inside some route, half anywhere.
std::vector<uint32_t> destinations(const std::vector<FibRoute>& routes) {
  std::mt19937 random(2);
  std::vector<uint32_t> all(kDestinations);
  for (uint32_t& d : all) {
    d = static_cast<uint32_t>(random());
    if (random() % 2 != 0) continue;
    const FibRoute& r = routes[random() % routes.size()];
    d = r.prefix | (d & ~ipv4_mask(r.prefix_length));
  }
  return all;
}

void lookup_all(benchmark::State& state, const std::vector<FibRoute>& routes) {
  const auto fib = Fib::build(routes).value();
  const std::vector<uint32_t> all = destinations(routes);
  size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(fib->lookup(all[i++ % kDestinations]));
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(fib->memory_bytes());
  state.counters["routes"] = static_cast<double>(fib->route_count());
}

void fib_lookup_8_routes(benchmark::State& state) { lookup_all(state, eight_routes(1)); }
BENCHMARK(fib_lookup_8_routes);

void fib_lookup_100k_routes(benchmark::State& state) { lookup_all(state, many_routes(100'000)); }
BENCHMARK(fib_lookup_100k_routes);

void fib_build(benchmark::State& state) {
  const auto count = static_cast<size_t>(state.range(0));
  const std::vector<FibRoute> routes = count == 8 ? eight_routes(1) : many_routes(count);
  for (auto _ : state) benchmark::DoNotOptimize(Fib::build(routes));
}
BENCHMARK(fib_build)->Arg(8)->Arg(100'000)->Unit(benchmark::kMicrosecond);

struct Vrfs {
  std::unique_ptr<const Topology> topology;
  size_t fib_bytes = 0;
};

Vrfs vrfs_of_8_routes(uint32_t count) {
  Vrfs made;
  TopologySpec spec;
  spec.vrfs.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    spec.vrfs[i].valid = true;
    spec.vrfs[i].fib = Fib::build(eight_routes(i)).value();
    made.fib_bytes += spec.vrfs[i].fib->memory_bytes();
  }
  made.topology = Topology::build(std::move(spec)).value();
  return made;
}

// A burst of 64 packets, each of another VRF: VRF slot and destination to next hop. Arg 1: by lookup_burst().
void fib_lookup_10k_vrfs_x_8_routes(benchmark::State& state) {
  constexpr uint32_t kVrfs = 10'000;
  constexpr unsigned kBurst = 64;
  const Vrfs vrfs = vrfs_of_8_routes(kVrfs);
  std::mt19937 random(3);
  std::vector<std::pair<VrfSlot, uint32_t>> packets(kDestinations);
  for (auto& [vrf, destination] : packets) {
    vrf = VrfSlot{static_cast<uint32_t>(random()) % kVrfs};
    const std::vector<FibRoute> routes = eight_routes(vrf.value);
    const FibRoute& r = routes[random() % routes.size()];
    destination = r.prefix | (static_cast<uint32_t>(random()) & ~ipv4_mask(r.prefix_length));
  }
  size_t first = 0;
  for (auto _ : state) {
    const Fib* fibs[kBurst];
    const NextHop* hops[kBurst];
    uint32_t to[kBurst];
    for (unsigned i = 0; i < kBurst; ++i) {
      fibs[i] = vrfs.topology->vrf(packets[first + i].first)->fib.get();
      to[i] = packets[first + i].second;
    }
    if (state.range(0) == 1)
      Fib::lookup_burst(fibs, to, kBurst, hops);
    else
      for (unsigned i = 0; i < kBurst; ++i) hops[i] = fibs[i]->lookup(to[i]);
    uint32_t sum = 0;
    for (const NextHop* h : hops) sum += h->egress.value;
    benchmark::DoNotOptimize(sum);
    first = (first + kBurst) % kDestinations;
  }
  state.SetItemsProcessed(state.iterations() * kBurst);
  state.counters["bytes_per_vrf"] = static_cast<double>(vrfs.fib_bytes) / kVrfs + sizeof(VrfRow);
  state.counters["bytes_all_vrfs"] = static_cast<double>(vrfs.fib_bytes + kVrfs * sizeof(VrfRow));
}
BENCHMARK(fib_lookup_10k_vrfs_x_8_routes)->Arg(0)->Arg(1);

// What a transaction that touches one row of 10,000 tenants' costs besides its own Fibs. Each VRF has an attachment and
// a GTP-U endpoint.
void topology_build_10k_vrfs(benchmark::State& state) {
  constexpr uint32_t kVrfs = 10'000;
  TopologySpec spec = vrfs_of_8_routes(kVrfs).topology->spec();
  spec.ports = 3;
  for (uint32_t i = 0; i < kVrfs; ++i) {
    AttachmentRow row;
    row.tenant = TenantSlot{1};
    row.vrf = VrfSlot{i};
    row.port = PortIndex{static_cast<uint16_t>(i / 4094)};
    row.vlan = VlanId{static_cast<uint16_t>(i % 4094 + 1)};
    row.ipv4 = Be32::from_host(0x0a000001);
    row.prefix_length = 24;
    row.valid = true;
    spec.attachments.push_back(row);
    spec.endpoints.push_back(
        {.tenant = TenantSlot{1}, .vrf = VrfSlot{i}, .ipv4 = Be32::from_host(0x0a000001), .valid = true});
  }
  size_t bytes = 0;
  for (auto _ : state) {
    const auto topology = Topology::build(spec).value();
    bytes = topology->memory_bytes();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(topology_build_10k_vrfs)->Unit(benchmark::kMicrosecond);

void topology_local_address(benchmark::State& state) {
  TopologySpec spec;
  spec.ports = 1;
  for (uint32_t i = 0; i < 4000; ++i)
    spec.endpoints.push_back(
        {.tenant = TenantSlot{1}, .vrf = VrfSlot{i}, .ipv4 = Be32::from_host(0x0a000001), .valid = true});
  const auto topology = Topology::build(std::move(spec)).value();
  std::mt19937 random(4);
  std::vector<VrfSlot> vrfs(kDestinations);
  for (VrfSlot& v : vrfs) v = VrfSlot{static_cast<uint32_t>(random()) % 4000};
  size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(topology->local_address(vrfs[i++ % kDestinations], Be32::from_host(0x0a000001)));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(topology_local_address);

}  // namespace
}  // namespace demarc::dp
