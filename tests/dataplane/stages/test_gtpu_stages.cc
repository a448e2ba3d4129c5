// gtpu_input, gtpu_decap, gtpu_encap.
#include <gtest/gtest.h>

#include <set>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kGnb = address("10.1.0.2");
const Be32 kOurs = address("10.1.0.1");
const Be32 kServer = address("198.51.100.1");

class GtpuStages : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  World world;
};

ByteString decremented(ByteString ip_packet) {
  wire::ipv4_decrement_ttl(*reinterpret_cast<wire::Ipv4Header*>(ip_packet.data()));
  return ip_packet;
}

struct Case {
  const char* description;
  ByteString message;  // GTP-U
  DropReason expect_drop;
};

void expect_drops(World& world, const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    const Verdict v = world.receive(kAccessPort, from_gnb(kAcme, to_endpoint(c.message)));
    EXPECT_EQ(to_string(v.drops), to_string({{kAcme.slot, c.expect_drop}}));
    const bool told = c.expect_drop == DropReason::gtpu_teid_unknown || c.expect_drop == DropReason::gtpu_ext_unknown;
    EXPECT_EQ(v.sent.size(), told ? 1u : 0u);
  }
}

TEST_F(GtpuStages, MessagesThatEndHere) {
  const ByteString inner = ue_packet();
  const ByteString plain = gpdu(kUplinkTeid, inner);
  expect_drops(
      world,
      {
          {"empty", {}, DropReason::gtpu_truncated},
          {"7 bytes", ByteString(plain.begin(), plain.begin() + 7), DropReason::gtpu_truncated},
          {"GTPv2", with_byte(plain, 0, 0x48), DropReason::gtpu_bad_version},
          {"GTP'", with_byte(plain, 0, 0x20), DropReason::gtpu_bad_version},
          {"length one past the datagram", with_word(plain, 2, static_cast<uint16_t>(plain.size() - 7)),
           DropReason::gtpu_bad_length},
          {"extension of length 0", hex("34 ff 0008 00000064 0000 00 85 00 10 09 00"), DropReason::gtpu_ext_len_zero},
          {"extension past the end", hex("34 ff 0008 00000064 0000 00 85 05 10 09 00"), DropReason::gtpu_ext_truncated},
          {"a chain of extensions",
           gpdu(kUplinkTeid,
                [] {
                  ByteString b = hex("0000 00 20");
                  for (int n = 0; n < 200; ++n) b = b + hex("01 0000 20");
                  return b;
                }()),
           DropReason::inner_malformed},  // without E it is no chain but a payload
          {"an extension that must be understood", hex("34 ff 0008 00000064 0000 00 c0 01 0000 00"),
           DropReason::gtpu_ext_unknown},
          {"container of PDU type 2", hex("34 ff 0008 00000064 0000 00 85 01 20 09 00"),
           DropReason::gtpu_psc_malformed},
          {"a downlink container from the access side", gpdu(kUplinkTeid, inner, 9, wire::PscPduType::downlink),
           DropReason::gtpu_psc_malformed},
          {"Create PDP Context Request", hex("32 10 0004 00000000 0000 00 00"), DropReason::gtpu_message_unsupported},
          {"message type 0", hex("30 00 0000 00000064"), DropReason::gtpu_message_unsupported},
          {"G-PDU with TEID 0", gpdu(0, inner), DropReason::gtpu_teid_zero},
          {"Echo Request with a TEID", hex("32 01 0004 00000064 0007 00 00"), DropReason::gtpu_echo_teid_not_zero},
          {"a TEID that nobody has", gpdu(0x99, inner), DropReason::gtpu_teid_unknown},
      });
}

TEST_F(GtpuStages, EchoIsAnswered) {
  struct Echo {
    const char* description;
    Be32 asked;
    uint16_t source_port;
    ByteString request;
    uint16_t expect_sequence;
  };
  const Echo cases[] = {
      {"as it should be", kOurs, 2152, hex("32 01 0004 00000000 1234 00 00"), 0x1234},
      {"from another port", kOurs, 40000, hex("32 01 0004 00000000 ffff 00 00"), 0xffff},
      {"at the other endpoint", address("10.1.0.5"), 2152, hex("32 01 0004 00000000 0001 00 00"), 1},
      {"without sequence number", kOurs, 2152, hex("30 01 0000 00000000"), 0},
      {"with a private extension behind it", kOurs, 2152, hex("32 01 000a 00000000 0002 00 00 ff 0003 000111"), 2},
      {"padded to a long frame", kOurs, 2152, hex("32 01 0004 00000000 0003 00 00") + zeros(1200), 3},
  };
  for (const Echo& c : cases) {
    SCOPED_TRACE(c.description);
    const ByteString request =
        from_gnb(kBravo, ipv4(kGnb, c.asked, 17, udp(kGnb, c.asked, c.source_port, 2152, c.request)));
    const Verdict v = world.receive(kAccessPort, request);
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    const ByteString response = with_word(hex("32 02 0006 00000000 0000 00 00 0e 00"), 8, c.expect_sequence);
    EXPECT_EQ(v.sent[0].frame, ethernet(kGnbMac, kOurMac[0], 200, 0x0800,
                                        ipv4(c.asked, kGnb, 17, udp(c.asked, kGnb, 2152, c.source_port, response))));
  }
  EXPECT_EQ(world.counter(kBravo.slot, Counter::gtpu_echo_responses_sent), std::size(cases));
}

TEST_F(GtpuStages, EchoWithIpv4OptionsIsAnsweredWithoutThem) {
  ByteString packet =
      ipv4(kGnb, kOurs, 17, hex("01010101") + udp(kGnb, kOurs, 2152, 2152, hex("32 01 0004 00000000 0007 00 00")));
  packet = with_ip_checksum(with_byte(packet, 0, 0x46));
  const Verdict v = world.receive(kAccessPort, from_gnb(kAcme, packet));
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].frame.size(), 18u + 42u);
}

TEST_F(GtpuStages, UplinkIsTakenOutOfTheTunnel) {
  struct Uplink {
    const char* description;
    ByteString message;
    ByteString expect_packet;
  };
  const ByteString inner = ue_packet();
  const ByteString fragment = with_ip_checksum(with_word(ipv4(ue_address(), kServer, 17, hex("0868 0868 0000")), 6, 3));
  const std::vector<Uplink> cases = {
      {"no extension", gpdu(kUplinkTeid, inner), inner},
      {"PDU Session Container", gpdu(kUplinkTeid, inner, 9), inner},
      {"sequence number",
       with_word(hex("32 ff 0000 00000064 0001 00 00") + inner, 2, static_cast<uint16_t>(inner.size() + 4)), inner},
      {"two extension headers",
       with_word(hex("34 ff 0000 00000064 0000 00 20 01 aabb 85 01 10 09 00") + inner, 2,
                 static_cast<uint16_t>(inner.size() + 12)),
       inner},
      {"inner packet shorter than the G-PDU", gpdu(kUplinkTeid, inner + zeros(7), 9), inner},
      {"datagram longer than the G-PDU", gpdu(kUplinkTeid, inner, 9) + zeros(7), inner},
      {"a later fragment has no ports to look at", gpdu(kUplinkTeid, fragment, 9), fragment},
      {"another protocol", gpdu(kUplinkTeid, ipv4(ue_address(), kServer, 50, zeros(3)), 9),
       ipv4(ue_address(), kServer, 50, zeros(3))},
      {"no payload at all", gpdu(kUplinkTeid, ipv4(ue_address(), kServer, 1, {}), 9),
       ipv4(ue_address(), kServer, 1, {})},
  };
  uint64_t bytes = 0;
  for (const Uplink& c : cases) {
    SCOPED_TRACE(c.description);
    const Verdict v = world.receive(kAccessPort, from_gnb(kAcme, to_endpoint(c.message)));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].port, kCorePort);
    EXPECT_EQ(v.sent[0].frame, ethernet(kRouterMac, kOurMac[1], 101, 0x0800, decremented(c.expect_packet)));
    bytes += c.expect_packet.size();
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::uplink_packets), cases.size());
  EXPECT_EQ(world.counter(kAcme.slot, Counter::uplink_bytes), bytes);
}

TEST_F(GtpuStages, InnerPacketsThatEndHere) {
  const ByteString inner = ue_packet();
  auto in_tunnel = [](const ByteString& packet) { return gpdu(kUplinkTeid, packet, 9); };
  auto to = [](Be32 destination, uint8_t protocol, const ByteString& payload) {
    return gpdu(kUplinkTeid, ipv4(ue_address(), destination, protocol, payload), 9);
  };
  const ByteString tunnel = udp(ue_address(), kServer, 2152, 2152, gpdu(kUplinkTeid, inner));
  expect_drops(
      world,
      {
          {"inner length 0", in_tunnel({}), DropReason::inner_malformed},
          {"inner IHL past the end", in_tunnel(with_byte(inner, 0, 0x4f)), DropReason::inner_malformed},
          {"inner IHL 0", in_tunnel(with_byte(inner, 0, 0x40)), DropReason::inner_malformed},
          {"inner total length past the end", in_tunnel(with_ip_checksum(with_word(inner, 2, 1400))),
           DropReason::inner_malformed},
          {"inner total length 0", in_tunnel(with_ip_checksum(with_word(inner, 2, 0))), DropReason::inner_malformed},
          {"inner checksum", in_tunnel(with_word(inner, 10, 0x1234)), DropReason::inner_malformed},
          {"IPv6", in_tunnel(hex("60000000 0000 3b 40") + zeros(32)), DropReason::pdr_no_match},
          {"Ethernet", in_tunnel(ethernet(kOurMac[0], kGnbMac, 0, 0x0800, inner)), DropReason::inner_malformed},
          {"truncated UDP", to(kServer, 17, zeros(7)), DropReason::inner_malformed},
          {"UDP without a byte", to(kServer, 17, {}), DropReason::inner_malformed},
          {"truncated TCP", to(kServer, 6, zeros(19)), DropReason::inner_malformed},
          {"somebody else's source", in_tunnel(packet_to_ue()), DropReason::inner_source_spoofed},
          {"the next UE's source", in_tunnel(ue_packet(1)), DropReason::inner_source_spoofed},
          {"GTP-U in GTP-U", to(kServer, 17, tunnel), DropReason::gtpu_in_gtpu},
          {"GTP-U in GTP-U, to our own endpoint", to(kOurs, 17, tunnel), DropReason::gtpu_in_gtpu},
          {"to loopback", to(address("127.0.0.1"), 1, zeros(8)), DropReason::ipv4_martian},
          {"to multicast", to(address("224.0.0.1"), 1, zeros(8)), DropReason::ipv4_martian},
          {"to everybody", to(address("255.255.255.255"), 1, zeros(8)), DropReason::ipv4_martian},
          {"to our core address", to(address("10.2.0.1"), 1, icmp_echo(8, 1, {})), DropReason::route_to_ourselves},
          {"PFCP to our core address", to(address("10.2.0.1"), 17, udp(ue_address(), kOurs, 8805, 8805, zeros(16))),
           DropReason::route_to_ourselves},
          {"to the core link's broadcast address", to(address("10.2.0.255"), 1, icmp_echo(8, 1, {})),
           DropReason::route_broadcast},
          {"TTL 1", in_tunnel(ipv4(ue_address(), kServer, 1, icmp_echo(8, 1, {}), 1)), DropReason::ipv4_ttl_exceeded},
          {"TTL 0", in_tunnel(ipv4(ue_address(), kServer, 1, icmp_echo(8, 1, {}), 0)), DropReason::ipv4_ttl_exceeded},
      });
  EXPECT_EQ(world.counter(kAcme.slot, Counter::uplink_packets), 0u) << "nor do the three count that found no way on";
}

TEST_F(GtpuStages, APdrWithoutUeAddressLetsAnySourceThrough) {
  SessionSpec spec = session_of(kAcme);
  spec.pdrs[0].ue_ipv4 = Be32{};
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet(7))).sent.size(), 1u);
  const ByteString martian = ipv4(address("127.0.0.1"), kServer, 1, icmp_echo(8, 1, {}));
  EXPECT_EQ(to_string(world.receive(kAccessPort, uplink_frame(kAcme, martian)).drops), "ipv4_martian of tenant 1");
}

// The outer IPv4 packet that `packet` makes; its source port is any.
ByteString expected_downlink(const ByteString& packet, uint16_t identification, int qfi) {
  const ByteString message =
      qfi < 0 ? gpdu(kGnbTeid, decremented(packet))
              : gpdu(kGnbTeid, decremented(packet), static_cast<uint8_t>(qfi), wire::PscPduType::downlink);
  return with_ip_checksum(with_word(ipv4(kOurs, kGnb, 17, udp(kOurs, kGnb, 0, 2152, message)), 4, identification));
}

// Where the source port of a G-PDU over IPv4 is, in a frame with one tag or without.
size_t source_port_at(const ByteString& frame) { return (frame.at(12) == 0x81 ? 18 : 14) + 20; }
uint16_t source_port(const ByteString& frame) {
  const size_t at = source_port_at(frame);
  return static_cast<uint16_t>(frame.at(at) << 8 | frame.at(at + 1));
}
ByteString without_source_port(const ByteString& frame) { return with_word(frame, source_port_at(frame), 0); }

TEST_F(GtpuStages, DownlinkIsPutIntoTheTunnel) {
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    const uint16_t identification = world.context().next_identification;
    const Verdict v = world.receive(kCorePort, from_router(t, packet_to_ue()));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].port, kAccessPort);
    EXPECT_EQ(without_source_port(v.sent[0].frame),
              ethernet(kGnbMac, kOurMac[0], t.access_vlan, 0x0800,
                       expected_downlink(packet_to_ue(), identification, kMarkedQfi)));
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_packets), 1u);
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_bytes), packet_to_ue().size());
  }
}

// TS 29.281 4.4.2.3: so that a tunnel's flows spread over ways and queues, and each stays in order.
TEST_F(GtpuStages, TheSourcePortIsByTheFlowInside) {
  const auto port_of = [&](const TestTenant& t, uint16_t flow, uint8_t bytes) {
    const ByteString inner = udp(kServer, ue_address(), 5000, flow, zeros(bytes));
    const Verdict v = world.receive(kCorePort, from_router(t, ipv4(kServer, ue_address(), 17, inner)));
    return v.sent.size() == 1 ? source_port(v.sent[0].frame) : uint16_t{0};
  };
  std::set<uint16_t> ports;
  for (uint16_t flow = 1; flow <= 64; ++flow) {
    const uint16_t port = port_of(kAcme, flow, 0);
    EXPECT_GE(port, 0xc000) << "flow " << flow;
    EXPECT_EQ(port_of(kAcme, flow, 40), port) << "another packet of flow " << flow;
    ports.insert(port);
  }
  EXPECT_GT(ports.size(), 56u) << "of 64 flows, over 16,384 ports";
}

TEST_F(GtpuStages, WithoutAMarkThereIsNoContainer) {
  SessionSpec spec = session_of(kAcme);
  spec.pdrs[1].qfi_mark = kQfiNone;
  ASSERT_TRUE(world.sessions().put(spec));
  const Verdict v = world.receive(kCorePort, from_router(kAcme, packet_to_ue()));
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(tail(without_source_port(v.sent[0].frame), 18), expected_downlink(packet_to_ue(), 0, -1));
}

TEST_F(GtpuStages, DownlinkInSegments) {
  ByteString data(1300);
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<uint8_t>(i);
  const Verdict v = world.receive(kCorePort, {{from_router(kAcme, packet_to_ue(0, data)), {400, 400}}});
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(tail(without_source_port(v.sent[0].frame), 18), expected_downlink(packet_to_ue(0, data), 0, kMarkedQfi));
}

TEST_F(GtpuStages, DownlinkThatEndsHere) {
  struct Down {
    const char* description;
    ByteString packet;
    DropReason expect_drop;
  };
  const Down cases[] = {
      {"nobody's address", packet_to_ue(5), DropReason::session_unknown},
      {"TTL 1", packet_to_ue(0, {}, 1), DropReason::ipv4_ttl_exceeded},
      {"TTL 0", packet_to_ue(0, {}, 0), DropReason::ipv4_ttl_exceeded},
      {"one byte more than the MTU has room for, and DF",
       with_ip_checksum(with_word(packet_to_ue(0, zeros(1500 - 44 - 28 + 1)), 6, 0x4000)), DropReason::encap_too_big},
  };
  for (const Down& c : cases) {
    SCOPED_TRACE(c.description);
    EXPECT_EQ(to_string(world.receive(kCorePort, from_router(kAcme, c.packet)).drops),
              to_string({{kAcme.slot, c.expect_drop}}));
  }
  EXPECT_EQ(world.receive(kCorePort, from_router(kAcme, packet_to_ue(0, zeros(1500 - 44 - 28)))).sent.size(), 1u)
      << "exactly the MTU";
}

TEST_F(GtpuStages, FragmentsArePutIntoTheTunnelAsTheyAre) {
  const ByteString first = with_ip_checksum(with_word(packet_to_ue(), 6, 0x2000));
  const ByteString later = with_ip_checksum(with_word(packet_to_ue(), 6, 0x0001));
  EXPECT_EQ(world.receive(kCorePort, {{from_router(kAcme, first)}, {from_router(kAcme, later)}}).sent.size(), 2u);
}

TEST_F(GtpuStages, NoHeadroomIsADropAndNoWrite) {
  Burst burst;
  world.fill(burst, kCorePort, {{from_router(kAcme, packet_to_ue())}});
  // A driver that leaves no headroom at all: the frame is moved to the very start of the buffer.
  rte_mbuf* const m = burst.mbuf[0];
  std::memmove(m->buf_addr, rte_pktmbuf_mtod(m, void*), m->data_len);
  m->data_off = 0;
  Tracer& tracer = world.tracer();
  run_burst(world.context(), burst, tracer, world.stage_counters(), world.ports);
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::encap_no_headroom), 1u);
}

// A FAR of an uplink PDR may lead back to the access side with another outer header: UE to UE, or the next UPF on N9.
TEST_F(GtpuStages, FromTunnelToTunnelIsOneHop) {
  SessionSpec spec = session_of(kAcme);
  spec.pdrs[0].far_index = 1;
  ASSERT_TRUE(world.sessions().put(spec));
  const Verdict v = world.receive(kAccessPort, uplink_frame(kAcme, ue_packet()));
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].port, kAccessPort);
  EXPECT_EQ(tail(without_source_port(v.sent[0].frame), 18), expected_downlink(ue_packet(), 0, kMarkedQfi))
      << "the TTL is one less, not two; the QFI is kept";
  EXPECT_EQ(world.counter(kAcme.slot, Counter::uplink_packets), 1u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::downlink_packets), 0u);
}

}  // namespace
}  // namespace demarc::dp::test
