// session_uplink, session_downlink, pdr_match, ipv4_route, neighbor_output.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

class ForwardingStages : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  Verdict up(int qfi = kMarkedQfi) { return world.receive(kAccessPort, uplink_frame(kAcme, ue_packet(), 0, qfi)); }
  Verdict down() { return world.receive(kCorePort, from_router(kAcme, packet_to_ue())); }
  void put(const SessionSpec& spec) { ASSERT_TRUE(world.sessions().put(spec)); }
  World world;
};

// Only possible when the agent has given a slot to somebody else between two tables; the packet must not follow.
TEST_F(ForwardingStages, ASessionOfAnotherTenantIsNone) {
  ASSERT_TRUE(world.sessions().remove(kAcme.slot, Seid{1}));
  SessionSpec stolen = session_of(kAcme);
  stolen.tenant = kBravo.slot;
  stolen.up_seid = Seid{77};
  put(stolen);
  EXPECT_EQ(to_string(up().drops), "gtpu_teid_unknown of tenant 1");
  EXPECT_EQ(to_string(down().drops), "session_unknown of tenant 1");
}

TEST_F(ForwardingStages, LookupsGiveEachPacketItsOwnSession) {
  World many(50);
  std::vector<Received> burst;
  for (unsigned n = 0; n < 60; ++n)
    burst.push_back({uplink_frame(n % 55 % 2 ? kAcme : kBravo, ue_packet(n % 55), n % 55)});
  Verdict v = many.receive(kAccessPort, burst);
  EXPECT_EQ(v.drops.size(), 5u) << "TEIDs 50 to 54 are nobody's";
  std::erase_if(v.sent, [](const SentFrame& s) { return s.port == kAccessPort; });  // Error Indications
  ASSERT_EQ(v.sent.size(), 55u);
  for (const SentFrame& s : v.sent) {
    const uint32_t ue = static_cast<uint32_t>(s.frame[18 + 14] << 8 | s.frame[18 + 15]) - 2;
    EXPECT_EQ(s.tenant, (ue % 2 ? kAcme : kBravo).slot) << "UE " << ue;
    EXPECT_EQ(s.frame[15], s.tenant == kAcme.slot ? 101 : 201);
  }
  EXPECT_EQ(many.check_books(), "");
}

struct PdrCase {
  const char* description;
  void (*change)(SessionSpec&);
  int qfi;
  const char* expect_up;
  const char* expect_down;
};

TEST_F(ForwardingStages, PdrMatch) {
  const PdrCase cases[] = {
      {"as it is", [](SessionSpec&) {}, 9, "none", "none"},
      {"the QFI that it wants", [](SessionSpec& s) { s.pdrs[0].qfi_match = 9; }, 9, "none", "none"},
      {"another QFI", [](SessionSpec& s) { s.pdrs[0].qfi_match = 9; }, 8, "pdr_no_match of tenant 1", "none"},
      {"no container where a QFI is wanted", [](SessionSpec& s) { s.pdrs[0].qfi_match = 9; }, -1,
       "pdr_no_match of tenant 1", "none"},
      {"QFI 0 is a QFI", [](SessionSpec& s) { s.pdrs[0].qfi_match = 0; }, 0, "none", "none"},
      {"uplink gate closed", [](SessionSpec& s) { s.pdrs[0].gate_closed = true; }, 9, "qer_gate_closed of tenant 1",
       "none"},
      {"downlink gate closed", [](SessionSpec& s) { s.pdrs[1].gate_closed = true; }, 9, "none",
       "qer_gate_closed of tenant 1"},
      {"FAR of the downlink drops", [](SessionSpec& s) { s.fars[1].forward = false; }, 9, "none",
       "far_drop of tenant 1"},
      {"a gate is looked at before the FAR",
       [](SessionSpec& s) {
         s.pdrs[0].gate_closed = true;
         s.fars[0].forward = false;
       },
       9, "qer_gate_closed of tenant 1", "none"},
      {"PDI of another VRF", [](SessionSpec& s) { s.pdrs[0].vrf = kAcme.core_vrf(); }, 9, "pdr_no_match of tenant 1",
       "none"},
      {"the first by precedence decides",
       [](SessionSpec& s) {
         Pdr closed = s.pdrs[0];
         closed.pdr_id = 3;
         closed.precedence = 50;
         closed.gate_closed = true;
         s.pdrs.push_back(closed);
       },
       9, "qer_gate_closed of tenant 1", "none"},
      {"a later one counts where the first wants another QFI",
       [](SessionSpec& s) {
         Pdr closed = s.pdrs[0];
         closed.pdr_id = 3;
         closed.precedence = 50;
         closed.qfi_match = 5;
         closed.gate_closed = true;
         s.pdrs.push_back(closed);
       },
       9, "none", "none"},
      {"a FAR into a VRF that is not there", [](SessionSpec& s) { s.fars[0].vrf = VrfSlot{4711}; }, 9,
       "route_none of tenant 1", "none"},
      {"a FAR into another tenant's VRF", [](SessionSpec& s) { s.fars[0].vrf = kBravo.core_vrf(); }, 9,
       "route_none of tenant 1", "none"},
  };
  for (const PdrCase& c : cases) {
    SCOPED_TRACE(c.description);
    SessionSpec spec = session_of(kAcme);
    c.change(spec);
    put(spec);
    EXPECT_EQ(to_string(up(c.qfi).drops), c.expect_up);
    EXPECT_EQ(to_string(down().drops), c.expect_down);
  }
}

TEST_F(ForwardingStages, ADownlinkPdrThatWantsAQfiMatchesNothing) {
  SessionSpec spec = session_of(kAcme);
  spec.pdrs[1].qfi_match = 9;
  put(spec);
  EXPECT_EQ(to_string(down().drops), "pdr_no_match of tenant 1");
}

TEST_F(ForwardingStages, PdrMatchWritesItsFindings) {
  Burst burst;
  world.fill(burst, kAccessPort, {{uplink_frame(kAcme, ue_packet())}});
  Lane lane = all_of(burst);
  PacketMeta& meta = burst.meta[0];
  meta.tenant = kAcme.slot;
  meta.vrf = kAcme.access_vrf();
  meta.endpoint = kAcme.endpoint();
  meta.teid = Teid{kUplinkTeid};
  meta.qfi = 9;
  session_uplink(world.context(), burst, lane);
  ASSERT_EQ(lane.size, 1);
  EXPECT_EQ(meta.session->up_seid, Seid{1});
  pdr_match(world.context(), burst, lane);
  ASSERT_EQ(lane.size, 1);
  EXPECT_EQ(meta.pdr().pdr_id, 1);
  EXPECT_EQ(meta.far().far_id, 1u);
  EXPECT_EQ(meta.vrf, kAcme.core_vrf());
  EXPECT_EQ(meta.qfi, kQfiNone) << "uplink has nothing to mark";
  rte_pktmbuf_free(burst.mbuf[0]);
}

TEST_F(ForwardingStages, Routes) {
  struct Case {
    const char* description;
    void (*change)(TopologySpec&);
    const char* expect_drop;
  };
  static const auto fib_of = [](std::vector<FibRoute> routes) {
    return std::shared_ptr<const Fib>(std::move(*Fib::build(routes)));
  };
  const Case cases[] = {
      {"as it is", [](TopologySpec&) {}, "none"},
      {"no route", [](TopologySpec& s) { s.vrfs[kAcme.core_vrf().value].fib = fib_of({}); }, "route_none of tenant 1"},
      {"no table yet", [](TopologySpec& s) { s.vrfs[kAcme.core_vrf().value].fib = nullptr; }, "route_none of tenant 1"},
      {"VRF is gone", [](TopologySpec& s) { s.vrfs[kAcme.core_vrf().value].valid = false; }, "route_none of tenant 1"},
      {"egress attachment is gone", [](TopologySpec& s) { s.attachments[kAcme.core().value].valid = false; },
       "route_none of tenant 1"},
      {"egress attachment is another tenant's",
       [](TopologySpec& s) {
         s.vrfs[kAcme.core_vrf().value].fib = fib_of({{0, 0, {kBravo.core(), address("10.2.0.254")}}});
       },
       "route_none of tenant 1"},
      {"gateway is our own address",
       [](TopologySpec& s) {
         s.vrfs[kAcme.core_vrf().value].fib = fib_of({{0, 0, {kAcme.core(), address("10.2.0.1")}}});
       },
       "route_to_ourselves of tenant 1"},
      {"MTU of the way out",
       [](TopologySpec& s) {
         s.attachments[kAcme.core().value].mtu = 30;
         s.attachments[kAcme.core().value].fragment_ipv4 = false;
       },
       "ipv4_too_big of tenant 1"},
  };
  const TopologySpec usual = world.spec();
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    TopologySpec spec = usual;
    c.change(spec);
    world.set_topology(std::move(spec));
    EXPECT_EQ(to_string(up().drops), c.expect_drop);
  }
}

TEST_F(ForwardingStages, AMoreSpecificRouteWinsPacketByPacket) {
  TopologySpec spec = world.spec();
  const uint32_t server = address("198.51.100.0").host();
  std::vector<FibRoute> routes = {{0, 0, {kAcme.core(), address("10.2.0.254")}},
                                  {server, 24, {kAcme.core(), address("10.2.0.253")}}};
  spec.vrfs[kAcme.core_vrf().value].fib = std::move(*Fib::build(routes));
  world.set_topology(std::move(spec));
  const MacAddress other{2, 0xc0, 0, 0, 0, 2};
  ASSERT_TRUE(world.neighbors().put(NeighborTable::key(kAcme.core(), address("10.2.0.253")),
                                    {NeighborState::reachable, other}));
  const ByteString elsewhere = ipv4(ue_address(), address("203.0.113.9"), 1, icmp_echo(8, 1, {}));
  const Verdict v = world.receive(
      kAccessPort,
      {{uplink_frame(kAcme, ue_packet())}, {uplink_frame(kAcme, elsewhere)}, {uplink_frame(kAcme, ue_packet())}});
  ASSERT_EQ(v.sent.size(), 3u);
  EXPECT_EQ(v.sent[0].frame[5], other[5]);
  EXPECT_EQ(v.sent[1].frame[5], kRouterMac[5]);
  EXPECT_EQ(v.sent[2].frame[5], other[5]);
}

TEST_F(ForwardingStages, UnknownNeighborIsAskedForAndPacketsWait) {
  const uint64_t key = NeighborTable::key(kAcme.core(), address("10.2.0.254"));
  world.neighbors().remove(key);
  const Verdict v = world.receive(kAccessPort, std::vector<Received>(6, {uplink_frame(kAcme, ue_packet())}));
  EXPECT_TRUE(v.sent.empty());
  EXPECT_EQ(v.drops.size(), 2u) << "4 may wait for one next hop";
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::neighbor_hold_full), 2u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::held_packets), 4u);
  EXPECT_EQ(world.check_books(), "");
  const std::vector<ToAgent> told = world.messages_to_agent();
  ASSERT_EQ(told.size(), 6u) << "with every packet, until the agent has made an entry";
  for (const ToAgent& message : told) {
    EXPECT_EQ(message.kind, ToAgent::Kind::neighbor_wanted);
    EXPECT_EQ(message.attachment, kAcme.core());
    EXPECT_EQ(message.address, address("10.2.0.254"));
    EXPECT_EQ(message.tenant, kAcme.slot);
  }

  EXPECT_TRUE(world.poll_held(world.now_tsc + 1).sent.empty()) << "nobody has answered yet";
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::reachable, kRouterMac}));
  const Verdict released = world.poll_held(world.now_tsc + 2);
  EXPECT_EQ(to_string(released.drops), "none");
  ASSERT_EQ(released.sent.size(), 4u);
  const Verdict direct = up();
  ASSERT_EQ(direct.sent.size(), 1u);
  for (const SentFrame& s : released.sent) EXPECT_EQ(s.frame, direct.sent[0].frame);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::held_packets), 0u);
}

TEST_F(ForwardingStages, DownlinkWaitsWithItsTunnelHeaders) {
  const uint64_t key = NeighborTable::key(kAcme.access(), address("10.1.0.2"));
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::incomplete, {}}));
  EXPECT_TRUE(down().sent.empty());
  EXPECT_TRUE(world.messages_to_agent().empty()) << "it is being asked for already";
  // The session may go while its packet waits.
  ASSERT_TRUE(world.sessions().remove(kAcme.slot, Seid{1}));
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::reachable, kGnbMac}));
  const Verdict v = world.poll_held(world.now_tsc + 1);
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].frame.size(), 18 + 44 + packet_to_ue().size());
}

TEST_F(ForwardingStages, NeighborsThatDoNotAnswer) {
  const uint64_t key = NeighborTable::key(kAcme.core(), address("10.2.0.254"));
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::failed, {}}));
  EXPECT_EQ(to_string(up().drops), "neighbor_unresolved of tenant 1");
  world.neighbors().remove(key);
  up();
  EXPECT_EQ(to_string(world.poll_held(world.now_tsc + 100'000'000).drops), "neighbor_unresolved of tenant 1");
  up();
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::failed, {}}));
  EXPECT_EQ(to_string(world.poll_held(world.now_tsc + 1).drops), "neighbor_unresolved of tenant 1");
  world.neighbors().remove(key);
  up();
  TopologySpec spec = world.spec();
  spec.attachments[kAcme.core().value].valid = false;
  world.set_topology(std::move(spec));
  EXPECT_EQ(to_string(world.poll_held(world.now_tsc + 1).drops), "table_changed of tenant 1");
}

// One tenant that sends to addresses that do not answer must not take the room of the others.
TEST_F(ForwardingStages, ATenantMayHoldSoManyPackets) {
  for (unsigned n = 0; n < 200; ++n) {
    const Be32 nobody = Be32::from_host(address("10.2.0.2").host() + n);
    world.receive(kAccessPort, uplink_frame(kAcme, ipv4(ue_address(), nobody, 1, icmp_echo(8, 1, {}))));
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::held_packets), HoldQueue::kPerTenantMax);
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::neighbor_hold_full), 200u - HoldQueue::kPerTenantMax);
  EXPECT_EQ(world.messages_to_agent().size(), kToAgentPerTenantMax);
  EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kBravo, ue_packet())).sent.size(), 1u);
}

TEST_F(ForwardingStages, APortThatTakesNothing) {
  world.ports.full = true;
  EXPECT_EQ(to_string(up().drops), "port_tx_full of tenant 1");
}

}  // namespace
}  // namespace demarc::dp::test
