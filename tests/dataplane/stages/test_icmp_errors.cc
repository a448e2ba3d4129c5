// What senders are told of packets that are dropped, where it goes, and of what nothing is said.
#include <gtest/gtest.h>

#include "common/wire/icmpv6.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kServer = address("198.51.100.1");
const Be32 kGnb = address("10.1.0.2");
const Be32 kOurs = address("10.1.0.1");
const Ipv6Address kServer6 = address6("2001:db8:ffff::1");

class IcmpErrors : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world.sessions().put(ipv6_session_of(kAcme, false))); }
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  Verdict up(const ByteString& inner) { return next(kAccessPort, uplink_frame(kAcme, inner)); }
  Verdict down(const ByteString& packet) { return next(kCorePort, from_router(kAcme, packet)); }
  Verdict up6(const ByteString& inner) {
    return next(kAccessPort, from_gnb(kAcme, to_endpoint(gpdu(kUplinkTeid6, inner, kMarkedQfi))));
  }
  Verdict down6(const ByteString& packet) { return next(kCorePort, from_router6(kAcme, packet)); }
  // A second and more later, so that the rate limits do not matter.
  Verdict next(PortIndex port, const ByteString& frame) {
    world.now_tsc += 10'000'000'000;
    return world.receive(port, frame);
  }
  World world;
};

ByteString with_df(const ByteString& packet) { return with_ip_checksum(with_word(packet, 6, 0x4000)); }

struct Expect {
  uint8_t type, code;
  uint16_t mtu;
  const char* from;
  Be32 to;
  ByteString quoted;  // begins with this
};

void expect_icmp(const ByteString& packet, const Expect& e) {
  ASSERT_GE(packet.size(), 28u);
  const auto& ip = *reinterpret_cast<const wire::Ipv4Header*>(packet.data());
  EXPECT_TRUE(wire::checksum_is_right(wire::ipv4_header_sum(packet.data(), 20)));
  EXPECT_EQ(ip.total_length.host(), packet.size());
  EXPECT_LE(packet.size(), 576u);
  EXPECT_EQ(ip.protocol, wire::kProtocolIcmp);
  EXPECT_EQ(ip.ttl, 64);
  EXPECT_EQ(ip.source, address(e.from));
  EXPECT_EQ(ip.destination, e.to);
  EXPECT_EQ(packet[20], e.type);
  EXPECT_EQ(packet[21], e.code);
  EXPECT_EQ(packet[26] << 8 | packet[27], e.mtu);
  EXPECT_TRUE(wire::checksum_is_right(wire::checksum_add(0, packet.data() + 20, packet.size() - 20)));
  EXPECT_EQ(ByteString(packet.begin() + 28, packet.begin() + 28 + static_cast<ptrdiff_t>(e.quoted.size())), e.quoted);
}

void expect_icmpv6(const ByteString& packet, uint8_t type, uint8_t code, uint32_t mtu, const char* from,
                   const Ipv6Address& to, const ByteString& quoted) {
  ASSERT_GE(packet.size(), 48u);
  const auto& ip = *reinterpret_cast<const wire::Ipv6Header*>(packet.data());
  EXPECT_LE(packet.size(), 1280u);
  EXPECT_EQ(ip.payload_length.host(), packet.size() - 40);
  EXPECT_EQ(ip.source, address6(from));
  EXPECT_EQ(ip.destination, to);
  EXPECT_EQ(packet[40], type);
  EXPECT_EQ(packet[41], code);
  EXPECT_EQ(static_cast<uint32_t>(packet[44] << 24 | packet[45] << 16 | packet[46] << 8 | packet[47]), mtu);
  const auto bytes = static_cast<uint32_t>(packet.size() - 40);
  EXPECT_TRUE(wire::checksum_is_right(
      wire::checksum_add(wire::ipv6_pseudo_header_sum(ip.source, ip.destination, bytes, wire::kProtocolIcmpv6),
                         packet.data() + 40, bytes)));
  EXPECT_EQ(ByteString(packet.begin() + 48, packet.begin() + 48 + static_cast<ptrdiff_t>(quoted.size())), quoted);
}

// The packet in the tunnel to the gNB.
ByteString inside(const SentFrame& s) { return tail(s.frame, 18 + 44); }

TEST_F(IcmpErrors, TimeToLiveToTheServerAndToTheUe) {
  const ByteString packet = packet_to_ue(0, hex("c0ffee"), 1);
  const Verdict to_server = down(packet);
  EXPECT_EQ(to_string(to_server.drops), "ipv4_ttl_exceeded of tenant 1");
  ASSERT_EQ(to_server.told.size(), 1u);
  EXPECT_EQ(to_server.told[0].port, kCorePort);
  expect_icmp(tail(to_server.told[0].frame, 18), {11, 0, 0, "10.2.0.1", kServer, packet});

  const ByteString inner = with_ip_checksum(with_byte(ue_packet(), 8, 1));
  const Verdict to_ue = up(inner);
  EXPECT_EQ(to_string(to_ue.drops), "ipv4_ttl_exceeded of tenant 1");
  ASSERT_EQ(to_ue.told.size(), 1u);
  EXPECT_EQ(to_ue.told[0].port, kAccessPort);
  expect_icmp(inside(to_ue.told[0]), {11, 0, 0, "10.2.0.1", ue_address(), inner});
  EXPECT_EQ(world.counter(kAcme.slot, Counter::icmp_errors_sent), 2u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::originated_packets), 2u);
}

TEST_F(IcmpErrors, FragmentationNeededSaysWhatFits) {
  const ByteString packet = with_df(packet_to_ue(0, zeros(1500 - 44 - 28 + 1)));
  const Verdict v = down(packet);
  EXPECT_EQ(to_string(v.drops), "encap_too_big of tenant 1");
  ASSERT_EQ(v.told.size(), 1u);
  expect_icmp(tail(v.told[0].frame, 18),
              {3, 4, 1500 - 44, "10.2.0.1", kServer, ByteString(packet.begin(), packet.begin() + 8)});
  EXPECT_EQ(v.told[0].frame.size(), 18 + 576u);

  TopologySpec spec = world.spec();
  spec.attachments[kAcme.core().value].mtu = 1300;
  spec.vrfs[kAcme.core_vrf().value].mtu = 1400;
  world.set_topology(spec);
  const Verdict to_ue = up(with_df(ue_packet(0, zeros(1300 - 28 + 1))));
  ASSERT_EQ(to_ue.told.size(), 1u) << to_string(to_ue.drops);
  expect_icmp(inside(to_ue.told[0]), {3, 4, 1300, "10.2.0.1", ue_address(), {}});
  const Verdict for_ue = down(with_df(packet_to_ue(0, zeros(1400 - 28 + 1))));
  ASSERT_EQ(for_ue.told.size(), 1u) << to_string(for_ue.drops);
  expect_icmp(tail(for_ue.told[0].frame, 18), {3, 4, 1400, "10.2.0.1", kServer, {}});
}

TEST_F(IcmpErrors, OfIpv6) {
  const ByteString old = packet_to_ue6(0, hex("c0ffee"), 1);
  const Verdict hops = down6(old);
  ASSERT_EQ(hops.told.size(), 1u);
  expect_icmpv6(tail(hops.told[0].frame, 18), 3, 0, 0, "2001:db8:2::1", kServer6, old);

  const ByteString large = packet_to_ue6(0, zeros(1500 - 44 - 48 + 1));
  const Verdict too_big = down6(large);
  EXPECT_EQ(to_string(too_big.drops), "encap_too_big of tenant 1");
  ASSERT_EQ(too_big.told.size(), 1u);
  expect_icmpv6(tail(too_big.told[0].frame, 18), 2, 0, 1500 - 44, "2001:db8:2::1", kServer6, {});
  EXPECT_EQ(too_big.told[0].frame.size(), 18 + 1280u);

  TopologySpec spec = world.spec();
  spec.vrfs[kAcme.core_vrf().value].fib6 = nullptr;
  world.set_topology(spec);
  const Verdict no_route = up6(ue_packet6());
  EXPECT_EQ(to_string(no_route.drops), "route_none of tenant 1");
  ASSERT_EQ(no_route.told.size(), 1u);
  expect_icmpv6(inside(no_route.told[0]), 1, 0, 0, "2001:db8:2::1", ue_ipv6(), {});
  EXPECT_EQ(world.counter(kAcme.slot, Counter::icmpv6_errors_sent), 3u);
}

TEST_F(IcmpErrors, UnreachableThings) {
  const ByteString to_port = ipv4(kGnb, kOurs, 17, udp(kGnb, kOurs, 4000, 5000, hex("00")));
  const Verdict port = next(kAccessPort, from_gnb(kAcme, to_port));
  ASSERT_EQ(port.told.size(), 1u) << to_string(port.drops);
  expect_icmp(tail(port.told[0].frame, 18), {3, 3, 0, "10.1.0.1", kGnb, to_port});
  const Verdict protocol = next(kAccessPort, from_gnb(kAcme, ipv4(kGnb, kOurs, 132, zeros(20))));
  ASSERT_EQ(protocol.told.size(), 1u);
  expect_icmp(tail(protocol.told[0].frame, 18), {3, 2, 0, "10.1.0.1", kGnb, {}});
  const Verdict host = down(packet_to_ue(5));
  EXPECT_EQ(to_string(host.drops), "session_unknown of tenant 1");
  ASSERT_EQ(host.told.size(), 1u);
  expect_icmp(tail(host.told[0].frame, 18), {3, 1, 0, "10.2.0.1", kServer, {}});

  TopologySpec spec = world.spec();
  spec.vrfs[kAcme.core_vrf().value].fib = nullptr;
  world.set_topology(spec);
  const Verdict net = up(ue_packet());
  ASSERT_EQ(net.told.size(), 1u) << to_string(net.drops);
  expect_icmp(inside(net.told[0]),
              {3, 0, 0, "10.2.0.1", ue_address(), with_ip_checksum(with_byte(ue_packet(), 8, 63))});
}

TEST_F(IcmpErrors, ANeighborThatDoesNotAnswer) {
  ASSERT_TRUE(
      world.neighbors().put(NeighborTable::key(kAcme.core(), address("10.2.0.254")), {NeighborState::failed, {}}));
  const Verdict v = up(ue_packet());
  EXPECT_EQ(to_string(v.drops), "neighbor_unresolved of tenant 1");
  ASSERT_EQ(v.told.size(), 1u);
  expect_icmp(inside(v.told[0]), {3, 1, 0, "10.2.0.1", ue_address(), {}});
}

TEST_F(IcmpErrors, ThatWaitedForItInVain) {
  ASSERT_TRUE(
      world.neighbors().put(NeighborTable::key(kAcme.access(), address("10.1.0.2")), {NeighborState::unknown, {}}));
  EXPECT_TRUE(down(packet_to_ue()).told.empty());
  const Verdict v = world.poll_held(world.now_tsc + 1'000'000'000);
  EXPECT_EQ(to_string(v.drops), "neighbor_unresolved of tenant 1");
  ASSERT_EQ(v.told.size(), 1u) << "told about the packet in the tunnel, not about the tunnel";
  expect_icmp(tail(v.told[0].frame, 18), {3, 1, 0, "10.2.0.1", kServer, {}});
}

// RFC 1812 section 4.3.2.7, RFC 4443 section 2.4 (e).
TEST_F(IcmpErrors, NothingIsSaidOf) {
  const auto icmp_of = [](const char* head) { return hex(head) + zeros(28); };
  const std::pair<const char*, ByteString> ipv4_cases[] = {
      {"an ICMP error", ipv4(kServer, ue_address(), 1, icmp_of("0303 0000 00000000"), 1)},
      {"an ICMP redirect", ipv4(kServer, ue_address(), 1, icmp_of("0501 0000 00000000"), 1)},
      {"ICMP of an unknown type", ipv4(kServer, ue_address(), 1, icmp_of("2900 0000 00000000"), 1)},
      {"ICMP without a type", ipv4(kServer, ue_address(), 1, {}, 1)},
      {"a later fragment", with_ip_checksum(with_word(packet_to_ue(0, zeros(64), 1), 6, 0x0004))},
  };
  for (const auto& [description, packet] : ipv4_cases) {
    SCOPED_TRACE(description);
    const Verdict v = down(packet);
    EXPECT_EQ(to_string(v.drops), "ipv4_ttl_exceeded of tenant 1");
    EXPECT_TRUE(v.told.empty());
  }
  const std::pair<const char*, ByteString> ipv6_cases[] = {
      {"an ICMPv6 error", ipv6(kServer6, ue_ipv6(), 58, hex("01000000 00000000") + zeros(8), 1)},
      {"an ICMPv6 error behind options",
       ipv6(kServer6, ue_ipv6(), 60, hex("3a00 0104 00000000 01000000 00000000") + zeros(8), 1)},
      {"a later fragment", ipv6(kServer6, ue_ipv6(), 44, hex("1100 0008 00000001") + zeros(8), 1)},
  };
  for (const auto& [description, packet] : ipv6_cases) {
    SCOPED_TRACE(description);
    const Verdict v = down6(packet);
    EXPECT_EQ(to_string(v.drops), "ipv6_hop_limit_exceeded of tenant 1");
    EXPECT_TRUE(v.told.empty());
  }
  EXPECT_EQ(down(ipv4(kServer, ue_address(), 1, icmp_echo(8, 1, {}), 1)).told.size(), 1u) << "of an echo request it is";
}

TEST_F(IcmpErrors, AFloodIsAnsweredAFewTimesAndIsNobodyElses) {
  const ByteString packet = packet_to_ue(0, {}, 1);
  world.now_tsc += 10'000'000'000;
  size_t told = 0;
  for (unsigned n = 0; n < 10; ++n)
    told += world.receive(kCorePort, std::vector<Received>(64, Received(from_router(kAcme, packet)))).told.size();
  EXPECT_GE(told, 1u);
  EXPECT_LE(told, 10u) << "for one receiver";
  EXPECT_EQ(world.counter(kAcme.slot, Counter::answers_suppressed), 640 - told);
  EXPECT_EQ(world.receive(kCorePort, from_router(kBravo, packet)).told.size(), 1u);
}

TEST_F(IcmpErrors, CutAtEveryByte) {
  for (const ByteString& whole :
       {from_router(kAcme, packet_to_ue(0, hex("c0ffee"), 1)), from_router6(kAcme, packet_to_ue6(0, hex("c0ffee"), 1)),
        uplink_frame(kAcme, with_ip_checksum(with_byte(ue_packet(), 8, 1)))}) {
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      const Verdict v = next(whole[5] == 1 ? kCorePort : kAccessPort,
                             ByteString(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)));
      EXPECT_EQ(v.drops.size(), 1u);
    }
  }
}

}  // namespace
}  // namespace demarc::dp::test
