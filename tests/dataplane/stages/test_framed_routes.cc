// Framed routes (TS 23.501 clause 5.6.14) through the whole pipeline: hosts behind a UE are reached and may send, those
// behind others may not. Every test ends with balanced books.
#include <gtest/gtest.h>

#include "common/base/ip_prefix.h"
#include "dataplane/tables/rule_compile.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

FramedRoute framed(const char* text, std::initializer_list<size_t> pdrs = {0, 1}) {
  FramedRoute route{ue_prefix(parse_ip_prefix(text).value().ipv6())};
  for (const size_t pdr : pdrs) route.add_pdr(pdr);
  return route;
}

SessionSpec with(SessionSpec spec, std::vector<FramedRoute> routes) {
  spec.framed_routes = std::move(routes);
  return spec;
}

const Be32 kServer = address("198.51.100.1");
const Ipv6Address kServer6 = address6("2001:db8:ffff::1");

ByteString packet(Be32 from, Be32 to, uint8_t ttl = 64) {
  return ipv4(from, to, wire::kProtocolUdp, udp(from, to, 4000, 5000, hex("c0ffee"), true), ttl);
}
ByteString packet6(const Ipv6Address& from, const Ipv6Address& to, uint8_t hops = 64) {
  return ipv6(from, to, wire::kProtocolUdp, udp6(from, to, 4000, 5000, hex("c0ffee")), hops);
}

class FramedRoutes : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  void put(const SessionSpec& spec) {
    const Status s = world.sessions().put(spec);
    ASSERT_TRUE(s) << s.error().message;
  }
  Verdict up(const TestTenant& t, const ByteString& inner, unsigned session = 0) {
    return world.receive(kAccessPort, uplink_frame(t, inner, session));
  }
  Verdict down(const TestTenant& t, const char* to) {
    return world.receive(kCorePort, from_router(t, packet(kServer, address(to))));
  }
  // Which session's tunnel the packet to `to` went into; -1: none.
  int tunnel_of(const TestTenant& t, const char* to) {
    const Verdict v = down(t, to);
    if (v.sent.size() != 1) return -1;
    EXPECT_EQ(v.sent[0].tenant, t.slot);
    const ByteString gtpu = tail(v.sent[0].frame, 18 + 28);
    for (unsigned n = 0; n < 3; ++n)
      if (gtpu == gpdu(kGnbTeid + n, packet(kServer, address(to), 63), kMarkedQfi, wire::PscPduType::downlink))
        return static_cast<int>(n);
    return 99;
  }
  World world{3};
};

TEST_F(FramedRoutes, AHostBehindTheUeIsReachedAndMaySend) {
  EXPECT_EQ(to_string(down(kAcme, "192.168.7.9").drops), "session_unknown of tenant 1");
  EXPECT_EQ(to_string(up(kAcme, packet(address("192.168.7.9"), kServer)).drops), "inner_source_spoofed of tenant 1");
  put(with(session_of(kAcme), {framed("192.168.7.0/24")}));
  EXPECT_EQ(tunnel_of(kAcme, "192.168.7.9"), 0);
  EXPECT_EQ(tunnel_of(kAcme, "10.45.0.2"), 0) << "its own address as before";
  EXPECT_EQ(to_string(down(kAcme, "192.168.8.0").drops), "session_unknown of tenant 1");
  for (const char* source : {"192.168.7.9", "10.45.0.2"}) {
    const Verdict v = up(kAcme, packet(address(source), kServer));
    ASSERT_EQ(v.sent.size(), 1u) << source << ": " << to_string(v.drops);
    EXPECT_EQ(v.sent[0].frame, ethernet(kRouterMac, kOurMac[1], kAcme.core_vlan, wire::kEtherTypeIpv4,
                                        packet(address(source), kServer, 63)));
  }
  for (const char* source : {"192.168.6.255", "192.168.8.0", "10.45.0.3", "0.0.0.0"})
    EXPECT_EQ(to_string(up(kAcme, packet(address(source), kServer)).drops), "inner_source_spoofed of tenant 1")
        << source;
  EXPECT_EQ(to_string(up(kAcme, packet(address("192.168.7.9"), kServer), 1).drops), "inner_source_spoofed of tenant 1")
      << "out of another session's tunnel";
}

TEST_F(FramedRoutes, TheLongestCountsAndAUesOwnAddressBeforeAll) {
  put(with(session_of(kAcme, 0), {framed("192.168.0.0/16"), framed("10.45.0.0/16")}));
  put(with(session_of(kAcme, 1), {framed("192.168.7.0/24")}));
  EXPECT_EQ(tunnel_of(kAcme, "192.168.6.1"), 0);
  EXPECT_EQ(tunnel_of(kAcme, "192.168.7.1"), 1);
  EXPECT_EQ(tunnel_of(kAcme, "10.45.0.4"), 2);
  EXPECT_EQ(tunnel_of(kAcme, "10.45.9.9"), 0);
  ASSERT_TRUE(world.sessions().remove(kAcme.slot, Seid{2}));
  EXPECT_EQ(tunnel_of(kAcme, "192.168.7.1"), 0);
}

TEST_F(FramedRoutes, TenantsWithTheSamePrefixDoNotMeet) {
  put(with(session_of(kAcme, 0), {framed("192.168.7.0/24")}));
  put(with(session_of(kBravo, 1), {framed("192.168.7.0/24")}));
  EXPECT_EQ(tunnel_of(kAcme, "192.168.7.9"), 0);
  EXPECT_EQ(tunnel_of(kBravo, "192.168.7.9"), 1);
  EXPECT_EQ(to_string(down(kCarol, "192.168.7.9").drops), "session_unknown of tenant 3");
  std::vector<Received> burst;
  for (unsigned n = 0; n < 60; ++n)
    burst.push_back(from_router(n % 2 == 0 ? kAcme : kBravo, packet(kServer, address("192.168.7.9"))));
  const Verdict v = world.receive(kCorePort, burst);
  ASSERT_EQ(v.sent.size(), 60u);
  for (const SentFrame& s : v.sent)
    EXPECT_EQ(s.frame[18 + 28 + 7], s.tenant == kAcme.slot ? 0xa0 : 0xa1) << "the last byte of the TEID";
}

TEST_F(FramedRoutes, OfIpv6) {
  put(with(ipv6_session_of(kAcme, false), {framed("2001:db8:99::/48")}));
  const Ipv6Address host = address6("2001:db8:99:1::1");
  Verdict v = world.receive(kCorePort, from_router6(kAcme, packet6(kServer6, host)));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(tail(v.sent[0].frame, 18 + 28),
            gpdu(kGnbTeid6, packet6(kServer6, host, 63), kMarkedQfi, wire::PscPduType::downlink));
  v = world.receive(kCorePort, from_router6(kAcme, packet6(kServer6, address6("2001:db8:9a::1"))));
  EXPECT_EQ(to_string(v.drops), "session_unknown of tenant 1");
  const auto send = [&](const Ipv6Address& from) {
    return world.receive(kAccessPort, from_gnb(kAcme, to_endpoint(gpdu(kUplinkTeid6, packet6(from, kServer6)))));
  };
  EXPECT_EQ(send(host).sent.size(), 1u);
  EXPECT_EQ(send(ue_ipv6()).sent.size(), 1u);
  EXPECT_EQ(to_string(send(address6("2001:db8:9a::1")).drops), "inner_source_spoofed of tenant 1");
}

TEST_F(FramedRoutes, OnlyThePdrThatNamesOneHasIt) {
  put(with(session_of(kAcme), {framed("192.168.7.0/24", {1})}));
  EXPECT_EQ(tunnel_of(kAcme, "192.168.7.9"), 0);
  EXPECT_EQ(to_string(up(kAcme, packet(address("192.168.7.9"), kServer)).drops), "inner_source_spoofed of tenant 1");
  // Two PDRs of one session: the packet is the one's that has the route.
  SessionSpec two = session_of(kAcme);
  two.pdrs.push_back(two.pdrs[1]);
  two.pdrs[2].pdr_id = 3;
  two.pdrs[2].gate_closed = true;
  put(with(two, {framed("192.168.7.0/24", {1}), framed("192.168.8.0/24", {2})}));
  EXPECT_EQ(tunnel_of(kAcme, "192.168.7.9"), 0);
  EXPECT_EQ(to_string(down(kAcme, "192.168.8.9").drops), "qer_gate_closed of tenant 1");
}

TEST_F(FramedRoutes, FiltersLookAtThemToo) {
  // Compiled, with two UE addresses, so that the key counts.
  SessionSpec spec = session_of(kAcme);
  spec.pdrs.push_back(spec.pdrs[1]);
  spec.pdrs[2].pdr_id = 3;
  spec.pdrs[2].ue_ipv4 = address("10.45.9.9");
  std::vector<PdrDetail> details(3);
  SdfMatch udp_only;
  udp_only.protocol = wire::kProtocolUdp;
  SdfMatch tcp_only;
  tcp_only.protocol = wire::kProtocolTcp;
  const auto range = [](const char* first) {
    return AddressMatch{AddressMatch::Kind::ipv4, false, 24, address(first).host()};
  };
  for (PdrDetail& d : details) d.filters = {udp_only};
  details[1].framed = {range("192.168.7.0"), range("192.168.8.0")};
  details[2].framed = {range("192.168.9.0")};
  details[2].filters = {tcp_only};
  spec.rules = compile_rules(spec.pdrs, details);
  put(with(spec, {framed("192.168.7.0/24", {1}), framed("192.168.8.0/24", {0, 1}), framed("192.168.9.0/24", {2})}));
  EXPECT_EQ(tunnel_of(kAcme, "10.45.0.2"), 0);
  EXPECT_EQ(tunnel_of(kAcme, "192.168.7.9"), 0);
  EXPECT_EQ(tunnel_of(kAcme, "192.168.8.9"), 0);
  EXPECT_EQ(to_string(down(kAcme, "192.168.9.9").drops), "pdr_no_match of tenant 1");
  EXPECT_EQ(to_string(down(kAcme, "192.168.10.9").drops), "session_unknown of tenant 1");
  EXPECT_EQ(up(kAcme, packet(address("192.168.8.9"), kServer)).sent.size(), 1u);
}

TEST_F(FramedRoutes, BetweenUesOnlyWhereThatIsAllowed) {
  put(with(session_of(kAcme, 0), {framed("192.168.7.0/24")}));
  put(with(session_of(kAcme, 1), {framed("192.168.8.0/24")}));
  const Be32 here = address("192.168.7.9");
  const Be32 there = address("192.168.8.9");
  EXPECT_EQ(to_string(up(kAcme, packet(here, there)).drops), "ue_to_ue_forbidden of tenant 1");
  EXPECT_EQ(up(kAcme, packet(here, address("192.168.9.1"))).sent.at(0).port, kCorePort) << "nobody's";
  TopologySpec spec = world.spec();
  spec.vrfs[kAcme.core_vrf().value].ue_to_ue = true;
  world.set_topology(spec);
  const Verdict v = up(kAcme, packet(here, there));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(v.sent[0].port, kAccessPort);
  EXPECT_EQ(tail(v.sent[0].frame, 18 + 28),
            gpdu(kGnbTeid + 1, packet(here, there, 63), kMarkedQfi, wire::PscPduType::downlink));
  EXPECT_EQ(to_string(up(kAcme, packet(here, ue_address(0))).drops), "ue_to_ue_forbidden of tenant 1")
      << "the UE that it is behind: a packet to itself";
}

}  // namespace
}  // namespace demarc::dp::test
