// What a worker sheds, from frame to counter: early, under its name, and charged to its tenant.
#include <gtest/gtest.h>

#include "dataplane/worker/admission.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

constexpr uint64_t kWindow = kTicksPerSecond / Admission::kWindowsPerSecond + 1;

class Overload : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }

  // Bravo has asked for four times what the worker can do: whoever has no guarantee has little.
  void shed() {
    admission.turn_done(world.now_tsc, 0, topology());
    admission.note(kBravo.slot, 40, 4.0f * kWindow / 40);
    admission.note_burst(40, 0, true);
    world.now_tsc += kWindow;
    admission.turn_done(world.now_tsc, kWindow, topology());
    ASSERT_TRUE(admission.sheds());
    admission.note(kAcme.slot, 0, 1e6f);  // each packet of it costs more than it can ever save up
    world.context().admission = &admission;
  }
  const Topology& topology() { return world.context().topology(); }
  static std::vector<Received> burst(const TestTenant& t, unsigned count) {
    return std::vector<Received>(count, uplink_frame(t, ue_packet(0, ByteString(64, 0))));
  }
  void guarantee(const TestTenant& t, uint64_t pps) {
    Rates rates{};
    rates[0].packets = packet_rate(pps, 50);
    TopologySpec spec = world.spec();
    spec.tenants[t.slot.value].guarantee = {rates, share_rates(rates, 1),
                                            std::make_shared<SharedLimits>(1, SharedLimits::Begin::full)};
    world.set_topology(std::move(spec));
  }

  World world;
  Admission admission{kTenantSlots, WorkerIndex(0), kTicksPerSecond, 1};
};

TEST_F(Overload, WhatIsShedIsItsTenantsDropAndNothingElseIsDone) {
  shed();
  const Verdict v = world.receive(kAccessPort, burst(kAcme, 30));
  EXPECT_LE(v.sent.size(), 1u);
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::overload), 30 - v.sent.size());
  EXPECT_EQ(world.drops(kBravo.slot, DropReason::overload), 0u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::received_packets), 30u) << "they came, and it is said";
  EXPECT_EQ(world.counter(kAcme.slot, Counter::uplink_packets), v.sent.size());
}

TEST_F(Overload, WithinTheGuaranteeEverythingGoesThrough) {
  guarantee(kAcme, 1'000);  // 50 at once
  shed();
  EXPECT_EQ(world.receive(kAccessPort, burst(kAcme, 50)).sent.size(), 50u);
  EXPECT_LE(world.receive(kAccessPort, burst(kAcme, 10)).sent.size(), 1u) << "and what is beyond it is shed";
  world.now_tsc += kTicksPerSecond;
  EXPECT_GE(world.receive(kAccessPort, burst(kAcme, 50)).sent.size(), 50u);
}

// ARP and what is for us are a tenant's packets as all others: a flood of them is no way round.
TEST_F(Overload, ShedsWhateverItIs) {
  shed();
  std::vector<Received> echo(20, from_gnb(kAcme, to_endpoint(hex("32 01 0004 00000000 1234 00 00"))));
  world.receive(kAccessPort, echo);
  EXPECT_GE(world.drops(kAcme.slot, DropReason::overload), 19u);
}

TEST_F(Overload, WhatIsNobodysKeepsItsName) {
  shed();
  ByteString stray = uplink_frame(kAcme, ue_packet(0, ByteString(64, 0)));
  stray[14] = 0x0f;  // VLAN 0xf64
  stray[15] = 0x64;
  EXPECT_EQ(to_string(world.receive(kAccessPort, stray).drops), "vlan_unknown of tenant 0");
}

}  // namespace
}  // namespace demarc::dp::test
