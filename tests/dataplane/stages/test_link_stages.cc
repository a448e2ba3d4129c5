// ethernet_input, vlan_demux, arp_input.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

using wire::ArpOperation;

class LinkStages : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  World world;
};

struct FrameCase {
  const char* description;
  Received input;
  DropReason expect_drop;
  TenantSlot expect_charged;
};

TEST_F(LinkStages, FramesThatEndHere) {
  const ByteString fine = uplink_frame(kAcme, ue_packet());
  const std::vector<FrameCase> cases = {
      {"empty", {{}}, DropReason::ethernet_truncated, kHouse},
      {"13 bytes", {ByteString(fine.begin(), fine.begin() + 13)}, DropReason::ethernet_truncated, kHouse},
      {"tag cut off", {ByteString(fine.begin(), fine.begin() + 17)}, DropReason::ethernet_truncated, kHouse},
      {"another station's", {ethernet(kRouterMac, kGnbMac, 100, 0x0800, {})}, DropReason::ethernet_not_ours, kHouse},
      {"the other port's", {ethernet(kOurMac[1], kGnbMac, 100, 0x0800, {})}, DropReason::ethernet_not_ours, kHouse},
      {"a group that is not ours",
       {ethernet({0x33, 0x33, 0, 0, 0, 2}, kGnbMac, 0, 0x86dd, zeros(60))},
       DropReason::ethernet_not_ours,
       kHouse},
      {"VLAN 4095", {ethernet(kOurMac[0], kGnbMac, 4095, 0x0800, {})}, DropReason::vlan_reserved, kHouse},
      {"VLAN 4095, stripped by the NIC",
       {ethernet(kOurMac[0], kGnbMac, 0, 0x0800, {}), {}, 0x0fff},
       DropReason::vlan_reserved,
       kHouse},
      {"nobody's VLAN", {ethernet(kOurMac[0], kGnbMac, 999, 0x0800, {})}, DropReason::vlan_unknown, kHouse},
      {"acme's core VLAN on the access port",
       {ethernet(kOurMac[0], kGnbMac, 101, 0x0800, {})},
       DropReason::vlan_unknown,
       kHouse},
      {"two tags of which no attachment has the outer one",
       {ethernet(kOurMac[0], kGnbMac, 100, 0x8100, hex("00c8 0800") + ue_packet())},
       DropReason::vlan_unknown,
       kHouse},
      {"two tags, the outer one stripped",
       {ethernet(kOurMac[0], kGnbMac, 200, 0x0800, ue_packet()), {}, 100},
       DropReason::vlan_unknown,
       kHouse},
      {"three tags: acme's and two more",
       {ethernet(kOurMac[0], kGnbMac, 0, 0x88a8, hex("0000 8100 0064 8100 0001 0800"))},
       DropReason::ethertype_unsupported,
       kAcme.slot},
      {"S-tag that no attachment has, with acme's VLAN",
       {ethernet(kOurMac[0], kGnbMac, 0, 0x88a8, hex("0064 0800"))},
       DropReason::vlan_unknown,
       kHouse},
      {"VLAN 4095 outside",
       {ethernet(kOurMac[0], kGnbMac, 0, 0x88a8, hex("0fff 8100 0064 0800"))},
       DropReason::vlan_reserved,
       kHouse},
      {"MPLS to our MAC address",
       {ethernet(kOurMac[0], kGnbMac, 200, 0x8847, zeros(40))},
       DropReason::ethertype_unsupported,
       kBravo.slot},
      {"802.3 length instead of a type",
       {ethernet(kOurMac[0], kGnbMac, 200, 0x0026, zeros(40))},
       DropReason::ethertype_unsupported,
       kBravo.slot},
      {"a suspended tenant's", {uplink_frame(kDora, ue_packet())}, DropReason::tenant_suspended, kDora.slot},
      {"a suspended tenant's unknown type",
       {ethernet(kOurMac[0], kGnbMac, 400, 0x1234, {})},
       DropReason::tenant_suspended,
       kDora.slot},
  };
  for (const FrameCase& c : cases) {
    SCOPED_TRACE(c.description);
    const uint64_t packets = world.counter(c.expect_charged, Counter::received_packets);
    const uint64_t bytes = world.counter(c.expect_charged, Counter::received_bytes);
    const Verdict v = world.receive(kAccessPort, {c.input});
    EXPECT_EQ(to_string(v.drops), to_string({{c.expect_charged, c.expect_drop}}));
    EXPECT_TRUE(v.sent.empty());
    EXPECT_EQ(world.counter(c.expect_charged, Counter::received_packets), packets + 1);
    EXPECT_EQ(world.counter(c.expect_charged, Counter::received_bytes),
              bytes + c.input.frame.size() + (c.input.stripped_tci >= 0 ? 4 : 0));
  }
}

TEST_F(LinkStages, EveryKindOfTagFindsItsTenant) {
  struct Case {
    const char* description;
    Received input;
    TenantSlot expect;
  };
  ByteString priority = uplink_frame(kAcme, ue_packet());
  priority[14] = 0xe0;  // priority 7, VLAN 100
  ByteString priority_only = uplink_frame(kAcme, ue_packet());
  priority_only[14] = 0xe0;  // priority 7, VLAN 0
  priority_only[15] = 0;
  const Case cases[] = {
      {"tag", {uplink_frame(kAcme, ue_packet())}, kAcme.slot},
      {"another tag", {uplink_frame(kBravo, ue_packet())}, kBravo.slot},
      {"no tag", {uplink_frame(kCarol, ue_packet())}, kCarol.slot},
      {"tag with priority", {priority}, kAcme.slot},
      {"priority tag is no tag", {priority_only}, kCarol.slot},
      {"tag stripped by the NIC", {uplink_frame(kCarol, ue_packet()), {}, 200}, kBravo.slot},
      {"priority tag stripped by the NIC", {uplink_frame(kCarol, ue_packet()), {}, 0xe000}, kCarol.slot},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    const Verdict v = world.receive(kAccessPort, {c.input});
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].tenant, c.expect);
  }
}

TEST_F(LinkStages, VlanDemuxWritesWhatItFound) {
  Burst burst;
  world.fill(burst, kAccessPort, {{uplink_frame(kBravo, ue_packet())}});
  Lane lane = all_of(burst), arp, ipv4, ipv6, bridge;
  ethernet_input(world.context(), burst, lane);
  ASSERT_EQ(lane.size, 1);
  EXPECT_EQ(burst.meta[0].l3_offset, 18);
  EXPECT_EQ(burst.meta[0].ethertype, 0x0800);
  vlan_demux(world.context(), burst, lane, arp, ipv4, ipv6, bridge);
  EXPECT_TRUE(lane.empty());
  EXPECT_TRUE(arp.empty());
  ASSERT_EQ(ipv4.size, 1);
  EXPECT_EQ(burst.meta[0].attachment, kBravo.access());
  EXPECT_EQ(burst.meta[0].vrf, kBravo.access_vrf());
  EXPECT_EQ(burst.meta[0].tenant, kBravo.slot);
  drop(burst, 0, DropReason::vlan_unknown);
  end_drops(world.context(), burst);
}

ByteString request(const TestTenant& t, Be32 sender, Be32 target) {
  return ethernet(wire::kMacBroadcast, kGnbMac, t.access_vlan, wire::kEtherTypeArp,
                  arp(ArpOperation::request, kGnbMac, sender, {}, target) + zeros(18));
}

TEST_F(LinkStages, ArpRequestIsAnsweredWithTheRightTag) {
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    for (const char* target : {"10.1.0.1", "10.1.0.5"}) {
      SCOPED_TRACE(target);
      const Verdict v = world.receive(kAccessPort, request(t, address("10.1.0.2"), address(target)));
      ASSERT_EQ(v.sent.size(), 1u);
      EXPECT_EQ(v.sent[0].port, kAccessPort);
      ByteString expected =
          ethernet(kGnbMac, kOurMac[0], t.access_vlan, wire::kEtherTypeArp,
                   arp(ArpOperation::reply, kOurMac[0], address(target), kGnbMac, address("10.1.0.2")));
      expected.resize(60);  // filled up with zeros: IEEE 802.3 has no shorter frame
      EXPECT_EQ(v.sent[0].frame, expected);
    }
    EXPECT_EQ(world.counter(t.slot, Counter::arp_replies_sent), 2u);
  }
  EXPECT_TRUE(world.messages_to_agent().empty()) << "the gNB's address was no news";
}

TEST_F(LinkStages, ArpReplyKeepsATagThatTheNicTookOff) {
  const Verdict v = world.receive(kAccessPort, {{request(kCarol, address("10.1.0.2"), address("10.1.0.1")), {}, 200}});
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].tenant, kBravo.slot);
  EXPECT_EQ(ByteString(v.sent[0].frame.begin() + 12, v.sent[0].frame.begin() + 18), hex("8100 00c8 0806"));
}

struct ArpCase {
  const char* description;
  ByteString input;
  bool expect_reply = false;
  int expect_drop = -1;
  bool expect_seen = false;
};

TEST_F(LinkStages, ArpThatIsNotOrdinary) {
  const Be32 ours = address("10.1.0.1");
  const Be32 stranger = address("10.1.0.77");
  auto frame = [](const MacAddress& to, const ByteString& body) {
    return ethernet(to, kGnbMac, 100, wire::kEtherTypeArp, body);
  };
  auto code = [](DropReason r) { return static_cast<int>(r); };
  const ByteString reply = arp(ArpOperation::reply, kGnbMac, stranger, kOurMac[0], ours);
  const std::vector<ArpCase> cases = {
      {"a new station asks: learnt", request(kAcme, stranger, ours), true, -1, true},
      {"a known one from another MAC address: learnt",
       frame(wire::kMacBroadcast, arp(ArpOperation::request, {2, 0, 0, 0, 0, 9}, address("10.1.0.2"), {}, ours)), true,
       -1, true},
      {"an address probe (RFC 5227) is answered, not learnt", request(kAcme, Be32{}, ours), true, -1, false},
      {"a sender outside the prefix is answered, not learnt", request(kAcme, address("10.9.0.2"), ours), true, -1,
       false},
      {"somebody else's address", request(kAcme, stranger, address("10.1.0.3")), false,
       code(DropReason::arp_not_for_us)},
      {"our core address, on the access side", request(kAcme, stranger, address("10.2.0.1")), false,
       code(DropReason::arp_not_for_us)},
      {"for 0.0.0.0", request(kAcme, stranger, Be32{}), false, code(DropReason::arp_not_for_us)},
      {"gratuitous, of nobody that we know", request(kAcme, stranger, stranger), false,
       code(DropReason::arp_not_for_us)},
      {"gratuitous, of a neighbor: no news", request(kAcme, address("10.1.0.2"), address("10.1.0.2")), false, -1,
       false},
      {"gratuitous, of a neighbor that has another MAC address: learnt",
       frame(wire::kMacBroadcast,
             arp(ArpOperation::request, {2, 0, 0, 0, 0, 9}, address("10.1.0.2"), {}, address("10.1.0.2"))),
       false, -1, true},
      {"gratuitous, of our own address", request(kAcme, ours, ours), false, code(DropReason::arp_address_conflict)},
      {"reply from our own address", frame(kOurMac[0], arp(ArpOperation::reply, kGnbMac, ours, kOurMac[0], stranger)),
       false, code(DropReason::arp_address_conflict)},
      {"reply: learnt and consumed", frame(kOurMac[0], reply), false, -1, true},
      {"reply of a sender outside the prefix: consumed",
       frame(kOurMac[0], arp(ArpOperation::reply, kGnbMac, address("10.9.0.2"), kOurMac[0], ours)), false, -1, false},
      {"one byte short", frame(kOurMac[0], ByteString(reply.begin(), reply.end() - 1)), false,
       code(DropReason::arp_malformed)},
      {"empty", frame(kOurMac[0], {}), false, code(DropReason::arp_malformed)},
      {"operation 3", frame(kOurMac[0], with_word(reply, 6, 3)), false, code(DropReason::arp_malformed)},
      {"hardware type 6", frame(kOurMac[0], with_word(reply, 0, 6)), false, code(DropReason::arp_malformed)},
      {"sender with a group address", frame(kOurMac[0], with_byte(reply, 8, 0xff)), false,
       code(DropReason::arp_malformed)},
  };
  for (const ArpCase& c : cases) {
    SCOPED_TRACE(c.description);
    const Verdict v = world.receive(kAccessPort, c.input);
    EXPECT_EQ(v.sent.size(), c.expect_reply ? 1u : 0u);
    EXPECT_EQ(v.drops.empty() ? -1 : static_cast<int>(v.drops[0].reason), c.expect_drop);
    if (!v.drops.empty()) {
      EXPECT_EQ(v.drops[0].tenant, kAcme.slot);
    }
    const std::vector<ToAgent> told = world.messages_to_agent();
    ASSERT_EQ(told.size(), c.expect_seen ? 1u : 0u);
    if (c.expect_seen) {
      EXPECT_EQ(told[0].kind, ToAgent::Kind::neighbor_seen);
      EXPECT_EQ(told[0].attachment, kAcme.access());
    }
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::consumed_packets), 4u);
}

// One that floods its link with ARP uses up its own share of the agent's ring, and nobody else's.
TEST_F(LinkStages, ArpRepliesBeyondTheTenantsShareAreDropped) {
  const auto reply = [](const TestTenant& tenant) {
    return ethernet(kOurMac[0], kGnbMac, tenant.access_vlan, wire::kEtherTypeArp,
                    arp(ArpOperation::reply, kGnbMac, address("10.1.0.7"), kOurMac[0], address("10.1.0.1")));
  };
  for (unsigned n = 0; n < kExchangeRingSize / 32; ++n)
    world.receive(kAccessPort, std::vector<Received>(32, Received{reply(kAcme)}));
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::agent_queue_full), kExchangeRingSize - kToAgentPerTenantMax);
  world.receive(kAccessPort, reply(kBravo));
  EXPECT_EQ(world.drops(kBravo.slot, DropReason::agent_queue_full), 0u);
  EXPECT_EQ(world.counter(kBravo.slot, Counter::consumed_packets), 1u);

  const std::vector<ToAgent> told = world.messages_to_agent();
  ASSERT_EQ(told.size(), kToAgentPerTenantMax + 1);
  EXPECT_EQ(told.back().tenant, kBravo.slot);
  world.receive(kAccessPort, reply(kAcme));
  EXPECT_EQ(world.messages_to_agent().size(), 1u) << "what the agent has taken makes room again";
}

}  // namespace
}  // namespace demarc::dp::test
