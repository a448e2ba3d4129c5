// The noisy neighbour, with the costs of this machine: what a packet costs to forward and to shed is measured here
// first, and then a worker with those costs and a clock that is a number gets a second of traffic whose times of
// arrival are given beforehand. So the generator takes nobody's core. It measures and never fails; the test is
// tests/dataplane/worker/admission_test.cc.
//
// A floods at ten times its quota, which is a tenth of what the worker can do. B sends at half of that, inside of its
// guarantee.
#include <fmt/format.h>
#include <rte_cycles.h>

#include <algorithm>
#include <cstdio>

#include "bench/stages/load.h"
#include "tests/dataplane/eal.h"
#include "tests/dataplane/worker/overloaded_worker.h"

namespace demarc::dp::bench {
namespace {

constexpr TenantSlot kA{1}, kB{2};

uint64_t ns_per_packet(uint64_t cycles, uint64_t packets) {
  return std::max<uint64_t>(cycles * 1'000'000'000 / rte_get_tsc_hz() / packets, 1);
}

struct Measured {
  uint64_t all = 0, early = 0;  // ns a packet
};
Measured measure(bool shed) {
  constexpr unsigned kBursts = 5'000;
  Load load(Traffic::uplink, 1, 64);
  if (shed) load.shed();
  uint64_t cycles = 0;
  for (unsigned n = 0; n < kBursts; ++n) {
    load.prepare();
    cycles += load.run();
  }
  const uint64_t early =
      load.stage(StageId::ethernet_input).cycles.read() + load.stage(StageId::vlan_demux).cycles.read();
  constexpr uint64_t kPackets = uint64_t{kBursts} * kBurstMax;
  return {ns_per_packet(cycles, kPackets), ns_per_packet(early, kPackets)};
}

LimitsRow guarantee(double pps) {
  Rates rates{};
  rates[0].packets = packet_rate(static_cast<uint64_t>(pps), 50);
  return {rates, share_rates(rates, 1), std::make_shared<SharedLimits>(1, SharedLimits::Begin::full)};
}

void tell(const char* name, test::Outcome& o) {
  std::fputs(
      fmt::format("{:<12} came {:>8}  sent {:>8}  shed {:>8}  lost in the port {:>6}  p50 {:>6} ns  p99 {:>6} ns\n",
                  name, o.came, o.sent, o.shed, o.lost_in_port, o.latency_at(0.5), o.latency_at(0.99))
          .c_str(),
      stdout);
}

void run() {
  const Measured forwarded = measure(false), shed = measure(true);
  test::WorkerCosts costs;
  costs.early = forwarded.early;
  costs.forward = forwarded.all - std::min(forwarded.early, forwarded.all - 1);
  costs.shed = shed.all - std::min(shed.early, shed.all - 1);
  const double machine = costs.packets_per_second();
  std::fputs(fmt::format("forwarded {} ns, shed {} ns a packet ({} ns until the tenant is known): {:.2f} of it\n",
                         forwarded.all, shed.all, forwarded.early,
                         static_cast<double>(shed.all) / static_cast<double>(forwarded.all))
                 .c_str(),
             stdout);
  TopologySpec spec;
  spec.tenants.resize(3);
  for (uint16_t n = 1; n < 3; ++n) spec.tenants[n].id = TenantId(n);
  spec.tenants[kB.value].guarantee = guarantee(machine * 0.55);
  const auto b = test::poisson(kB, machine / 2, 1, 1);
  auto quiet = test::OverloadedWorker(spec, costs).run(b);
  tell("B alone", quiet[kB.value]);
  spec.tenants[kB.value].guarantee = guarantee(machine * 0.55);
  auto noisy = test::OverloadedWorker(spec, costs).run(test::merge({b, test::poisson(kA, machine, 1, 2)}));
  tell("B beside A", noisy[kB.value]);
  tell("A", noisy[kA.value]);
}

}  // namespace
}  // namespace demarc::dp::bench

int main() {
  if (!demarc::dp::test::start_eal(1024)) return 1;
  demarc::dp::bench::run();
}
