// Several next hops, two VLAN tags, several segments.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kServer = address("198.51.100.1");

class Paths : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  World world;
};

MacAddress router_mac(unsigned n) { return {2, 0xc0, 0, 0, 1, static_cast<uint8_t>(n)}; }

// acme's default routes by three routers, 10.2.0.11 to 10.2.0.13 and 2001:db8:2::11 to ::13.
void add_routers(World& world) {
  TopologySpec spec = world.spec();
  NextHopGroups groups;
  groups.ipv4.resize(1);
  groups.ipv6.resize(1);
  for (unsigned n = 0; n < 3; ++n) {
    const Be32 gateway = Be32::from_host(address("10.2.0.11").host() + n);
    Ipv6Address gateway6 = address6("2001:db8:2::11");
    gateway6.bytes[15] = static_cast<uint8_t>(gateway6.bytes[15] + n);
    groups.ipv4[0].push_back({kAcme.core(), gateway});
    groups.ipv6[0].push_back({kAcme.core(), gateway6});
    const NeighborAnswer answer{NeighborState::reachable, router_mac(n)};
    ASSERT_TRUE(world.neighbors().put(NeighborTable::key(kAcme.core(), gateway), answer));
    ASSERT_TRUE(world.neighbors().put(NeighborTable::key(kAcme.core(), gateway6), answer));
  }
  VrfRow& vrf = spec.vrfs[kAcme.core_vrf().value];
  vrf.groups = std::make_shared<const NextHopGroups>(std::move(groups));
  vrf.fib = std::move(*Fib::build(std::vector<FibRoute>{{0, 0, {group_egress(0), {}}}}));
  vrf.fib6 = std::move(*Fib6::build(std::vector<FibRoute6>{{0, 0, {group_egress(0), {}}}}));
  world.set_topology(spec);
}

ByteString flow(unsigned n) {
  return ipv4(ue_address(), kServer, 17, udp(ue_address(), kServer, static_cast<uint16_t>(4000 + n), 5000, zeros(8)));
}
ByteString flow6(unsigned n) {
  const Ipv6Address server = address6("2001:db8:ffff::1");
  return ipv6(ue_ipv6(), server, 17, udp6(ue_ipv6(), server, static_cast<uint16_t>(4000 + n), 5000, zeros(8)));
}

// Which router each of 240 flows goes by.
std::vector<unsigned> routers_of(World& world, bool ipv6_inside) {
  std::vector<unsigned> out;
  for (unsigned n = 0; n < 240; ++n) {
    const ByteString frame = ipv6_inside ? from_gnb(kAcme, to_endpoint(gpdu(kUplinkTeid6, flow6(n), kMarkedQfi)))
                                         : uplink_frame(kAcme, flow(n));
    const Verdict v = world.receive(kAccessPort, std::vector<Received>(2, Received(frame)));
    EXPECT_EQ(v.sent.size(), 2u) << to_string(v.drops);
    if (v.sent.size() != 2) return {};
    EXPECT_EQ(v.sent[0].frame[5], v.sent[1].frame[5]) << "a flow keeps to its way";
    out.push_back(v.sent[0].frame[5]);
  }
  return out;
}

TEST_F(Paths, FlowsSpreadAndKeepToTheirWay) {
  ASSERT_TRUE(world.sessions().put(ipv6_session_of(kAcme, false)));
  add_routers(world);
  for (const bool ipv6_inside : {false, true}) {
    const std::vector<unsigned> first = routers_of(world, ipv6_inside);
    std::map<unsigned, unsigned> count;
    for (const unsigned r : first) ++count[r];
    ASSERT_EQ(count.size(), 3u);
    for (const auto& [router, flows] : count) EXPECT_GT(flows, 40u) << router;
    EXPECT_EQ(routers_of(world, ipv6_inside), first);
  }
}

TEST_F(Paths, ALostRoutersFlowsMoveAndNoOthers) {
  add_routers(world);
  const std::vector<unsigned> before = routers_of(world, false);
  const uint64_t lost = NeighborTable::key(kAcme.core(), address("10.2.0.12"));
  ASSERT_TRUE(world.neighbors().put(lost, {NeighborState::failed, {}}));
  const std::vector<unsigned> after = routers_of(world, false);
  std::set<unsigned> moved_to;
  for (size_t n = 0; n < before.size(); ++n) {
    if (before[n] != 1) {
      EXPECT_EQ(after[n], before[n]) << "flow " << n;
    } else {
      moved_to.insert(after[n]);
    }
  }
  EXPECT_EQ(moved_to, (std::set<unsigned>{0, 2}));
  ASSERT_TRUE(world.neighbors().put(lost, {NeighborState::reachable, router_mac(1)}));
  EXPECT_EQ(routers_of(world, false), before);
}

TEST_F(Paths, AllRoutersLostIsOneDrop) {
  add_routers(world);
  for (const char* gateway : {"10.2.0.11", "10.2.0.12", "10.2.0.13"})
    ASSERT_TRUE(world.neighbors().put(NeighborTable::key(kAcme.core(), address(gateway)), {NeighborState::failed, {}}));
  EXPECT_EQ(to_string(world.receive(kAccessPort, uplink_frame(kAcme, flow(1))).drops),
            "neighbor_unresolved of tenant 1");
}

TEST_F(Paths, FragmentsOfADatagramTakeOneWay) {
  add_routers(world);
  std::set<unsigned> ways;
  for (unsigned n = 0; n < 32; ++n) {  // the ports differ, and are in the first fragment alone
    const ByteString first = with_ip_checksum(with_word(flow(n), 6, 0x2000));
    const Verdict v = world.receive(kAccessPort, uplink_frame(kAcme, first));
    ASSERT_EQ(v.sent.size(), 1u);
    ways.insert(v.sent[0].frame[5]);
  }
  EXPECT_EQ(ways.size(), 1u);
}

TEST_F(Paths, TunnelsSpreadByWhatIsInside) {
  TopologySpec spec = world.spec();
  NextHopGroups groups;
  groups.ipv4.resize(1);
  for (unsigned n = 0; n < 2; ++n) {
    const Be32 gateway = Be32::from_host(address("10.1.0.11").host() + n);
    groups.ipv4[0].push_back({kAcme.access(), gateway});
    ASSERT_TRUE(
        world.neighbors().put(NeighborTable::key(kAcme.access(), gateway), {NeighborState::reachable, router_mac(n)}));
  }
  VrfRow& vrf = spec.vrfs[kAcme.access_vrf().value];
  vrf.groups = std::make_shared<const NextHopGroups>(std::move(groups));
  vrf.fib = std::move(*Fib::build(std::vector<FibRoute>{{0, 0, {group_egress(0), {}}}}));
  world.set_topology(spec);
  std::set<unsigned> ways;
  for (unsigned n = 0; n < 32; ++n) {
    const Verdict v = world.receive(
        kCorePort, from_router(kAcme, ipv4(kServer, ue_address(), 17,
                                           udp(kServer, ue_address(), static_cast<uint16_t>(n), 80, zeros(8)))));
    ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
    ways.insert(v.sent[0].frame[5]);
  }
  EXPECT_EQ(ways.size(), 2u);
}

// The payload of an Ethernet frame, between two tags.
ByteString double_tagged(const MacAddress& to, const MacAddress& from, uint16_t outer_type, uint16_t outer,
                         uint16_t vlan, uint16_t type, const ByteString& payload) {
  ByteString out(wire::ethernet_header_bytes(wire::VlanTags{outer, vlan}));
  wire::write_ethernet(out.data(), to, from, wire::VlanTags{outer, vlan}, type);
  return with_word(out, 12, outer_type) + payload;
}

TEST_F(Paths, TwoTags) {
  // acme's access is VLAN 100 inside of 300, bravo's VLAN 100 inside of 301; both had VLAN 100 alone taken from them.
  TopologySpec spec = world.spec();
  for (const auto& [tenant, outer] : {std::pair{kAcme, 300}, std::pair{kBravo, 301}}) {
    spec.attachments[tenant.access().value].vlan = VlanId{100};
    spec.attachments[tenant.access().value].outer_vlan = VlanId{static_cast<uint16_t>(outer)};
  }
  world.set_topology(spec);
  const ByteString outer_packet = to_endpoint(gpdu(kUplinkTeid, ue_packet(), kMarkedQfi));
  for (const uint16_t type : {0x88a8, 0x8100}) {
    for (const auto& [tenant, outer] : {std::pair{kAcme, 300}, std::pair{kBravo, 301}}) {
      const Verdict v = world.receive(
          kAccessPort,
          double_tagged(kOurMac[0], kGnbMac, type, static_cast<uint16_t>(outer), 100, 0x0800, outer_packet));
      ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
      EXPECT_EQ(v.sent[0].tenant, tenant.slot);
    }
  }
  const ByteString stripped = ethernet(kOurMac[0], kGnbMac, 100, 0x0800, outer_packet);
  EXPECT_EQ(world.receive(kAccessPort, {{stripped, {}, 300}}).sent.size(), 1u) << "the NIC took the outer one off";
  EXPECT_EQ(to_string(world.receive(kAccessPort, stripped).drops), "vlan_unknown of tenant 0") << "one tag";
  EXPECT_EQ(
      to_string(
          world.receive(kAccessPort, double_tagged(kOurMac[0], kGnbMac, 0x88a8, 302, 100, 0x0800, outer_packet)).drops),
      "vlan_unknown of tenant 0");
  EXPECT_EQ(
      to_string(
          world.receive(kAccessPort, double_tagged(kOurMac[0], kGnbMac, 0x88a8, 300, 101, 0x0800, outer_packet)).drops),
      "vlan_unknown of tenant 0");
  const Verdict down = world.receive(kCorePort, from_router(kAcme, packet_to_ue()));
  ASSERT_EQ(down.sent.size(), 1u);
  const ByteString header(down.sent[0].frame.begin() + 12, down.sent[0].frame.begin() + 22);
  EXPECT_EQ(header, hex("88a8 012c 8100 0064 0800"));
  const ByteString question = arp(wire::ArpOperation::request, kGnbMac, address("10.1.0.2"), {}, address("10.1.0.1"));
  const Verdict answer =
      world.receive(kAccessPort, double_tagged(wire::kMacBroadcast, kGnbMac, 0x88a8, 300, 100, 0x0806, question));
  ASSERT_EQ(answer.sent.size(), 1u);
  EXPECT_EQ(ByteString(answer.sent[0].frame.begin() + 12, answer.sent[0].frame.begin() + 22),
            hex("88a8 012c 8100 0064 0806"));
}

TEST_F(Paths, HeadersAcrossSegmentsAreReadAnyway) {
  const ByteString whole = uplink_frame(kAcme, ue_packet(0, zeros(600)));
  const Verdict expected = world.receive(kAccessPort, whole);
  ASSERT_EQ(expected.sent.size(), 1u);
  for (size_t at = 1; at < 110; ++at) {
    for (const std::vector<size_t>& segments : {std::vector<size_t>{at}, {at, 1, 0, 3}, {1, at}}) {
      const Verdict v = world.receive(kAccessPort, {{whole, segments}});
      ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops) << ", first segment " << at;
      EXPECT_EQ(v.sent[0].frame, expected.sent[0].frame);
    }
  }
}

TEST_F(Paths, AJumboFrameInManySegments) {
  TopologySpec spec = world.spec();
  for (AttachmentRow& a : spec.attachments) a.mtu = 9000;
  world.set_topology(spec);
  ByteString data(8900);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i * 3);
  const Verdict v = world.receive(kCorePort, {{from_router(kAcme, packet_to_ue(0, data)), {2000, 2000, 2000, 2000}}});
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(tail(v.sent[0].frame, 18 + 44 + 28), data);
}

}  // namespace
}  // namespace demarc::dp::test
