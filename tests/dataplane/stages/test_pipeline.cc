// The whole way of a packet: tenants side by side, mixed bursts, and the books afterwards.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

class Pipeline : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  World world;
};

// The first test of the house: the same UE address, the same TEID, the same endpoint, in one burst.
TEST_F(Pipeline, TenantsWithTheSameAddressesStayApartUplink) {
  std::vector<Received> burst;
  for (unsigned n = 0; n < 60; ++n) {
    const TestTenant& t = kTenants[n % 3];
    burst.push_back(uplink_frame(t, ue_packet(0, {static_cast<uint8_t>(t.slot.value), static_cast<uint8_t>(n)})));
  }
  const Verdict v = world.receive(kAccessPort, burst);
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 60u);
  uint8_t last_of_tenant[kTenantSlots] = {};
  for (const SentFrame& s : v.sent) {
    const size_t l2 = s.tenant == kCarol.slot ? 14 : 18;
    ASSERT_EQ(s.frame.size(), l2 + 30);
    EXPECT_EQ(s.port, kCorePort);
    EXPECT_EQ(s.frame[l2 + 28], s.tenant.value) << "the payload says whose it was";
    if (l2 == 18) {
      EXPECT_EQ(s.frame[15], s.tenant == kAcme.slot ? 101 : 201);
    }
    uint8_t& last = last_of_tenant[s.tenant.value];
    EXPECT_LE(last, s.frame[l2 + 29]) << "packets of a tenant keep their order";
    last = s.frame[l2 + 29];
  }
}

TEST_F(Pipeline, TenantsWithTheSameAddressesStayApartDownlink) {
  std::vector<Received> burst;
  for (unsigned n = 0; n < 60; ++n) {
    const TestTenant& t = kTenants[n % 3];
    burst.push_back(from_router(t, packet_to_ue(0, {static_cast<uint8_t>(t.slot.value)})));
  }
  const Verdict v = world.receive(kCorePort, burst);
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 60u);
  for (const SentFrame& s : v.sent) {
    EXPECT_EQ(s.port, kAccessPort);
    EXPECT_EQ(s.frame.back(), s.tenant.value);
    EXPECT_EQ(s.frame.size(), (s.tenant == kCarol.slot ? 14u : 18u) + 44 + 29);
  }
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    EXPECT_EQ(world.counter(t.slot, Counter::received_packets), 20u);
    EXPECT_EQ(world.counter(t.slot, Counter::sent_packets), 20u);
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_packets), 20u);
  }
}

TEST_F(Pipeline, AMixedBurstIsAccountedForToTheLastPacket) {
  const Be32 gnb = address("10.1.0.2");
  const Be32 ours = address("10.1.0.1");
  const std::vector<Received> burst = {
      uplink_frame(kAcme, ue_packet()),
      uplink_frame(kDora, ue_packet()),
      from_gnb(kBravo, ipv4(gnb, ours, 1, icmp_echo(8, 1, {}))),
      from_gnb(kCarol, to_endpoint(hex("32 01 0004 00000000 0007 00 00"))),
      ethernet(wire::kMacBroadcast, kGnbMac, 100, 0x0806, arp(wire::ArpOperation::request, kGnbMac, gnb, {}, ours)),
      ethernet(kOurMac[0], kGnbMac, 200, 0x0806, arp(wire::ArpOperation::reply, kGnbMac, gnb, kOurMac[0], ours)),
      ByteString(5),
      uplink_frame(kBravo, ue_packet(3)),
      uplink_frame(kCarol, ue_packet(), 9),
      ethernet(kOurMac[0], kGnbMac, 777, 0x0800, ue_packet()),
  };
  const Verdict v = world.receive(kAccessPort, burst);
  EXPECT_EQ(v.sent.size(), 5u) << "with an Error Indication";
  EXPECT_EQ(to_string(v.drops),
            "ethernet_truncated of tenant 0, vlan_unknown of tenant 0, inner_source_spoofed of tenant 2, "
            "gtpu_teid_unknown of tenant 3, tenant_suspended of tenant 4");
  EXPECT_EQ(world.counter(kBravo.slot, Counter::consumed_packets), 1u);
  uint64_t received_bytes = 0;
  uint64_t frame_bytes = 0;
  for (const Received& r : burst) frame_bytes += r.frame.size();
  for (uint16_t t = 0; t < kTenantSlots; ++t) received_bytes += world.counter(TenantSlot{t}, Counter::received_bytes);
  EXPECT_EQ(received_bytes, frame_bytes);
  uint64_t sent_bytes = 0;
  uint64_t out_bytes = 0;
  for (const SentFrame& s : v.sent) out_bytes += s.frame.size();
  for (uint16_t t = 0; t < kTenantSlots; ++t) sent_bytes += world.counter(TenantSlot{t}, Counter::sent_bytes);
  EXPECT_EQ(sent_bytes, out_bytes);
}

TEST_F(Pipeline, AnEmptyBurstIsNothing) {
  const Verdict v = world.receive(kAccessPort, std::vector<Received>{});
  EXPECT_TRUE(v.sent.empty());
  for (size_t s = 0; s < kStageCount; ++s) EXPECT_EQ(world.stage_counters()[s].calls.read(), 0u);
}

TEST_F(Pipeline, StagesKeepTheirBooks) {
  world.receive(kAccessPort, std::vector<Received>(7, uplink_frame(kAcme, ue_packet())));
  auto stage = [this](StageId id) -> StageCounters& { return world.stage_counters()[static_cast<size_t>(id)]; };
  for (StageId id : {StageId::ethernet_input, StageId::vlan_demux, StageId::ipv4_input, StageId::udp_input,
                     StageId::gtpu_input, StageId::session_uplink, StageId::pdr_match, StageId::gtpu_decap,
                     StageId::ipv4_route, StageId::neighbor_output, StageId::port_output}) {
    SCOPED_TRACE(kStages[static_cast<size_t>(id)].name);
    EXPECT_EQ(stage(id).calls.read(), 1u);
    EXPECT_EQ(stage(id).packets.read(), 7u);
    EXPECT_GT(stage(id).cycles.read(), 0u);
  }
  for (StageId id : {StageId::arp_input, StageId::icmp_input, StageId::session_downlink, StageId::gtpu_encap})
    EXPECT_EQ(stage(id).calls.read(), 0u) << "a stage without packets is not called";
}

TEST_F(Pipeline, ATenantThatIsSuspendedStopsAndTheOtherGoesOn) {
  TopologySpec spec = world.spec();
  spec.attachments[kAcme.access().value].suspended = true;
  spec.attachments[kAcme.core().value].suspended = true;
  world.set_topology(spec);
  EXPECT_EQ(to_string(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet())).drops),
            "tenant_suspended of tenant 1");
  EXPECT_EQ(to_string(world.receive(kCorePort, from_router(kAcme, packet_to_ue())).drops),
            "tenant_suspended of tenant 1");
  EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kBravo, ue_packet())).sent.size(), 1u);
  EXPECT_EQ(world.receive(kCorePort, from_router(kBravo, packet_to_ue())).sent.size(), 1u);
  spec.attachments[kAcme.access().value].suspended = false;
  world.set_topology(spec);
  EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet())).sent.size(), 1u);
}

}  // namespace
}  // namespace demarc::dp::test
