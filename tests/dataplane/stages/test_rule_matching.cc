// SDF filters, QFI sets and many PDRs in a session, with packets through the whole pipeline.
#include <gtest/gtest.h>

#include "dataplane/tables/rule_compile.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

AddressMatch prefix4(const char* text, uint8_t length, bool negated = false) {
  return {AddressMatch::Kind::ipv4, negated, length, address(text).host()};
}
AddressMatch prefix6(const char* text, uint8_t length) {
  return {AddressMatch::Kind::ipv6, false, length, ipv6_value(address6(text))};
}
SdfMatch filter(uint16_t protocol, AddressMatch remote = {}, std::vector<PortMatch> remote_ports = {}) {
  SdfMatch out;
  out.protocol = protocol;
  out.remote = remote;
  out.remote_ports = std::move(remote_ports);
  return out;
}

// The sample session, whose two PDRs take only what the filters say; all else finds no rule.
SessionSpec filtered(SessionSpec spec, const std::vector<SdfMatch>& filters, uint64_t qfis = 0) {
  std::vector<PdrDetail> details(spec.pdrs.size());
  for (PdrDetail& d : details) d.filters = filters;
  details[0].qfis = qfis;
  spec.rules = compile_rules(spec.pdrs, details);
  return spec;
}

enum class Outcome { sent, no_match };

void expect_both_ways(World& world, const char* what, const ByteString& from_ue, const ByteString& to_ue, bool ipv6,
                      Outcome outcome, int qfi = kMarkedQfi) {
  SCOPED_TRACE(what);
  const auto tunnel = gpdu(ipv6 ? kUplinkTeid6 : kUplinkTeid, from_ue,
                           qfi < 0 ? std::nullopt : std::optional<uint8_t>(static_cast<uint8_t>(qfi)));
  const Verdict up = world.receive(kAccessPort, from_gnb(kAcme, to_endpoint(tunnel)));
  const Verdict down = world.receive(kCorePort, ipv6 ? from_router6(kAcme, to_ue) : from_router(kAcme, to_ue));
  for (const Verdict& v : {std::cref(up), std::cref(down)}) {
    if (outcome == Outcome::sent) {
      EXPECT_EQ(v.sent.size(), 1u) << to_string(v.drops);
    } else {
      EXPECT_EQ(v.drops, (std::vector<CountedDrop>{{kAcme.slot, DropReason::pdr_no_match}})) << to_string(v.drops);
    }
  }
  EXPECT_EQ(world.check_books(), "");
}

// UDP from UE port 4000 to 198.51.100.1 port 5000, and back.
TEST(RuleMatching, EachPartOfAFilter) {
  struct Case {
    const char* what;
    std::vector<SdfMatch> filters;
    Outcome outcome;
  };
  using enum Outcome;
  SdfMatch local = filter(256);
  local.local_ports = {{4000, 4000}};
  SdfMatch wrong_local = filter(256);
  wrong_local.local_ports = {{5000, 5000}};
  SdfMatch ue = filter(256);
  ue.local = prefix4("10.45.0.2", 32);
  SdfMatch tos = filter(256);
  tos.tos_mask = 0xfc;
  tos.tos = 0xb8;
  SdfMatch no_tos = filter(256);
  no_tos.tos_mask = 0xfc;
  SdfMatch spi = filter(256);
  spi.spi = 7;
  SdfMatch label = filter(256);
  label.flow_label = 0;
  const Case cases[] = {
      {"any", {filter(256)}, sent},
      {"protocol", {filter(17)}, sent},
      {"another protocol", {filter(6)}, no_match},
      {"remote prefix", {filter(256, prefix4("198.51.100.0", 24))}, sent},
      {"another remote prefix", {filter(256, prefix4("198.51.101.0", 24))}, no_match},
      {"not the remote prefix", {filter(256, prefix4("198.51.100.0", 24, true))}, no_match},
      {"not another prefix", {filter(256, prefix4("203.0.113.0", 24, true))}, sent},
      {"remote port", {filter(17, {}, {{5000, 5000}})}, sent},
      {"remote port in a range", {filter(17, {}, {{1, 2}, {4999, 5001}})}, sent},
      {"the UE's port as remote", {filter(17, {}, {{4000, 4000}})}, no_match},
      {"local port", {local}, sent},
      {"the server's port as local", {wrong_local}, no_match},
      {"the UE's address", {ue}, sent},
      {"IPv6 prefix", {filter(256, prefix6("2001:db8::", 32))}, no_match},
      {"ToS", {tos}, no_match},
      {"ToS 0", {no_tos}, sent},
      {"SPI", {spi}, no_match},
      {"flow label", {label}, no_match},
      {"the second of two", {filter(6), filter(17)}, sent},
  };
  World world;
  for (const Case& c : cases) {
    ASSERT_TRUE(world.sessions().put(filtered(session_of(kAcme), c.filters))) << c.what;
    expect_both_ways(world, c.what, ue_packet(), packet_to_ue(), false, c.outcome);
  }
}

TEST(RuleMatching, Ipv6AndItsExtensionHeaders) {
  const ByteString udp = udp6(ue_ipv6(), address6("2001:db8:ffff::1"), 4000, 5000, hex("c0ffee"));
  const ByteString up = ipv6(ue_ipv6(), address6("2001:db8:ffff::1"), 60, hex("1100010400000000") + udp);
  const ByteString down =
      ipv6(address6("2001:db8:ffff::1"), ue_ipv6(), 0,
           hex("1100010400000000") + udp6(address6("2001:db8:ffff::1"), ue_ipv6(), 5000, 4000, hex("00")));
  SdfMatch label = filter(256);
  label.flow_label = 0;
  SdfMatch other_label = filter(256);
  other_label.flow_label = 5;
  World world;
  const auto expect = [&](const char* what, const SdfMatch& f, Outcome outcome) {
    ASSERT_TRUE(world.sessions().put(filtered(ipv6_session_of(kAcme, false), {f})));
    expect_both_ways(world, what, up, down, true, outcome);
  };
  expect("protocol behind options", filter(17), Outcome::sent);
  expect("the options are no protocol", filter(60), Outcome::no_match);
  expect("port", filter(17, prefix6("2001:db8:ffff::", 48), {{5000, 5000}}), Outcome::sent);
  expect("another port", filter(17, prefix6("2001:db8:ffff::", 48), {{5001, 5001}}), Outcome::no_match);
  expect("another prefix", filter(17, prefix6("2001:db8:fffe::", 48)), Outcome::no_match);
  expect("IPv4 prefix", filter(17, prefix4("0.0.0.0", 0)), Outcome::no_match);
  expect("flow label", label, Outcome::sent);
  expect("another flow label", other_label, Outcome::no_match);
}

TEST(RuleMatching, TrafficClassAndFlowLabelOfIpv6) {
  ByteString up = ue_packet6();
  ByteString down = packet_to_ue6();
  for (ByteString* packet : {&up, &down}) {  // class 0xb8, label 0x12345
    (*packet)[0] = 0x6b;
    (*packet)[1] = 0x81;
    (*packet)[2] = 0x23;
    (*packet)[3] = 0x45;
  }
  SdfMatch f = filter(256);
  f.tos = 0xb8;
  f.tos_mask = 0xfc;
  f.flow_label = 0x12345;
  World world;
  ASSERT_TRUE(world.sessions().put(filtered(ipv6_session_of(kAcme, false), {f})));
  expect_both_ways(world, "both", up, down, true, Outcome::sent);
  expect_both_ways(world, "neither", ue_packet6(), packet_to_ue6(), true, Outcome::no_match);
}

TEST(RuleMatching, FragmentsAndProtocolsWithoutPorts) {
  const Be32 server = address("198.51.100.1");
  const ByteString payload = udp(ue_address(), server, 4000, 5000, zeros(32));
  const ByteString first = with_ip_checksum(with_word(ipv4(ue_address(), server, 17, payload), 6, 0x2000));
  const ByteString later = with_ip_checksum(with_word(ipv4(ue_address(), server, 17, payload), 6, 0x0005));
  World world;
  const auto up = [&](const ByteString& packet) {
    return world.receive(kAccessPort, uplink_frame(kAcme, packet)).sent.size();
  };
  ASSERT_TRUE(world.sessions().put(filtered(session_of(kAcme), {filter(17, {}, {{0, 65535}})})));
  EXPECT_EQ(up(first), 1u);
  EXPECT_EQ(up(later), 0u) << "its ports are in another packet, even if all are taken";
  EXPECT_EQ(up(ipv4(ue_address(), server, 1, icmp_echo(8, 1, hex("00")))), 0u);
  ASSERT_TRUE(world.sessions().put(filtered(session_of(kAcme), {filter(17)})));
  EXPECT_EQ(up(first), 1u);
  EXPECT_EQ(up(later), 1u);
  SdfMatch esp = filter(50);
  esp.spi = 0x01020304;
  SdfMatch ah = filter(51);
  ah.spi = 0x05060708;
  ASSERT_TRUE(world.sessions().put(filtered(session_of(kAcme), {esp, ah})));
  EXPECT_EQ(up(ipv4(ue_address(), server, 50, hex("0102030400000000"))), 1u);
  EXPECT_EQ(up(ipv4(ue_address(), server, 50, hex("0102030500000000"))), 0u);
  EXPECT_EQ(up(ipv4(ue_address(), server, 50, hex("010203"))), 0u);
  EXPECT_EQ(up(ipv4(ue_address(), server, 51, hex("110400000506070800000000"))), 1u);
  EXPECT_EQ(up(ipv4(ue_address(), server, 51, hex("11040000050607"))), 0u);
  EXPECT_EQ(world.check_books(), "");
}

TEST(RuleMatching, ASetOfQfis) {
  World world;
  ASSERT_TRUE(world.sessions().put(filtered(session_of(kAcme), {}, uint64_t{1} << 9 | uint64_t{1} << 63)));
  for (const auto& [qfi, sent] : {std::pair{9, 1u}, {63, 1u}, {8, 0u}, {0, 0u}, {-1, 0u}})
    EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet(), 0, qfi)).sent.size(), sent) << qfi;
}

// 32 PDRs each way; number n takes remote port 5000 + n, the last one all. Even ones have their gate closed.
TEST(RuleMatching, SixtyFourRulesInOrderOfPrecedence) {
  SessionSpec spec = session_of(kAcme);
  const Pdr up = spec.pdrs[0];
  const Pdr down = spec.pdrs[1];
  spec.pdrs.clear();
  std::vector<PdrDetail> details;
  for (uint16_t n = 0; n < 32; ++n) {
    for (Pdr pdr : {up, down}) {
      pdr.pdr_id = static_cast<uint16_t>(spec.pdrs.size() + 1);
      pdr.precedence = n;
      pdr.gate_closed = n % 2 == 0;
      spec.pdrs.push_back(pdr);
      PdrDetail& d = details.emplace_back();
      const auto port = static_cast<uint16_t>(5000 + n);
      if (n < 31) d.filters = {filter(17, {}, {{port, port}})};
    }
  }
  spec.rules = compile_rules(spec.pdrs, details);
  World world;
  ASSERT_TRUE(world.sessions().put(spec));
  const Be32 server = address("198.51.100.1");
  for (uint16_t n = 0; n < 40; ++n) {
    const auto port = static_cast<uint16_t>(5000 + n);
    const Verdict v = world.receive(
        kAccessPort,
        uplink_frame(kAcme, ipv4(ue_address(), server, 17, udp(ue_address(), server, 4000, port, hex("00")))));
    const Verdict w = world.receive(
        kCorePort,
        from_router(kAcme, ipv4(server, ue_address(), 17, udp(server, ue_address(), port, 4000, hex("00")))));
    const size_t wanted = n >= 31 || n % 2 == 1 ? 1 : 0;
    EXPECT_EQ(v.sent.size(), wanted) << n << to_string(v.drops);
    EXPECT_EQ(w.sent.size(), wanted) << n << to_string(w.drops);
  }
  EXPECT_EQ(world.check_books(), "");
}

// Whatever is missing of it: one end, and nothing beyond the packet is read.
TEST(RuleMatching, PacketsCutAtEveryByte) {
  World world;
  SdfMatch f = filter(17, {}, {{5000, 5000}});
  ASSERT_TRUE(world.sessions().put(filtered(session_of(kAcme), {f})));
  ASSERT_TRUE(world.sessions().put(filtered(ipv6_session_of(kAcme, false), {f})));
  const ByteString options =
      ipv6(ue_ipv6(), address6("2001:db8:ffff::1"), 60,
           hex("1100010400000000") + udp6(ue_ipv6(), address6("2001:db8:ffff::1"), 4000, 5000, hex("00")));
  struct Fixture {
    uint32_t teid;
    ByteString inner;
  };
  for (const Fixture& x : {Fixture{kUplinkTeid, ue_packet()}, {kUplinkTeid6, ue_packet6()}, {kUplinkTeid6, options}}) {
    for (size_t size = 0; size <= x.inner.size(); ++size) {
      const Verdict v = world.receive(
          kAccessPort,
          from_gnb(kAcme, to_endpoint(gpdu(
                              x.teid, ByteString(x.inner.begin(), x.inner.begin() + static_cast<ptrdiff_t>(size))))));
      EXPECT_EQ(v.sent.size() + v.drops.size(), 1u) << size;
      EXPECT_EQ(v.sent.size(), size == x.inner.size() ? 1u : 0u) << size << " " << to_string(v.drops);
    }
  }
  EXPECT_EQ(world.check_books(), "");
}

}  // namespace
}  // namespace demarc::dp::test
