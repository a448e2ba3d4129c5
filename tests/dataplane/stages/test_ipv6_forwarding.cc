// IPv6 through the tunnels: all four combinations of what is outside and inside, the guards on what a UE sends, router
// advertisements, and hostile frames. Every test ends with balanced books.
#include <gtest/gtest.h>

#include <random>

#include "common/wire/nd.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Ipv6Address kServer6 = address6("2001:db8:ffff::1");
const Ipv6Address kUeLinkLocal = address6("fe80::5");

class Ipv6Forwarding : public ::testing::Test {
 protected:
  // Each tenant has the IPv4 session of the world, and for IPv6 number 0 (over IPv4) and 1 (over IPv6); number 2 is
  // IPv4 inside and IPv6 outside.
  void SetUp() override {
    for (const TestTenant& t : kTenants) {
      SessionSpec ipv4 = session_of(t);
      ipv4.fars[1].guards_tunnels = false;
      ASSERT_TRUE(world.sessions().put(ipv4));
      ASSERT_TRUE(world.sessions().put(ipv6_session_of(t, false, 0)));
      ASSERT_TRUE(world.sessions().put(ipv6_session_of(t, true, 1)));
      SessionSpec mixed = ipv6_session_of(t, true, 2);
      for (Pdr& pdr : mixed.pdrs) {
        pdr.ue_ipv6 = 0;
        pdr.ue_ipv4 = ue_address(2);
      }
      mixed.ue_prefixes.clear();
      ASSERT_TRUE(world.sessions().put(mixed));
    }
  }
  void TearDown() override {
    EXPECT_EQ(world.check_books(), "");
    EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet())).sent.size(), 1u) << "traffic goes on";
    EXPECT_EQ(world.receive(kCorePort, from_router6(kAcme, packet_to_ue6())).sent.size(), 1u);
    EXPECT_EQ(world.check_books(), "");
  }
  std::string uplink_drop(const ByteString& inner, unsigned number = 0) {
    const Verdict v = world.receive(kAccessPort, from_gnb6(kAcme, to_endpoint6(gpdu(kUplinkTeid6 + number, inner))));
    EXPECT_EQ(v.sent.size() + v.drops.size(), 1u);
    return to_string(v.drops);
  }
  World world;
};

ByteString with_hop(ByteString packet, uint8_t hop_limit) { return with_byte(std::move(packet), 7, hop_limit); }

TEST_F(Ipv6Forwarding, UplinkInAllFourCombinations) {
  struct Case {
    const char* description;
    uint32_t teid;
    ByteString inner, expect;
  };
  const auto forwarded4 = [](unsigned n) {
    ByteString b = with_byte(ue_packet(n), 8, 63);
    return with_ip_checksum(b);
  };
  for (const Case& c :
       {Case{"IPv4 session", kUplinkTeid, ue_packet(), forwarded4(0)},
        Case{"IPv4 session whose downlink is IPv6", kUplinkTeid6 + 2, ue_packet(2), forwarded4(2)},
        Case{"IPv6 session", kUplinkTeid6, ue_packet6(), with_hop(ue_packet6(), 63)},
        Case{"IPv6 session whose downlink is IPv6", kUplinkTeid6 + 1, ue_packet6(1), with_hop(ue_packet6(1), 63)}}) {
    for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
      SCOPED_TRACE(std::string(c.description) + ", tenant " + std::to_string(t.slot.value));
      const bool ipv6 = c.inner[0] >> 4 == 6;
      const ByteString expect =
          ethernet(kRouterMac, kOurMac[1], t.core_vlan, ipv6 ? wire::kEtherTypeIpv6 : wire::kEtherTypeIpv4, c.expect);
      const ByteString message = gpdu(c.teid, c.inner, 9);
      for (const ByteString& frame : {from_gnb(t, to_endpoint(message)), from_gnb6(t, to_endpoint6(message))}) {
        const Verdict v = world.receive(kAccessPort, frame);
        EXPECT_EQ(to_string(v.drops), "none");
        ASSERT_EQ(v.sent.size(), 1u);
        EXPECT_EQ(v.sent[0].frame, expect);
        EXPECT_EQ(v.sent[0].tenant, t.slot);
      }
    }
  }
}

TEST_F(Ipv6Forwarding, DownlinkInAllFourCombinations) {
  struct Case {
    const char* description;
    ByteString packet, inner;
    uint32_t teid;
    bool outer_ipv6;
  };
  const ByteString inner4 = with_ip_checksum(with_byte(packet_to_ue(2), 8, 63));
  for (const Case& c :
       {Case{"IPv4 in IPv4", packet_to_ue(), with_ip_checksum(with_byte(packet_to_ue(), 8, 63)), kGnbTeid, false},
        Case{"IPv4 in IPv6", packet_to_ue(2), inner4, kGnbTeid6 + 2, true},
        Case{"IPv6 in IPv4", packet_to_ue6(), with_hop(packet_to_ue6(), 63), kGnbTeid6, false},
        Case{"IPv6 in IPv6", packet_to_ue6(1), with_hop(packet_to_ue6(1), 63), kGnbTeid6 + 1, true}}) {
    for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
      SCOPED_TRACE(std::string(c.description) + ", tenant " + std::to_string(t.slot.value));
      const bool inside_ipv6 = c.packet[0] >> 4 == 6;
      const Verdict v = world.receive(kCorePort, inside_ipv6 ? from_router6(t, c.packet) : from_router(t, c.packet));
      EXPECT_EQ(to_string(v.drops), "none");
      ASSERT_EQ(v.sent.size(), 1u);
      const size_t l2 = t.slot == kCarol.slot ? 14 : 18;
      const ByteString& frame = v.sent[0].frame;
      EXPECT_EQ(frame[l2 - 2], c.outer_ipv6 ? 0x86 : 0x08);
      const ByteString outer = tail(frame, l2);
      const size_t ip = c.outer_ipv6 ? 40 : 20;
      EXPECT_EQ(tail(outer, ip + 8), gpdu(c.teid, c.inner, 9, wire::PscPduType::downlink));
      if (c.outer_ipv6) {
        const wire::Ipv6Parse parsed = wire::parse_ipv6_header(outer.data(), outer.size(), outer.size());
        EXPECT_EQ(parsed.total_bytes, outer.size());
        EXPECT_EQ(ByteString(outer.begin() + 6, outer.begin() + 8), hex("11 40"));
        EXPECT_EQ(ByteString(outer.begin() + 8, outer.begin() + 40),
                  bytes_of(address6("2001:db8:1::1")) + bytes_of(address6("2001:db8:1::2")));
        EXPECT_EQ(ByteString(outer.begin() + 46, outer.begin() + 48), hex("0000")) << "a tunnel's: RFC 6935 section 5";
      }
    }
  }
}

TEST_F(Ipv6Forwarding, AMixedBurstKeepsFamiliesAndTenantsApart) {
  std::vector<Received> burst;
  for (unsigned n = 0; n < 60; ++n) {
    const TestTenant& t = kTenants[n % 3];
    const ByteString mark{static_cast<uint8_t>(t.slot.value), static_cast<uint8_t>(n)};
    burst.push_back(n % 2 == 0 ? from_router(t, packet_to_ue(0, mark))
                               : from_router6(t, packet_to_ue6(n % 4 / 2, mark)));
  }
  const Verdict v = world.receive(kCorePort, burst);
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 60u);
  for (const SentFrame& s : v.sent) EXPECT_EQ(s.frame[s.frame.size() - 2], s.tenant.value);
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) EXPECT_EQ(world.counter(t.slot, Counter::downlink_packets), 20u);
}

TEST_F(Ipv6Forwarding, ALongerPrefixOfAnotherSessionWins) {
  SessionSpec host = ipv6_session_of(kAcme, false, 9);
  host.ue_prefixes = {ue_prefix({ue_ipv6(0, 7), 128})};
  ASSERT_TRUE(world.sessions().put(host));
  const auto teid_of_downlink = [this](uint8_t last) {
    const ByteString packet = ipv6(kServer6, ue_ipv6(0, last), 17, udp6(kServer6, ue_ipv6(0, last), 1, 2, {}));
    const Verdict v = world.receive(kCorePort, from_router6(kAcme, packet));
    return v.sent.size() == 1 ? v.sent[0].frame[18 + 20 + 8 + 7] : 0;
  };
  EXPECT_EQ(teid_of_downlink(7), (kGnbTeid6 + 9) & 0xff);
  EXPECT_EQ(teid_of_downlink(8), kGnbTeid6 & 0xff);
  ASSERT_TRUE(world.sessions().remove(kAcme.slot, host.up_seid));
  EXPECT_EQ(teid_of_downlink(7), kGnbTeid6 & 0xff);
}

TEST_F(Ipv6Forwarding, DownlinkEndsByName) {
  struct Case {
    const char* description;
    ByteString packet;
    DropReason expect_drop;
  };
  for (const Case& c : {
           Case{"no such prefix", packet_to_ue6(77), DropReason::session_unknown},
           Case{"hop limit 1", packet_to_ue6(0, {}, 1), DropReason::ipv6_hop_limit_exceeded},
           Case{"hop limit 0", packet_to_ue6(0, {}, 0), DropReason::ipv6_hop_limit_exceeded},
           Case{"too big with its tunnel", packet_to_ue6(0, zeros(1430)), DropReason::encap_too_big},
           Case{"too big with its IPv6 tunnel", packet_to_ue6(1, zeros(1410)), DropReason::encap_too_big},
           Case{"from a link-local address", ipv6(kUeLinkLocal, ue_ipv6(), 59, {}), DropReason::ipv6_link_local},
           Case{"from ::", ipv6({}, ue_ipv6(), 59, {}), DropReason::ipv6_martian},
           Case{"to a group", ipv6(kServer6, address6("ff0e::1"), 59, {}), DropReason::ipv6_multicast},
           Case{"routing header of type 0", ipv6(kServer6, ue_ipv6(), 43, hex("3b00 0000 00000000")),
                DropReason::ipv6_routing_header},
           Case{"extension headers without end", ipv6(kServer6, ue_ipv6(), 60, zeros(0) + hex("3c00 010400000000")),
                DropReason::ipv6_ext_malformed},
       }) {
    SCOPED_TRACE(c.description);
    const Verdict v = world.receive(kCorePort, from_router6(kAcme, c.packet));
    EXPECT_EQ(to_string(v.drops), to_string({{kAcme.slot, c.expect_drop}}));
    EXPECT_TRUE(v.sent.empty());
  }
}

// HOSTILE list, GTP-U, inside an IPv6 session, tagged and untagged, over both families.
TEST_F(Ipv6Forwarding, WhatAUeMayNotSendEndsByName) {
  const Ipv6Address ue = ue_ipv6();
  const ByteString inner = ue_packet6();
  const auto chain = [&](uint8_t first, std::string_view bytes) { return ipv6(ue, kServer6, first, hex(bytes)); };
  const auto nd = [&](const Ipv6Address& from, const Ipv6Address& to, std::string_view bytes) {
    return ipv6(from, to, 58, icmpv6(from, to, hex(bytes)), 255);
  };
  ByteString endless;
  for (int n = 0; n < 9; ++n) endless = endless + hex("3c00 010400000000");
  const Ipv6Address other = ue_ipv6(1);
  struct Case {
    const char* description;
    ByteString inner;
    DropReason expect_drop;
  };
  const std::vector<Case> cases = {
      {"nothing at all", {}, DropReason::pdr_no_match},
      {"another version", with_byte(inner, 0, 0x70), DropReason::pdr_no_match},
      {"IPv4 in a session that has none", ue_packet(), DropReason::pdr_no_match},
      {"39 bytes", ByteString(inner.begin(), inner.begin() + 39), DropReason::inner_malformed},
      {"payload length past the end", with_word(inner, 4, 0xffff), DropReason::inner_malformed},
      {"payload length 0 of a datagram", with_word(inner, 4, 0), DropReason::inner_malformed},
      {"truncated UDP", ipv6(ue, kServer6, 17, zeros(7)), DropReason::inner_malformed},
      {"truncated TCP", ipv6(ue, kServer6, 6, zeros(19)), DropReason::inner_malformed},
      {"no byte of ICMPv6", ipv6(ue, kServer6, 58, {}), DropReason::inner_malformed},
      {"extension header past the end", chain(60, "11ff 010400000000"), DropReason::ipv6_ext_malformed},
      {"nine extension headers", ipv6(ue, kServer6, 60, endless), DropReason::ipv6_ext_malformed},
      {"hop-by-hop options in the middle", chain(60, "0000 010400000000 3b00 010400000000"),
       DropReason::ipv6_ext_malformed},
      {"routing header of type 0", chain(43, "3b00 0001 00000000"), DropReason::ipv6_routing_header},
      {"another UE's source", ipv6(other, kServer6, 59, {}), DropReason::inner_source_spoofed},
      {"our source", ipv6(address6("2001:db8:2::1"), kServer6, 59, {}), DropReason::inner_source_spoofed},
      {"a link-local source", ipv6(kUeLinkLocal, kServer6, 59, {}), DropReason::ipv6_link_local},
      {"a link-local destination", ipv6(ue, kUeLinkLocal, 59, {}), DropReason::ipv6_link_local},
      {"a group", ipv6(ue, address6("ff02::16"), 59, {}), DropReason::ipv6_multicast},
      {"to ::1", ipv6(ue, address6("::1"), 59, {}), DropReason::ipv6_martian},
      {"GTP-U in GTP-U", ipv6(ue, kServer6, 17, udp6(ue, kServer6, 2152, 2152, gpdu(1, inner))),
       DropReason::gtpu_in_gtpu},
      {"GTP-U in GTP-U behind options",
       ipv6(ue, kServer6, 60, hex("1100 010400000000") + udp6(ue, kServer6, 1, 2152, gpdu(1, {}))),
       DropReason::gtpu_in_gtpu},
      {"nested GTP-U with inner length 0",
       ipv6(ue, kServer6, 17, udp6(ue, kServer6, 2152, 2152, hex("30 ff 0000 00000064"))), DropReason::gtpu_in_gtpu},
      {"to our own address", ipv6(ue, address6("2001:db8:2::1"), 59, {}), DropReason::route_to_ourselves},
      {"PFCP to our own address",
       ipv6(ue, address6("2001:db8:2::1"), 17, udp6(ue, address6("2001:db8:2::1"), 8805, 8805, zeros(16))),
       DropReason::route_to_ourselves},
      {"hop limit 1", with_hop(inner, 1), DropReason::ipv6_hop_limit_exceeded},
      {"Neighbor Solicitation",
       nd(kUeLinkLocal, address6("fe80::1"), "8700000000000000fe80000000000000000000000000001"), DropReason::inner_nd},
      {"Router Advertisement", nd(kUeLinkLocal, address6("ff02::1"), "86000000400000ff0000000000000000"),
       DropReason::inner_nd},
      {"Redirect to the world", nd(ue, kServer6, "8900000000000000"), DropReason::inner_nd},
      {"Router Solicitation with a global source", nd(ue, address6("ff02::2"), "8500000000000000"),
       DropReason::nd_malformed},
      {"Router Solicitation from afar", with_hop(nd(kUeLinkLocal, address6("ff02::2"), "8500000000000000"), 254),
       DropReason::nd_malformed},
      {"Router Solicitation with a wrong checksum",
       with_byte(nd(kUeLinkLocal, address6("ff02::2"), "8500000000000000"), 42, 0x55), DropReason::nd_malformed},
      {"Router Solicitation with an option of length 0",
       nd(kUeLinkLocal, address6("ff02::2"), "8500000000000000 0100029b00000001"), DropReason::nd_malformed},
  };
  for (const Case& c : cases) {
    for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
      SCOPED_TRACE(std::string(c.description) + ", tenant " + std::to_string(t.slot.value));
      const ByteString message = gpdu(kUplinkTeid6, c.inner);
      for (const ByteString& frame : {from_gnb(t, to_endpoint(message)), from_gnb6(t, to_endpoint6(message))}) {
        const Verdict v = world.receive(kAccessPort, frame);
        EXPECT_EQ(to_string(v.drops), to_string({{t.slot, c.expect_drop}}));
        EXPECT_TRUE(v.sent.empty());
      }
    }
  }
}

TEST_F(Ipv6Forwarding, ALaterFragmentIsForwardedUnseen) {
  const ByteString fragment = ipv6(ue_ipv6(), kServer6, 44, hex("1100 0018 00000001") + hex("0868 0868 0010 0000"));
  EXPECT_EQ(uplink_drop(fragment), "none");
}

TEST_F(Ipv6Forwarding, ASessionOfBothFamiliesTakesBothBySource) {
  SessionSpec dual = ipv6_session_of(kAcme, false, 5);
  for (Pdr& pdr : dual.pdrs) pdr.ue_ipv4 = ue_address(5);
  ASSERT_TRUE(world.sessions().put(dual));
  EXPECT_EQ(uplink_drop(ue_packet(5), 5), "none");
  EXPECT_EQ(uplink_drop(ue_packet6(5), 5), "none");
  EXPECT_EQ(uplink_drop(ue_packet(6), 5), "inner_source_spoofed of tenant 1");
  EXPECT_EQ(uplink_drop(ue_packet6(6), 5), "inner_source_spoofed of tenant 1");
  EXPECT_EQ(world.receive(kCorePort, from_router(kAcme, packet_to_ue(5))).sent.size(), 1u);
  EXPECT_EQ(world.receive(kCorePort, from_router6(kAcme, packet_to_ue6(5))).sent.size(), 1u);
}

// Two PDRs with one F-TEID, one for each family: the second is not shadowed by the first.
TEST_F(Ipv6Forwarding, PdrsOfDifferentFamiliesMayShareAnFTeid) {
  SessionSpec two = ipv6_session_of(kAcme, false, 6);
  Pdr ipv4 = two.pdrs[0];
  ipv4.pdr_id = 3;
  ipv4.precedence = 1;
  ipv4.ue_ipv6 = 0;
  ipv4.ue_ipv4 = ue_address(6);
  two.pdrs.push_back(ipv4);
  ASSERT_TRUE(world.sessions().put(two));
  EXPECT_EQ(uplink_drop(ue_packet(6), 6), "none");
  EXPECT_EQ(uplink_drop(ue_packet6(6), 6), "none");
}

TEST_F(Ipv6Forwarding, RouterSolicitationsAreAnswered) {
  struct Case {
    const char* description;
    Ipv6Address from, answer_to;
    unsigned number;
    bool outer_ipv6;
  };
  for (const Case& c : {Case{"from its link-local address", kUeLinkLocal, kUeLinkLocal, 0, false},
                        Case{"before it has one", {}, wire::kAllNodes, 0, false},
                        Case{"over IPv6", kUeLinkLocal, kUeLinkLocal, 1, true}}) {
    SCOPED_TRACE(c.description);
    const Ipv6Address routers = address6("ff02::2");
    const ByteString solicitation = ipv6(c.from, routers, 58, icmpv6(c.from, routers, hex("8500000000000000")), 255);
    const Verdict v =
        world.receive(kAccessPort, from_gnb6(kAcme, to_endpoint6(gpdu(kUplinkTeid6 + c.number, solicitation))));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    ByteString answer(wire::kNdRouterAdvertisementBytesMax);
    wire::write_nd_router_advertisement(answer.data(), wire::link_local_of(kOurMac[0]), c.answer_to,
                                        ue_ipv6(c.number, 0), 64);
    EXPECT_EQ(answer[7], 255);
    EXPECT_EQ(tail(v.sent[0].frame, 18 + (c.outer_ipv6 ? 40 : 20) + 8),
              gpdu(kGnbTeid6 + c.number, answer, 9, wire::PscPduType::downlink));
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::router_advertisements_sent), 3u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::downlink_packets), 0u) << "nothing was forwarded";
  EXPECT_EQ(world.counter(kAcme.slot, Counter::uplink_packets), 0u);
}

TEST_F(Ipv6Forwarding, RouterSolicitationsThatHaveNoAnswerEndByName) {
  const Ipv6Address routers = address6("ff02::2");
  const ByteString solicitation =
      ipv6(kUeLinkLocal, routers, 58, icmpv6(kUeLinkLocal, routers, hex("8500000000000000")), 255);
  SessionSpec spec = ipv6_session_of(kAcme, false, 7);
  spec.pdrs[1].gate_closed = true;
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(uplink_drop(solicitation, 7), "qer_gate_closed of tenant 1");
  spec.pdrs[1].gate_closed = false;
  spec.fars[1].forward = false;
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(uplink_drop(solicitation, 7), "far_drop of tenant 1");
  spec = session_of(kAcme, 7);
  spec.up_seid = Seid{100'008};
  spec.fars[1].guards_tunnels = false;
  spec.pdrs[0].ue_ipv4 = {};
  spec.pdrs[0].teid = Teid{kUplinkTeid6 + 7};
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(uplink_drop(solicitation, 7), "ue_prefix_none of tenant 1");
}

TEST_F(Ipv6Forwarding, RoutesEndByName) {
  EXPECT_EQ(uplink_drop(ipv6(ue_ipv6(), address6("2001:db8:2::1"), 59, {})), "route_to_ourselves of tenant 1");
  TopologySpec spec = world.spec();
  spec.vrfs[kAcme.core_vrf().value].fib6 = nullptr;
  world.set_topology(spec);
  EXPECT_EQ(uplink_drop(ue_packet6()), "route_none of tenant 1");
  spec = world.spec();
  spec.attachments[kBravo.core().value].mtu = 1280;
  world.set_topology(spec);
  const Verdict v =
      world.receive(kAccessPort, from_gnb6(kBravo, to_endpoint6(gpdu(kUplinkTeid6, ue_packet6(0, zeros(1233))))));
  EXPECT_EQ(to_string(v.drops), "ipv6_too_big of tenant 2");
  EXPECT_EQ(world.receive(kAccessPort, from_gnb6(kBravo, to_endpoint6(gpdu(kUplinkTeid6, ue_packet6(0, zeros(1232))))))
                .sent.size(),
            1u);
}

std::vector<ByteString> fixtures() {
  const Ipv6Address routers = address6("ff02::2");
  const Ipv6Address gnb = address6("2001:db8:1::2");
  const Ipv6Address ours = address6("2001:db8:1::1");
  const ByteString solicitation =
      ipv6(kUeLinkLocal, routers, 58, icmpv6(kUeLinkLocal, routers, hex("8500000000000000")), 255);
  const ByteString options = hex("1100 010400000000");
  return {
      from_gnb6(kAcme, to_endpoint6(gpdu(kUplinkTeid6, ue_packet6(), 9))),
      from_gnb6(kCarol, to_endpoint6(gpdu(kUplinkTeid, ue_packet()))),
      from_gnb(kAcme, to_endpoint(gpdu(kUplinkTeid6, ue_packet6(), 9))),
      from_gnb6(kAcme, ipv6(gnb, ours, 17, udp6(gnb, ours, 2152, 2152, gpdu(kUplinkTeid6, ue_packet6()), true))),
      from_gnb6(kAcme, ipv6(gnb, ours, 60, options + udp6(gnb, ours, 2152, 2152, gpdu(kUplinkTeid6, ue_packet6())))),
      from_gnb6(kAcme, ipv6(gnb, ours, 58, icmpv6(gnb, ours, hex("80000000 12340007 6162636465")))),
      from_router6(kAcme, packet_to_ue6()),
      from_router6(kCarol, packet_to_ue6(1)),
      // From here on no cut leaves the headers whole.
      from_gnb6(kBravo, to_endpoint6(gpdu(kUplinkTeid6, solicitation))),
      from_gnb6(kBravo, to_endpoint6(hex("32 01 0004 00000000 0007 00 00"))),
      from_gnb6(kAcme,
                ipv6(gnb, ours, 58,
                     icmpv6(gnb, ours, hex("87000000 00000000") + bytes_of(ours) + hex("0101 029b00000001")), 255)),
  };
}
constexpr size_t kFixturesWithPayload = 8;

PortIndex port_of(const ByteString& frame) { return frame[5] == kOurMac[1][5] ? kCorePort : kAccessPort; }

std::string told(const Verdict& v) {
  std::string out = to_string(v.drops) + ";";
  for (const SentFrame& s : v.sent) out += std::string(s.frame.begin(), s.frame.end());
  return out;
}

// Whatever lies behind the cut must make no difference: a stage that reads it gives two verdicts.
TEST_F(Ipv6Forwarding, EveryFrameCutAtEveryByte) {
  for (const ByteString& whole : fixtures()) {
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      Received cut(ByteString(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)));
      const Verdict first = world.receive(port_of(whole), {cut});
      EXPECT_EQ(first.drops.size(), 1u);
      EXPECT_TRUE(first.sent.empty());
      cut.garbage = 0;
      EXPECT_EQ(told(world.receive(port_of(whole), {cut})), told(first));
      ASSERT_EQ(world.check_books(), "");
    }
  }
}

TEST_F(Ipv6Forwarding, EveryFrameInTwoSegments) {
  const std::vector<ByteString> frames = fixtures();
  for (size_t f = 0; f < frames.size(); ++f) {
    unsigned taken = 0;
    for (size_t bytes = 1; bytes < frames[f].size(); ++bytes) {
      SCOPED_TRACE(std::to_string(f) + " at " + std::to_string(bytes));
      Received parts(frames[f], {bytes});
      world.context().next_identification = 0;
      const Verdict first = world.receive(port_of(frames[f]), {parts});
      EXPECT_EQ(first.drops.size() + first.sent.size(), 1u);
      taken += static_cast<unsigned>(first.sent.size());
      parts.garbage = 0;
      world.context().next_identification = 0;
      EXPECT_EQ(told(world.receive(port_of(frames[f]), {parts})), told(first));
      ASSERT_EQ(world.check_books(), "");
    }
    if (f < kFixturesWithPayload) {
      EXPECT_GT(taken, 0u) << f;
    }
  }
  world.messages_to_agent();
}

TEST_F(Ipv6Forwarding, EveryByteChanged) {
  for (const ByteString& whole : fixtures()) {
    for (size_t at = 0; at < whole.size(); ++at) {
      std::vector<Received> burst;
      for (unsigned value = 0; value < 256; value += 5)
        burst.push_back(with_byte(whole, at, static_cast<uint8_t>(value)));
      const uint64_t waiting = world.counter(kAcme.slot, Counter::held_packets);  // a fragment may take others along
      const Verdict v = world.receive(port_of(whole), burst);
      EXPECT_LE(v.drops.size(), burst.size() + waiting) << "byte " << at << ", " << to_string(v.drops);
      ASSERT_EQ(world.check_books(), "") << "byte " << at;
    }
    world.messages_to_agent();
  }
}

TEST_F(Ipv6Forwarding, RandomFramesWithRightHeadsUpToSomewhere) {
  std::mt19937 random(8200);
  const std::vector<ByteString> whole = fixtures();
  for (int round = 0; round < 2000; ++round) {
    std::vector<Received> burst;
    for (int n = 0; n < 16; ++n) {
      const ByteString& from = whole[random() % whole.size()];
      if (port_of(from) == kCorePort) continue;
      ByteString frame = from;
      const size_t keep = random() % frame.size();
      frame.resize(keep + random() % 200);
      for (size_t i = keep; i < frame.size(); ++i) frame[i] = static_cast<uint8_t>(random());
      burst.push_back(frame);
    }
    world.receive(kAccessPort, burst);
    ASSERT_EQ(world.check_books(), "");
    world.messages_to_agent();
  }
}

}  // namespace
}  // namespace demarc::dp::test
