// ipv4_input, icmp_input, udp_input.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kGnb = address("10.1.0.2");
const Be32 kOurs = address("10.1.0.1");

class IpStages : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  World world;
};

struct Case {
  const char* description;
  PortIndex port;
  Received input;
  DropReason expect_drop;
};

void expect_drops(World& world, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    const Verdict v = world.receive(c.port, {c.input});
    EXPECT_EQ(to_string(v.drops), to_string({{kAcme.slot, c.expect_drop}}));
    EXPECT_TRUE(v.sent.empty());
  }
}

ByteString ping(Be32 from, Be32 to, const ByteString& data = hex("0102030405")) {
  return ipv4(from, to, wire::kProtocolIcmp, icmp_echo(8, 1, data));
}

TEST_F(IpStages, HeadersThatEndHere) {
  const ByteString good = ping(kGnb, kOurs);
  auto acme = [](const ByteString& packet) { return Received{from_gnb(kAcme, packet)}; };
  auto fixed = [](const ByteString& b) { return with_ip_checksum(b); };
  expect_drops(
      world,
      {
          {"nothing behind the tag", kAccessPort, acme({}), DropReason::ipv4_truncated},
          {"19 bytes", kAccessPort, acme(ByteString(good.begin(), good.begin() + 19)), DropReason::ipv4_truncated},
          {"version 6", kAccessPort, acme(with_byte(good, 0, 0x65)), DropReason::ipv4_bad_version},
          {"header of 4 words", kAccessPort, acme(with_byte(good, 0, 0x44)), DropReason::ipv4_bad_header_length},
          {"header of 15 words past the packet", kAccessPort, acme(with_byte(good, 0, 0x4f)),
           DropReason::ipv4_bad_header_length},
          {"total length below the header", kAccessPort, acme(with_word(good, 2, 19)),
           DropReason::ipv4_bad_header_length},
          {"total length past the frame", kAccessPort, acme(with_word(good, 2, 500)), DropReason::ipv4_truncated},
          {"wrong checksum", kAccessPort, acme(with_word(good, 10, 0x1234)), DropReason::ipv4_bad_checksum},
          {"protocol TCP", kAccessPort, acme(fixed(with_byte(good, 9, 6))), DropReason::ipv4_protocol_unsupported},
          {"first fragment to us", kAccessPort, acme(fixed(with_word(good, 6, 0x2000))), DropReason::ipv4_fragment},
          {"last fragment to us", kAccessPort, acme(fixed(with_word(good, 6, 1))), DropReason::ipv4_fragment},
          {"access VRF, not to us", kAccessPort, acme(ping(kGnb, address("198.51.100.1"))),
           DropReason::ipv4_not_for_us},
          {"access VRF, to our core address", kAccessPort, acme(ping(kGnb, address("10.2.0.1"))),
           DropReason::ipv4_not_for_us},
          {"in a broadcast frame",
           kAccessPort,
           {ethernet(wire::kMacBroadcast, kGnbMac, 100, 0x0800, good)},
           DropReason::ipv4_link_broadcast},
          {"downlink in a broadcast frame",
           kCorePort,
           {ethernet(wire::kMacBroadcast, kRouterMac, 101, 0x0800, packet_to_ue())},
           DropReason::ipv4_link_broadcast},
          {"our prefix's broadcast address", kAccessPort, acme(ping(kGnb, address("10.1.0.255"))),
           DropReason::ipv4_not_for_us},
      });
}

TEST_F(IpStages, Martians) {
  std::vector<Case> cases;
  for (const char* source : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255",
                             "240.0.0.1", "10.1.0.255", "10.1.0.1", "10.1.0.5"})
    cases.push_back({source, kAccessPort, {from_gnb(kAcme, ping(address(source), kOurs))}, DropReason::ipv4_martian});
  for (const char* destination : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "255.255.255.255"})
    cases.push_back({destination,
                     kCorePort,
                     {from_router(kAcme, ping(address("198.51.100.1"), address(destination)))},
                     DropReason::ipv4_martian});
  expect_drops(world, cases);
}

TEST_F(IpStages, ChecksumThatTheNicFoundRightIsBelieved) {
  Received wrong{with_word(from_gnb(kAcme, ping(kGnb, kOurs)), 18 + 10, 0x1234)};
  wrong.offload_flags = RTE_MBUF_F_RX_IP_CKSUM_GOOD;
  EXPECT_EQ(world.receive(kAccessPort, {wrong}).sent.size(), 1u);
  wrong.offload_flags = RTE_MBUF_F_RX_IP_CKSUM_BAD;
  EXPECT_EQ(to_string(world.receive(kAccessPort, {wrong}).drops), "ipv4_bad_checksum of tenant 1");
}

TEST_F(IpStages, EchoIsAnsweredOnTheAttachmentThatAsked) {
  struct Echo {
    const char* description;
    PortIndex port;
    ByteString input;
    ByteString expect_out;
  };
  const Be32 router = address("10.2.0.254");
  const Be32 core = address("10.2.0.1");
  const ByteString data = hex("000102030405060708090a0b0c0d0e");
  const ByteString reply_to_gnb = ipv4(kOurs, kGnb, wire::kProtocolIcmp, icmp_echo(0, 1, data));
  const std::vector<Echo> cases = {
      {"access, tagged", kAccessPort, from_gnb(kAcme, ipv4(kGnb, kOurs, 1, icmp_echo(8, 1, data), 3)),
       ethernet(kGnbMac, kOurMac[0], 100, 0x0800, reply_to_gnb)},
      {"access, untagged", kAccessPort, from_gnb(kCarol, ping(kGnb, kOurs, data)),
       ethernet(kGnbMac, kOurMac[0], 0, 0x0800, reply_to_gnb)},
      {"core", kCorePort, from_router(kBravo, ping(router, core, data)),
       ethernet(kRouterMac, kOurMac[1], 201, 0x0800, ipv4(core, router, 1, icmp_echo(0, 1, data)))},
      {"a GTP-U endpoint's address", kAccessPort, from_gnb(kAcme, ping(kGnb, address("10.1.0.5"), data)),
       ethernet(kGnbMac, kOurMac[0], 100, 0x0800, ipv4(address("10.1.0.5"), kGnb, 1, icmp_echo(0, 1, data)))},
      {"Ethernet padding is not sent back", kAccessPort, from_gnb(kAcme, ping(kGnb, kOurs, {})) + zeros(14),
       ethernet(kGnbMac, kOurMac[0], 100, 0x0800, ipv4(kOurs, kGnb, 1, icmp_echo(0, 1, {})))},
      {"from far away, by the default route", kCorePort, from_router(kAcme, ping(address("198.51.100.7"), core, data)),
       ethernet(kRouterMac, kOurMac[1], 101, 0x0800, ipv4(core, address("198.51.100.7"), 1, icmp_echo(0, 1, data)))},
  };
  for (const Echo& c : cases) {
    SCOPED_TRACE(c.description);
    const Verdict v = world.receive(c.port, c.input);
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].port, c.port);
    EXPECT_EQ(v.sent[0].frame, c.expect_out);
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::icmp_echo_replies_sent), 4u);
}

// The reply to an echo of zeros is zeros but for its checksum, which must not be 0 (see icmp.h).
TEST_F(IpStages, EchoOfNothingButZeros) {
  const ByteString request = hex("0800 f7ff 0000 0000 0000 0000");
  const Verdict v = world.receive(kAccessPort, from_gnb(kAcme, ipv4(kGnb, kOurs, 1, request)));
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(tail(v.sent[0].frame, 38), hex("0000 ffff 0000 0000 0000 0000"));
}

TEST_F(IpStages, EchoInSegmentsOfOddSize) {
  ByteString data(1200);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i * 7);
  const ByteString frame = from_gnb(kAcme, ping(kGnb, kOurs, data)) + zeros(9);
  const Verdict v = world.receive(kAccessPort, {{frame, {301, 500}}});
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].frame, ethernet(kGnbMac, kOurMac[0], 100, 0x0800, ipv4(kOurs, kGnb, 1, icmp_echo(0, 1, data))));
  EXPECT_EQ(to_string(world.receive(kAccessPort, {{with_byte(frame, 900, 0xee), {301, 500}}}).drops),
            "icmp_malformed of tenant 1");
}

TEST_F(IpStages, IcmpThatEndsHere) {
  auto acme = [](const ByteString& icmp) { return Received{from_gnb(kAcme, ipv4(kGnb, kOurs, 1, icmp))}; };
  const ByteString echo = icmp_echo(8, 1, hex("01020304"));
  expect_drops(
      world,
      {
          {"empty", kAccessPort, acme({}), DropReason::icmp_malformed},
          {"7 bytes", kAccessPort, acme(ByteString(echo.begin(), echo.begin() + 7)), DropReason::icmp_malformed},
          {"wrong checksum", kAccessPort, acme(with_byte(echo, 9, 0x77)), DropReason::icmp_malformed},
          {"echo reply", kAccessPort, acme(icmp_echo(0, 1, {})), DropReason::icmp_unsupported},
          {"destination unreachable", kAccessPort, acme(icmp_echo(3, 0, zeros(28))), DropReason::icmp_unsupported},
          {"echo request with code 1", kAccessPort, acme(hex("0801 f7fe 0000 0000")), DropReason::icmp_unsupported},
      });
}

TEST_F(IpStages, UdpThatEndsHere) {
  auto acme = [](const ByteString& datagram) {
    return Received{from_gnb(kAcme, ipv4(kGnb, kOurs, wire::kProtocolUdp, datagram))};
  };
  const ByteString gtpu = gpdu(kUplinkTeid, ue_packet(), 9);
  const ByteString good = udp(kGnb, kOurs, 2152, 2152, gtpu, true);
  expect_drops(
      world,
      {
          {"empty", kAccessPort, acme({}), DropReason::udp_malformed},
          {"7 bytes", kAccessPort, acme(ByteString(good.begin(), good.begin() + 7)), DropReason::udp_malformed},
          {"length 7", kAccessPort, acme(with_word(good, 4, 7)), DropReason::udp_malformed},
          {"length 0", kAccessPort, acme(with_word(good, 4, 0)), DropReason::udp_malformed},
          {"length one past the packet", kAccessPort, acme(with_word(good, 4, static_cast<uint16_t>(good.size() + 1))),
           DropReason::udp_malformed},
          {"wrong checksum", kAccessPort, acme(with_byte(good, good.size() - 1, 0x11)), DropReason::udp_bad_checksum},
          {"port 53", kAccessPort, acme(udp(kGnb, kOurs, 2152, 53, gtpu)), DropReason::udp_port_closed},
          {"PFCP", kAccessPort, acme(udp(kGnb, kOurs, 8805, 8805, zeros(16))), DropReason::udp_port_closed},
          {"2152 at an address without GTP-U endpoint",
           kCorePort,
           {from_router(kAcme, ipv4(address("10.2.0.254"), address("10.2.0.1"), wire::kProtocolUdp,
                                    udp(kGnb, kOurs, 2152, 2152, gtpu)))},
           DropReason::udp_port_closed},
      });
}

TEST_F(IpStages, UdpChecksums) {
  const ByteString gtpu = gpdu(kUplinkTeid, ue_packet(), 9);
  const ByteString right = from_gnb(kAcme, ipv4(kGnb, kOurs, 17, udp(kGnb, kOurs, 2152, 2152, gtpu, true)));
  EXPECT_EQ(world.receive(kAccessPort, right).sent.size(), 1u) << "right";
  EXPECT_EQ(world.receive(kAccessPort, {{right, {right.size() - 2}}}).sent.size(), 1u) << "right, in two segments";
  EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet())).sent.size(), 1u) << "none";
  for (uint64_t flags : {RTE_MBUF_F_RX_L4_CKSUM_GOOD, RTE_MBUF_F_RX_L4_CKSUM_NONE}) {
    const Received vouched{with_word(right, 18 + 20 + 6, 0x1111), {}, -1, flags};
    EXPECT_EQ(world.receive(kAccessPort, {vouched}).sent.size(), 1u) << "the NIC vouches for it";
  }
}

TEST_F(IpStages, LanesAndMetadata) {
  Burst burst;
  const ByteString udp_packet = to_endpoint(gpdu(kUplinkTeid, ue_packet(), 9));
  world.fill(burst, kAccessPort, {{from_gnb(kAcme, ping(kGnb, kOurs))}, {from_gnb(kAcme, udp_packet) + zeros(6)}});
  Lane lane = all_of(burst), arp, ip, icmp, udp, downlink, ipv6, fragments, bridge;
  ethernet_input(world.context(), burst, lane);
  vlan_demux(world.context(), burst, lane, arp, ip, ipv6, bridge);
  ipv4_input(world.context(), burst, ip, icmp, udp, downlink, fragments);
  ASSERT_EQ(icmp.size, 1);
  ASSERT_EQ(udp.size, 1);
  EXPECT_TRUE(ip.empty());
  EXPECT_TRUE(downlink.empty());
  EXPECT_EQ(burst.meta[1].endpoint, kAcme.endpoint());
  EXPECT_EQ(burst.meta[1].payload_offset, 18 + 20);
  EXPECT_EQ(burst.mbuf[1]->pkt_len, 18 + udp_packet.size()) << "padding is cut";
  udp_input(world.context(), burst, udp);
  ASSERT_EQ(udp.size, 1);
  EXPECT_EQ(burst.meta[1].payload_offset, 18 + 28);
  for (uint8_t i : {uint8_t{0}, uint8_t{1}}) drop(burst, i, DropReason::table_changed);
  end_drops(world.context(), burst);
}

}  // namespace
}  // namespace demarc::dp::test
