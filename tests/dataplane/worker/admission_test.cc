// Who gets what of a worker that has more to do than it can. With a clock that is a number, so that it says the same on
// every machine.
#include "dataplane/worker/admission.h"

#include <gtest/gtest.h>

#include "tests/dataplane/worker/overloaded_worker.h"

namespace demarc::dp::test {
namespace {

constexpr TenantSlot kA{1}, kB{2}, kC{3};
constexpr double kMachine = OverloadedWorker::kUsual.packets_per_second();

LimitsRow guarantee(uint64_t pps, uint64_t bps = 0) {
  Rates rates{};
  rates[0] = {bit_rate(bps, 50), packet_rate(pps, 50)};
  return {rates, share_rates(rates, 1), std::make_shared<SharedLimits>(1, SharedLimits::Begin::full)};
}

TopologySpec three_tenants() {
  TopologySpec spec;
  spec.tenants.resize(4);
  for (uint16_t n = 1; n < 4; ++n) spec.tenants[n].id = TenantId(n);
  return spec;
}

// What the worker spent on them, ticks.
double time_of(const Outcome& o) {
  constexpr WorkerCosts kCost = OverloadedWorker::kUsual;
  return static_cast<double>(kCost.early * (o.sent + o.shed) + kCost.shed * o.shed + kCost.forward * o.sent);
}

void expect_conserved(const Outcome& o) { EXPECT_EQ(o.came, o.sent + o.shed + o.lost_in_port); }

TEST(Admission, ShedsNothingWhileTheWorkerKeepsUp) {
  OverloadedWorker worker(three_tenants());
  auto out = worker.run(merge({poisson(kA, kMachine * 0.4, 0.3, 1), poisson(kB, kMachine * 0.4, 0.3, 2)}));
  for (const TenantSlot t : {kA, kB}) {
    EXPECT_EQ(out[t.value].shed, 0u);
    EXPECT_EQ(out[t.value].lost_in_port, 0u);
  }
}

// The noisy neighbour of the house: A, whose quota is a tenth of the machine, floods at ten times that; B sends at half
// of the machine's rate, inside of its guarantee.
TEST(Admission, ANoisyNeighbourCostsTheOthersNothing) {
  TopologySpec spec = three_tenants();
  spec.tenants[kB.value].guarantee = guarantee(static_cast<uint64_t>(kMachine * 0.55));
  const auto quiet_b = poisson(kB, kMachine / 2, 1, 3);

  OverloadedWorker quiet(spec);
  auto alone = quiet.run(quiet_b);
  OverloadedWorker noisy(spec);
  auto out = noisy.run(merge({quiet_b, poisson(kA, kMachine, 1, 4)}));

  Outcome& b = out[kB.value];
  EXPECT_EQ(b.shed, 0u);
  EXPECT_EQ(b.lost_in_port, 0u);
  EXPECT_EQ(b.sent, quiet_b.size());
  const uint64_t quiet_p99 = alone[kB.value].latency_at(0.99), p99 = b.latency_at(0.99);
  EXPECT_LE(p99, 2 * quiet_p99) << "p50 " << b.latency_at(0.5) << " against " << alone[kB.value].latency_at(0.5);
  RecordProperty("quiet_p99_ns", std::to_string(quiet_p99));
  RecordProperty("noisy_p99_ns", std::to_string(p99));
  // And A still has what is its own.
  Outcome& a = out[kA.value];
  EXPECT_GE(a.sent, static_cast<uint64_t>(kMachine * 0.1)) << "A's quota";
  expect_conserved(a);
  expect_conserved(b);
}

// The same without shedding, to know that the test can fail.
TEST(Admission, WithoutItTheNeighbourLoses) {
  TopologySpec spec = three_tenants();
  OverloadedWorker worker(spec);
  auto out = worker.run(merge({poisson(kB, kMachine / 2, 0.3, 3), poisson(kA, 3 * kMachine, 0.3, 4)}));
  EXPECT_GT(out[kB.value].shed + out[kB.value].lost_in_port, out[kB.value].came / 20) << "B has no guarantee here";
}

TEST(Admission, WhatIsLeftIsForAllByWeight) {
  TopologySpec spec = three_tenants();
  spec.tenants[kA.value].weight = 10;
  spec.tenants[kB.value].weight = 30;
  spec.tenants[kC.value].weight = 10;
  OverloadedWorker worker(spec);
  // C wants less than its part: it gets all of that.
  auto out =
      worker.run(merge({poisson(kA, kMachine, 1, 5), poisson(kB, kMachine, 1, 6), poisson(kC, kMachine * 0.05, 1, 7)}));
  EXPECT_NEAR(time_of(out[kB.value]) / time_of(out[kA.value]), 3, 0.3);
  EXPECT_GE(static_cast<double>(out[kC.value].sent), 0.99 * static_cast<double>(out[kC.value].came));
  for (const TenantSlot t : {kA, kB, kC}) expect_conserved(out[t.value]);
}

// Time is what is shared: whose packets cost three times as much gets a third of them through.
TEST(Admission, ATenantWithDearPacketsGetsFewerThrough) {
  OverloadedWorker worker(three_tenants());
  auto out = worker.run(merge({poisson(kA, kMachine, 1, 8), poisson(kB, kMachine, 1, 9)}),
                        {{kB.value, 3 * OverloadedWorker::kUsual.forward}});
  const double a = static_cast<double>(out[kA.value].sent), b = static_cast<double>(out[kB.value].sent);
  EXPECT_NEAR(a / b, 3, 0.4);
  EXPECT_NEAR(worker.account.cost(kB) / worker.account.cost(kA), 3, 0.3) << "the account has learned it";
}

// Guarantees that together are more than there is: all the same nobody else is shut out.
TEST(Admission, NobodyIsShutOut) {
  TopologySpec spec = three_tenants();
  spec.tenants[kA.value].guarantee = guarantee(static_cast<uint64_t>(2 * kMachine));
  OverloadedWorker worker(spec);
  auto out = worker.run(merge({poisson(kA, 0.9 * kMachine, 1, 10), poisson(kB, kMachine / 2, 1, 11)}));
  // A sixty-fourth of the worker's time, of which shed packets take three quarters at the most.
  EXPECT_GE(static_cast<double>(out[kB.value].sent), 0.9 * kMachine / 256);
}

// Beyond its guarantee a tenant is one among all.
TEST(Admission, AGuaranteeIsNoMoreThanItSays) {
  TopologySpec spec = three_tenants();
  spec.tenants[kA.value].guarantee = guarantee(0, 80'000'000);  // bits a second: 100,000 packets of 100 bytes
  OverloadedWorker worker(spec);
  auto out = worker.run(merge({poisson(kA, 2 * kMachine, 1, 12), poisson(kB, kMachine / 4, 1, 13)}));
  EXPECT_GE(out[kA.value].sent, 100'000u);
  EXPECT_LE(out[kA.value].sent, static_cast<uint64_t>(kMachine * 0.75));
  EXPECT_GE(static_cast<double>(out[kB.value].sent), 0.2 * static_cast<double>(out[kB.value].came));
}

// It ends with the overload.
TEST(Admission, EndsWithTheFlood) {
  OverloadedWorker worker(three_tenants());
  auto calm = poisson(kB, kMachine / 3, 0.2, 15);
  for (Arrival& a : calm) a.at += 210'000'000;
  auto flood = merge({poisson(kA, 2 * kMachine, 0.2, 14), calm});
  auto out = worker.run(flood);
  EXPECT_GT(out[kA.value].shed, 0u);
  EXPECT_EQ(out[kB.value].shed, 0u);
  EXPECT_FALSE(worker.admission.sheds());
}

// The tenants' cycles are the worker's busy time.
TEST(LoadAccount, TheTenantsCyclesAreTheBusyTime) {
  OverloadedWorker worker(three_tenants());
  worker.run(merge({poisson(kA, kMachine, 0.5, 16), poisson(kB, kMachine / 2, 0.5, 17), poisson(kC, 20'000, 0.5, 18)}),
             {{kB.value, 2 * OverloadedWorker::kUsual.forward}});
  uint64_t all = 0;
  for (uint16_t t = 0; t < 4; ++t) all += worker.loads[t].cycles.read();
  EXPECT_NEAR(static_cast<double>(all) / static_cast<double>(worker.busy), 1, 0.001);
}

// Without shedding each packet's cost is known beforehand: so what each tenant was charged can be held against it.
TEST(LoadAccount, EachPaysForItsOwn) {
  OverloadedWorker worker(three_tenants());
  const std::map<uint16_t, uint64_t> costs{{kA.value, 300}, {kB.value, 1'200}};
  auto out = worker.run(merge({poisson(kA, 400'000, 1, 19), poisson(kB, 300'000, 1, 20)}), costs);
  const auto charged = [&](TenantSlot t) { return static_cast<double>(worker.loads[t.value].cycles.read()); };
  const double fixed = static_cast<double>(worker.busy) - 300.0 * static_cast<double>(out[kA.value].sent) -
                       1'200.0 * static_cast<double>(out[kB.value].sent);
  EXPECT_GE(charged(kB), 1'200.0 * static_cast<double>(out[kB.value].sent) * 0.9);
  EXPECT_LE(charged(kB), 1'200.0 * static_cast<double>(out[kB.value].sent) * 1.1 + fixed);
  EXPECT_GE(charged(kA), 300.0 * static_cast<double>(out[kA.value].sent) * 0.9);
}

TEST(LoadAccount, CountsTheTimeOfEachPacketSent) {
  OverloadedWorker worker(three_tenants());
  auto out = worker.run(poisson(kA, kMachine / 2, 0.1, 21));
  uint64_t counted = 0;
  for (const OwnedCounter& n : worker.loads[kA.value].latency) counted += n.read();
  EXPECT_EQ(counted, out[kA.value].sent);
  EXPECT_EQ(worker.loads[kB.value].latency[0].read(), 0u);
}

}  // namespace
}  // namespace demarc::dp::test
