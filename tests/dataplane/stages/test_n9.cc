// N9: an intermediate UPF, from one tunnel into another in both directions. Every test ends with balanced books.
#include <gtest/gtest.h>

#include "common/wire/nd.h"
#include "dataplane/tables/rule_compile.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

constexpr uint32_t kAccessTeid = 0x2064;  // ours, towards the gNB
constexpr uint32_t kCoreTeid = 0x2065;    // ours, towards the anchor
constexpr uint32_t kGnbsTeid = 0x20a0;
constexpr uint32_t kAnchorsTeid = 0x20a1;
constexpr MacAddress kAnchorMac{2, 0xac, 0, 0, 0, 1};
const Be32 kUe = address("10.99.0.7");  // the anchor's to give
const Be32 kServer = address("198.51.100.1");

SessionSpec n9_session(const TestTenant& t) {
  SessionSpec spec = session_of(t);
  spec.up_seid = Seid{77};
  Pdr& up = spec.pdrs[0];
  Pdr& down = spec.pdrs[1];
  up.teid = Teid{kAccessTeid};
  up.ue_ipv4 = down.ue_ipv4 = kUe;
  down.vrf = t.access_vrf();
  down.endpoint = t.endpoint();
  down.teid = Teid{kCoreTeid};
  down.qfi_mark = kQfiNone;
  Far& to_anchor = spec.fars[0];
  Far& to_gnb = spec.fars[1];
  to_anchor = to_gnb;
  to_anchor.to_core = true;
  to_anchor.teid = Teid{kAnchorsTeid};
  to_anchor.peer_ipv4 = address("10.1.0.3");
  to_gnb.teid = Teid{kGnbsTeid};
  for (Far* far : {&to_anchor, &to_gnb}) {
    far->endpoint = t.endpoint();
    far->guards_tunnels = true;
  }
  return spec;
}

class N9 : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const TestTenant& t : kTenants) {
      ASSERT_TRUE(world.sessions().put(n9_session(t)));
      ASSERT_TRUE(world.neighbors().put(NeighborTable::key(t.access(), address("10.1.0.3")),
                                        {NeighborState::reachable, kAnchorMac}));
    }
  }
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  Verdict from_gnb_side(const TestTenant& t, const ByteString& message) {
    return world.receive(kAccessPort, from_gnb(t, to_endpoint(message)));
  }
  Verdict from_anchor(const TestTenant& t, const ByteString& message, const char* anchor = "10.1.0.3") {
    const Be32 from = address(anchor);
    const Be32 to = address("10.1.0.1");
    return world.receive(kAccessPort, from_gnb(t, ipv4(from, to, wire::kProtocolUdp,
                                                       udp(from, to, wire::kGtpuPort, wire::kGtpuPort, message))));
  }
  World world;
};

ByteString up_packet(uint8_t ttl = 64) {
  return ipv4(kUe, kServer, wire::kProtocolUdp, udp(kUe, kServer, 4000, 5000, hex("c0ffee"), true), ttl);
}
ByteString down_packet(uint8_t ttl = 64, Be32 to = kUe) {
  return ipv4(kServer, to, wire::kProtocolUdp, udp(kServer, to, 5000, 4000, hex("c0ffee"), true), ttl);
}
ByteString gtpu_of(const TestTenant& t, const SentFrame& sent) {
  return tail(sent.frame, (t.access_vlan == 0 ? 14 : 18) + 28);
}

TEST_F(N9, UplinkGoesOnToTheAnchorOfTheSameTenant) {
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    const Verdict v = from_gnb_side(t, gpdu(kAccessTeid, up_packet(), 5));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].tenant, t.slot);
    EXPECT_EQ(ByteString(v.sent[0].frame.begin(), v.sent[0].frame.begin() + 6),
              ByteString(kAnchorMac.begin(), kAnchorMac.end()));
    EXPECT_EQ(gtpu_of(t, v.sent[0]), gpdu(kAnchorsTeid, up_packet(63), 5)) << "the QFI stays, in a UL container";
    EXPECT_EQ(world.counter(t.slot, Counter::uplink_packets), 1u);
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_packets), 0u);
  }
}

TEST_F(N9, DownlinkGoesOnToTheGnbOfTheSameTenant) {
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    const Verdict v = from_anchor(t, gpdu(kCoreTeid, down_packet(), 5, wire::PscPduType::downlink));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].tenant, t.slot);
    EXPECT_EQ(gtpu_of(t, v.sent[0]), gpdu(kGnbsTeid, down_packet(63), 5, wire::PscPduType::downlink));
    EXPECT_EQ(world.counter(t.slot, Counter::uplink_packets), 0u);
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_packets), 1u);
  }
}

TEST_F(N9, WithoutAQfiThereIsNone) {
  EXPECT_EQ(gtpu_of(kAcme, from_gnb_side(kAcme, gpdu(kAccessTeid, up_packet())).sent.at(0)),
            gpdu(kAnchorsTeid, up_packet(63)));
  EXPECT_EQ(gtpu_of(kAcme, from_anchor(kAcme, gpdu(kCoreTeid, down_packet())).sent.at(0)),
            gpdu(kGnbsTeid, down_packet(63)));
}

TEST_F(N9, AQerMarksAnotherQfi) {
  SessionSpec spec = n9_session(kAcme);
  for (Pdr& pdr : spec.pdrs) {
    pdr.qfi_mark = 11;
    pdr.psc_marks = kMarkRqi;
  }
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(gtpu_of(kAcme, from_gnb_side(kAcme, gpdu(kAccessTeid, up_packet(), 5)).sent.at(0)),
            gpdu(kAnchorsTeid, up_packet(63), 11))
      << "UL has no RQI";
  const ByteString down =
      gtpu_of(kAcme, from_anchor(kAcme, gpdu(kCoreTeid, down_packet(), 5, wire::PscPduType::downlink)).sent.at(0));
  EXPECT_EQ(ByteString(down.begin() + 12, down.begin() + 16), hex("01 00 4b 00"));
}

TEST_F(N9, RqiAndPagingPolicyStay) {
  // Of 2 units of 4 octets: PPP and RQI with QFI 5, PPI 3.
  ByteString message = hex("34 ff 0000 00002065 0000 00 85 02 00 c5 60 00 00 00 00") + down_packet();
  message = with_word(message, 2, static_cast<uint16_t>(message.size() - 8));
  const ByteString out = gtpu_of(kAcme, from_anchor(kAcme, message).sent.at(0));
  EXPECT_EQ(ByteString(out.begin() + 12, out.begin() + 16), hex("02 00 c5 60"));
  EXPECT_EQ(tail(out, 20), down_packet(63));
}

TEST_F(N9, AContainerOfTheOtherDirectionIsMalformed) {
  EXPECT_EQ(to_string(from_gnb_side(kAcme, gpdu(kAccessTeid, up_packet(), 5, wire::PscPduType::downlink)).drops),
            "gtpu_psc_malformed of tenant 1");
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kCoreTeid, down_packet(), 5)).drops), "gtpu_psc_malformed of tenant 1");
}

TEST_F(N9, EachTunnelIsItsOwnPeersAlone) {
  EXPECT_EQ(to_string(from_gnb_side(kAcme, gpdu(kCoreTeid, down_packet())).drops), "gtpu_peer_unexpected of tenant 1")
      << "the gNB is no anchor, though both are peers of the endpoint";
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kAccessTeid, up_packet())).drops), "gtpu_peer_unexpected of tenant 1");
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kCoreTeid, down_packet()), "10.1.0.9").drops),
            "gtpu_peer_unexpected of tenant 1");
}

TEST_F(N9, TheInnerAddressIsTheSessions) {
  EXPECT_EQ(to_string(from_gnb_side(kAcme, gpdu(kAccessTeid, ue_packet())).drops), "inner_source_spoofed of tenant 1");
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kCoreTeid, down_packet(64, address("10.99.0.8")))).drops),
            "inner_destination_wrong of tenant 1");
  SessionSpec open = n9_session(kAcme);
  open.pdrs[1].ue_ipv4 = {};
  ASSERT_TRUE(world.sessions().put(open));
  EXPECT_EQ(from_anchor(kAcme, gpdu(kCoreTeid, down_packet(64, address("10.99.0.8")))).sent.size(), 1u)
      << "where the F-TEID alone says whose it is";
}

TEST_F(N9, GuardsHoldInBothDirections) {
  const ByteString nested = ipv4(kServer, kUe, wire::kProtocolUdp, udp(kServer, kUe, 5000, wire::kGtpuPort, zeros(8)));
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kCoreTeid, nested)).drops), "gtpu_in_gtpu of tenant 1");
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kCoreTeid, down_packet(1))).drops), "ipv4_ttl_exceeded of tenant 1");
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kCoreTeid, {})).drops), "inner_malformed of tenant 1");
  const ByteString whole = gpdu(kCoreTeid, down_packet(), 5, wire::PscPduType::downlink);
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const Verdict v = from_anchor(kAcme, ByteString(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)));
    EXPECT_EQ(v.drops.size(), 1u) << bytes;
  }
}

TEST_F(N9, WithCompiledRulesAndFiltersEachDirectionFindsItsOwn) {
  SessionSpec spec = n9_session(kAcme);
  // Downlink from port 5000 of the server alone; uplink whatever it is.
  SdfMatch filter;
  filter.protocol = wire::kProtocolUdp;
  filter.remote = {AddressMatch::Kind::ipv4, false, 32, kServer.host()};
  filter.remote_ports = {{5000, 5000}};
  spec.rules = compile_rules(spec.pdrs, std::vector<PdrDetail>{{}, {0, {filter}}});
  ASSERT_FALSE(spec.rules.empty());
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(from_gnb_side(kAcme, gpdu(kAccessTeid, up_packet(), 5)).sent.size(), 1u);
  EXPECT_EQ(from_anchor(kAcme, gpdu(kCoreTeid, down_packet(), 5, wire::PscPduType::downlink)).sent.size(), 1u);
  const ByteString other = ipv4(kServer, kUe, wire::kProtocolUdp, udp(kServer, kUe, 5001, 4000, hex("c0ffee"), true));
  EXPECT_EQ(to_string(from_anchor(kAcme, gpdu(kCoreTeid, other)).drops), "pdr_no_match of tenant 1");
}

ByteString end_marker(uint32_t teid) {
  ByteString message = hex("30 fe 0000 00000000");
  message = with_word(message, 4, static_cast<uint16_t>(teid >> 16));
  return with_word(message, 6, static_cast<uint16_t>(teid));
}

// TS 29.281 clause 7.3.2: what comes before an End Marker leaves before it.
TEST_F(N9, AnEndMarkerLeavesBehindTheLastPacket) {
  std::vector<Received> packets;
  for (int n = 0; n < 4; ++n) packets.emplace_back(from_gnb(kAcme, to_endpoint(gpdu(kAccessTeid, up_packet(), 5))));
  packets.emplace_back(from_gnb(kAcme, to_endpoint(end_marker(kAccessTeid))));
  const Verdict v = world.receive(kAccessPort, packets);
  ASSERT_EQ(v.sent.size(), 5u);
  for (int n = 0; n < 4; ++n) EXPECT_EQ(gtpu_of(kAcme, v.sent[n]).at(1), 0xff) << n;
  EXPECT_EQ(gtpu_of(kAcme, v.sent[4]), end_marker(kAnchorsTeid));
}

TEST_F(N9, EndMarkersGoOnInBothDirections) {
  EXPECT_EQ(gtpu_of(kAcme, from_anchor(kAcme, end_marker(kCoreTeid)).sent.at(0)), end_marker(kGnbsTeid));
  EXPECT_EQ(gtpu_of(kAcme, from_gnb_side(kAcme, end_marker(kAccessTeid)).sent.at(0)), end_marker(kAnchorsTeid));
}

class N9Ipv6 : public N9 {
 protected:
  void SetUp() override {
    N9::SetUp();
    SessionSpec spec = n9_session(kAcme);
    for (Pdr& pdr : spec.pdrs) {
      pdr.ue_ipv4 = {};
      pdr.ue_ipv6 = 1;
    }
    spec.ue_prefixes = {ue_prefix({address6("2001:db8:99::"), 64})};
    // Towards the gNB over IPv6, towards the anchor over IPv4.
    spec.fars[1].peer_ipv4 = spec.fars[1].local_ipv4 = {};
    spec.fars[1].outer_ipv6 = 1;
    spec.outer_ipv6 = {{address6("2001:db8:1::2"), address6("2001:db8:1::1")}};
    ASSERT_TRUE(world.sessions().put(spec));
  }
  Verdict up(const ByteString& inner) {
    return world.receive(kAccessPort, from_gnb6(kAcme, to_endpoint6(gpdu(kAccessTeid, inner, 5))));
  }
  Verdict down(const ByteString& inner) {
    return from_anchor(kAcme, gpdu(kCoreTeid, inner, 5, wire::PscPduType::downlink));
  }
  const Ipv6Address ue = address6("2001:db8:99::7");
  const Ipv6Address server = address6("2001:db8:ffff::1");
};

TEST_F(N9Ipv6, GoesThroughBothWays) {
  const auto packet = [](const Ipv6Address& from, const Ipv6Address& to, uint8_t hops) {
    return ipv6(from, to, 17, udp6(from, to, 4000, 5000, hex("c0ffee")), hops);
  };
  Verdict v = up(packet(ue, server, 64));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), gpdu(kAnchorsTeid, packet(ue, server, 63), 5));
  v = down(packet(server, ue, 64));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(tail(v.sent[0].frame, 18 + 48), gpdu(kGnbsTeid, packet(server, ue, 63), 5, wire::PscPduType::downlink));
  EXPECT_EQ(to_string(down(packet(server, address6("2001:db8:98::7"), 64)).drops),
            "inner_destination_wrong of tenant 1");
}

TEST_F(N9Ipv6, TheAnchorAnswersRouterSolicitations) {
  const Ipv6Address host = address6("fe80::5");
  const Ipv6Address router = address6("fe80::1");
  const ByteString solicitation =
      ipv6(host, address6("ff02::2"), 58, icmpv6(host, address6("ff02::2"), hex("85 00 0000 00000000")), 255);
  Verdict v = up(solicitation);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), gpdu(kAnchorsTeid, solicitation, 5)) << "its hop limit stays 255";
  const ByteString advertisement =
      ipv6(router, host, 58, icmpv6(router, host, hex("86 00 0000 40 00 ffff 00000000 00000000")), 255);
  v = down(advertisement);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(tail(v.sent[0].frame, 18 + 48), gpdu(kGnbsTeid, advertisement, 5, wire::PscPduType::downlink));
  EXPECT_EQ(to_string(up(advertisement).drops), "inner_nd of tenant 1") << "a UE is no router";
  EXPECT_EQ(to_string(down(solicitation).drops), "inner_nd of tenant 1");
  EXPECT_EQ(to_string(down(with_byte(advertisement, 7, 254)).drops), "nd_malformed of tenant 1");
}

}  // namespace
}  // namespace demarc::dp::test
