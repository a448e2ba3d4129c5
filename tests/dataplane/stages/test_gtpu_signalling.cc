// GTP-U signalling: Error Indications both ways, Supported Extension Headers Notifications, End Markers, and the guard
// of a tunnel's outer source. Over both families.
#include <gtest/gtest.h>

#include "common/wire/gtpu_messages.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kGnb = address("10.1.0.2");
const Be32 kOurs = address("10.1.0.1");
const Ipv6Address kGnb6 = address6("2001:db8:1::2");
const Ipv6Address kOurs6 = address6("2001:db8:1::1");

ByteString head(const ByteString& b, size_t bytes) {
  return {b.begin(), b.begin() + static_cast<ptrdiff_t>(std::min(bytes, b.size()))};
}

class GtpuSignalling : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }

  // A message from `source`, on acme's access VLAN.
  Verdict send(const ByteString& message, Be32 source = kGnb, uint16_t port = 2152, const TestTenant& t = kAcme) {
    return world.receive(kAccessPort,
                         from_gnb(t, ipv4(source, kOurs, 17, udp(source, kOurs, port, wire::kGtpuPort, message))));
  }
  Verdict send6(const ByteString& message, const Ipv6Address& source = kGnb6, uint16_t port = 2152,
                const TestTenant& t = kAcme) {
    return world.receive(kAccessPort,
                         from_gnb6(t, ipv6(source, kOurs6, 17, udp6(source, kOurs6, port, wire::kGtpuPort, message))));
  }
  void a_second_later() { world.now_tsc += 2 * kTicksPerSecond; }

  World world;
};

// ---- Error Indication, sent ----

TEST_F(GtpuSignalling, AnUnknownTeidIsIndicated) {
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    const Verdict v = send(gpdu(0xdeadbeef, ue_packet()), kGnb, 40001, t);
    EXPECT_EQ(to_string(v.drops), to_string({{t.slot, DropReason::gtpu_teid_unknown}}));
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].tenant, t.slot);
    const ByteString message = hex("36 1a 0014 00000000 0000 00 40 01 9c41 00 10 deadbeef 85 0004 0a010001");
    EXPECT_EQ(v.sent[0].frame, ethernet(kGnbMac, kOurMac[0], t.access_vlan, 0x0800,
                                        ipv4(kOurs, kGnb, 17, udp(kOurs, kGnb, 2152, 2152, message, true))));
    EXPECT_EQ(world.counter(t.slot, Counter::gtpu_error_indications_sent), 1u);
    EXPECT_EQ(world.counter(t.slot, Counter::originated_packets), 1u);
  }
}

// From the registered port it needs no UDP Port extension header, and has none.
TEST_F(GtpuSignalling, AnUnknownTeidFromTheRegisteredPortIsIndicatedWithoutIt) {
  const Verdict v = send(gpdu(0xdeadbeef, ue_packet()), kGnb, 2152);
  ASSERT_EQ(v.sent.size(), 1u);
  const ByteString message = hex("32 1a 0010 00000000 0000 00 00 10 deadbeef 85 0004 0a010001");
  EXPECT_EQ(tail(v.sent[0].frame, 18), ipv4(kOurs, kGnb, 17, udp(kOurs, kGnb, 2152, 2152, message, true)));
  const Verdict v6 = send6(gpdu(0xdeadbeef, ue_packet()), kGnb6, 2152);
  ASSERT_EQ(v6.sent.size(), 1u);
  const ByteString message6 = hex("32 1a 001c 00000000 0000 00 00 10 deadbeef 85 0010") + bytes_of(kOurs6);
  EXPECT_EQ(tail(v6.sent[0].frame, 18), ipv6(kOurs6, kGnb6, 17, udp6(kOurs6, kGnb6, 2152, 2152, message6)));
}

TEST_F(GtpuSignalling, AnUnknownTeidIsIndicatedOverIpv6) {
  const Verdict v = send6(gpdu(0xdeadbeef, ue_packet()), kGnb6, 40001);
  EXPECT_EQ(to_string(v.drops), "gtpu_teid_unknown of tenant 1");
  ASSERT_EQ(v.sent.size(), 1u);
  const ByteString message = hex("36 1a 0020 00000000 0000 00 40 01 9c41 00 10 deadbeef 85 0010") + bytes_of(kOurs6);
  EXPECT_EQ(tail(v.sent[0].frame, 18), ipv6(kOurs6, kGnb6, 17, udp6(kOurs6, kGnb6, 2152, 2152, message)));
}

TEST_F(GtpuSignalling, TheIndicatedPortIsFoundBehindIpOptions) {
  ByteString packet = ipv4(kGnb, kOurs, 17, hex("01010101") + udp(kGnb, kOurs, 0x1234, 2152, gpdu(0x99, ue_packet())));
  packet = with_ip_checksum(with_byte(packet, 0, 0x46));
  const Verdict v = world.receive(kAccessPort, from_gnb(kAcme, packet));
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(head(tail(v.sent[0].frame, 18 + 28 + 12), 4), hex("01 1234 00"));
}

TEST_F(GtpuSignalling, NothingElseIsIndicated) {
  SessionSpec spec = session_of(kAcme);
  spec.pdrs[0].qfi_match = 9;
  ASSERT_TRUE(world.sessions().put(spec));
  const struct {
    const char* description;
    ByteString message;
    Be32 source;
    DropReason expect_drop;
  } cases[] = {
      {"TEID 0", gpdu(0, ue_packet()), kGnb, DropReason::gtpu_teid_zero},
      {"a known TEID with a wrong QFI", gpdu(kUplinkTeid, ue_packet(), 5), kGnb, DropReason::pdr_no_match},
      {"a known TEID with a spoofed inner source", gpdu(kUplinkTeid, ue_packet(3), 9), kGnb,
       DropReason::inner_source_spoofed},
      {"a known TEID from somebody else", gpdu(kUplinkTeid, ue_packet(), 9), address("10.1.0.3"),
       DropReason::gtpu_peer_unexpected},
      {"an End Marker", hex("30 fe 0000 deadbeef"), kGnb, DropReason::gtpu_teid_unknown},
      {"a malformed Error Indication", hex("32 1a 0004 00000000 0000 00 00"), kGnb, DropReason::gtpu_control_malformed},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.description);
    const Verdict v = send(c.message, c.source);
    EXPECT_EQ(to_string(v.drops), to_string({{kAcme.slot, c.expect_drop}}));
    EXPECT_TRUE(v.sent.empty());
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::originated_packets), 0u);
}

TEST_F(GtpuSignalling, IndicationsAreLimitedForAPeerAndSilenceNobodyElse) {
  const Received flood(from_gnb(kAcme, to_endpoint(gpdu(0x99, ue_packet()))));
  unsigned sent = 0;
  for (int round = 0; round < 20; ++round) {
    world.now_tsc += kTicksPerSecond / 20;
    sent += static_cast<unsigned>(world.receive(kAccessPort, std::vector<Received>(kBurstMax, flood)).sent.size());
  }
  EXPECT_LE(sent, 10u) << "in one second";
  EXPECT_GE(sent, 5u);
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::gtpu_teid_unknown), 20u * kBurstMax);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::answers_suppressed), 20u * kBurstMax - sent);
  EXPECT_EQ(send(gpdu(0x99, ue_packet()), kGnb, 2152, kBravo).sent.size(), 1u) << "another tenant's same gNB";
}

TEST_F(GtpuSignalling, IndicationsAreLimitedForATenant) {
  uint64_t sent = 0;
  for (unsigned n = 0; n < 40; ++n) {
    world.now_tsc += kTicksPerSecond / 40;
    std::vector<Received> burst;
    for (unsigned i = 0; i < kBurstMax; ++i) {
      const Be32 source = Be32::from_host(0x0a010000 + 2 + (n * kBurstMax + i) % 250);
      burst.emplace_back(
          from_gnb(kAcme, ipv4(source, kOurs, 17, udp(source, kOurs, 2152, 2152, gpdu(9, ue_packet())))));
    }
    world.receive(kAccessPort, burst);
    sent = world.counter(kAcme.slot, Counter::gtpu_error_indications_sent);
  }
  EXPECT_LE(sent, 100u);
  EXPECT_GE(sent, 50u);
  world.poll_held(world.now_tsc + 10'000'000);  // most sources have no MAC address here
}

TEST_F(GtpuSignalling, WithoutABufferTheDropIsStillOne) {
  std::vector<rte_mbuf*> taken;
  Burst burst;
  world.fill(burst, kAccessPort, {{from_gnb(kAcme, to_endpoint(gpdu(0x99, ue_packet())))}});
  while (rte_mbuf* const m = rte_pktmbuf_alloc(burst.mbuf[0]->pool)) taken.push_back(m);
  run_burst(world.context(), burst, world.tracer(), world.stage_counters(), world.ports);
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::gtpu_teid_unknown), 1u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::answers_suppressed), 1u);
  EXPECT_TRUE(world.ports.sent.empty());
  rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
}

// ---- extension headers ----

// The two upper bits of an unknown type, clause 5.2.1: this end of the tunnel need not understand the first two.
TEST_F(GtpuSignalling, ComprehensionOfExtensionHeaders) {
  const ByteString inner = ue_packet();
  const struct {
    uint8_t type;
    bool passes;
  } cases[] = {{0x20, true},  {0x3f, true},  {0x41, true},  {0x7f, true},
               {0x81, false}, {0xbf, false}, {0xc0, false}, {0xff, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(static_cast<int>(c.type));
    a_second_later();
    ByteString message = hex("34 ff 0000 00000064 0000 00 00 01 aabb 00") + inner;
    message[11] = c.type;
    message = with_word(message, 2, static_cast<uint16_t>(message.size() - 8));
    for (const bool over_ipv6 : {false, true}) {
      if (over_ipv6 && c.passes) continue;  // the session's peer is an IPv4 one
      const Verdict v = over_ipv6 ? send6(message) : send(message);
      ASSERT_EQ(v.sent.size(), 1u);
      if (c.passes) {
        EXPECT_EQ(to_string(v.drops), "none");
        EXPECT_EQ(v.sent[0].port, kCorePort);
        continue;
      }
      EXPECT_EQ(to_string(v.drops), "gtpu_ext_unknown of tenant 1");
      const ByteString notification = hex("32 1f 0008 00000000 0000 00 00 8d 02 40 85");
      EXPECT_EQ(tail(v.sent[0].frame, 18),
                over_ipv6 ? ipv6(kOurs6, kGnb6, 17, udp6(kOurs6, kGnb6, 2152, 2152, notification))
                          : ipv4(kOurs, kGnb, 17, udp(kOurs, kGnb, 2152, 2152, notification, true)));
    }
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::gtpu_extension_notifications_sent), 8u);
}

TEST_F(GtpuSignalling, AnswersAreNotAnsweredWithANotification) {
  for (const char* message : {"34 02 0008 00000000 0000 00 c0 01 0000 00", "34 1a 0008 00000000 0000 00 c0 01 0000 00",
                              "34 1f 0008 00000000 0000 00 c0 01 0000 00"}) {
    const Verdict v = send(hex(message));
    EXPECT_EQ(to_string(v.drops), "gtpu_ext_unknown of tenant 1");
    EXPECT_TRUE(v.sent.empty());
  }
}

// E, S and PN share the four octets behind the TEID; each field counts only with its own flag.
TEST_F(GtpuSignalling, OptionalFieldsInAnyCombination) {
  const ByteString inner = ue_packet();
  for (unsigned flags = 1; flags < 8; ++flags) {
    SCOPED_TRACE(flags);
    const bool extension = (flags & 4) != 0;
    ByteString message =
        hex("30 ff 0000 00000064 1234 56 85") + (extension ? hex("01 10 09 00") : ByteString{}) + inner;
    message[0] = static_cast<uint8_t>(0x30 | flags);
    message = with_word(message, 2, static_cast<uint16_t>(message.size() - 8));
    const Verdict v = send(message);
    EXPECT_EQ(to_string(v.drops), "none");
    EXPECT_EQ(v.sent.size(), 1u);
    message = hex("30 01 0000 00000000 1234 56 00");
    message[0] = static_cast<uint8_t>(0x30 | flags);
    message = with_word(message, 2, static_cast<uint16_t>(message.size() - 8));
    const Verdict echo = send(message);
    ASSERT_EQ(echo.sent.size(), 1u);
    EXPECT_EQ(head(tail(echo.sent[0].frame, 18 + 28 + 8), 2), (flags & 2) != 0 ? hex("1234") : hex("0000"));
  }
}

// ---- what ends here ----

TEST_F(GtpuSignalling, TheAgentHearsOfEchoResponses) {
  for (const bool over_ipv6 : {false, true}) {
    const ByteString message = hex("32 02 0006 00000000 0007 00 00 0e 05");
    const Verdict v = over_ipv6 ? send6(message) : send(message);
    EXPECT_EQ(to_string(v.drops), "none");
    EXPECT_TRUE(v.sent.empty());
    const std::vector<ToAgent> told = world.messages_to_agent();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].kind, ToAgent::Kind::gtpu_echo_response);
    EXPECT_EQ(told[0].sequence, 7);
    EXPECT_EQ(told[0].endpoint, kAcme.endpoint());
    EXPECT_EQ(told[0].tsc, world.now_tsc);
    EXPECT_EQ(told[0].address, over_ipv6 ? IpAddress(kGnb6) : IpAddress(kGnb));
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::gtpu_echo_responses_received), 2u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::consumed_packets), 2u);
}

TEST_F(GtpuSignalling, TheAgentHearsOfErrorIndications) {
  const ByteString messages[] = {
      hex("32 1a 0010 00000000 0000 00 00 10 000000a0 85 0004 0a010002"),
      hex("36 1a 0014 00000000 0000 00 40 01 0868 00 10 000000a0 85 0004 0a010002"),
      hex("32 1a 001a 00000000 0000 00 00 0e 00 10 000000a0 85 0004 0a010002 ff 0005 0001112233"),
      hex("32 1a 001c 00000000 0000 00 00 10 000000a0 85 0010") + bytes_of(kGnb6),
  };
  for (const ByteString& message : messages) {
    SCOPED_TRACE(message.size());
    EXPECT_EQ(to_string(send(message).drops), "none");
    const std::vector<ToAgent> told = world.messages_to_agent();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].kind, ToAgent::Kind::gtpu_error_indication);
    EXPECT_EQ(told[0].teid, Teid{kGnbTeid});
    EXPECT_EQ(told[0].peer, &message == &messages[3] ? IpAddress(kGnb6) : IpAddress(kGnb));
    EXPECT_EQ(told[0].address, IpAddress(kGnb));
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::gtpu_error_indications_received), std::size(messages));
}

TEST_F(GtpuSignalling, NotificationsEndHere) {
  EXPECT_EQ(to_string(send(hex("32 1f 0008 00000000 0000 00 00 8d 02 40 85")).drops), "none");
  EXPECT_EQ(world.counter(kAcme.slot, Counter::gtpu_extension_notifications_received), 1u);
  EXPECT_TRUE(world.messages_to_agent().empty());
}

TEST_F(GtpuSignalling, MalformedSignalling) {
  const char* const cases[] = {
      "32 02 0006 00000064 0007 00 00 0e 05",                           // a TEID
      "32 02 0004 00000000 0007 00 00",                                 // no Recovery
      "30 02 0002 00000000 0e 05",                                      // no sequence number
      "32 02 0005 00000000 0007 00 00 0e",                              // Recovery past the end
      "32 1a 0009 00000000 0000 00 00 10 00000064",                     // no peer address
      "32 1a 000b 00000000 0000 00 00 85 0004 0a010002",                // no TEID
      "32 1a 0010 00000000 0000 00 00 10 00000000 85 0004 0a010002",    // TEID 0
      "32 1a 000f 00000000 0000 00 00 10 00000064 85 0004 0a0100",      // an address past the end
      "32 1a 0011 00000000 0000 00 00 10 00000064 85 0005 0a01000200",  // of 5 bytes
      "32 1a 0010 00000000 0000 00 00 11 00000064 85 0004 0a010002",    // a TV type of unknown length
      "32 1a 000e 00000000 0000 00 00 10 00000064 85 ffff 0a01",        // length 65535
      "32 1f 0004 00000000 0000 00 00",                                 // no list
      "32 1f 0006 00000000 0000 00 00 8d ff",                           // a list past the end
      "32 1f 0005 00000000 0000 00 00 8d",
  };
  for (const char* message : cases) {
    SCOPED_TRACE(message);
    const Verdict v = send(hex(message));
    EXPECT_EQ(to_string(v.drops), "gtpu_control_malformed of tenant 1");
    EXPECT_TRUE(v.sent.empty());
  }
  ByteString many = hex("32 02 0000 00000000 0007 00 00");
  for (int n = 0; n < 600; ++n) many = many + hex("0e 05");
  EXPECT_EQ(to_string(send(with_word(many, 2, static_cast<uint16_t>(many.size() - 8))).drops),
            "gtpu_control_malformed of tenant 1");
  EXPECT_TRUE(world.messages_to_agent().empty());
}

// Each message cut at every byte, with its length field right for what is left and as it was.
TEST_F(GtpuSignalling, CutAtEveryByte) {
  for (const char* text : {"32 02 0006 00000000 0007 00 00 0e 05",
                           "36 1a 0014 00000000 0000 00 40 01 0868 00 10 000000a0 85 0004 0a010002",
                           "32 1f 0008 00000000 0000 00 00 8d 02 40 85", "30 fe 0000 00000064"}) {
    const ByteString whole = hex(text);
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      SCOPED_TRACE(std::string(text) + " at " + std::to_string(bytes));
      const ByteString cut = head(whole, bytes);
      EXPECT_EQ(send(cut).drops.size(), 1u);
      if (bytes >= 8) {
        EXPECT_EQ(send(with_word(cut, 2, static_cast<uint16_t>(bytes - 8))).drops.size(), 1u);
      }
    }
  }
  EXPECT_TRUE(world.messages_to_agent().empty());
}

TEST_F(GtpuSignalling, AFloodFillsTheTenantsShareOfTheQueueAlone) {
  const Received flood(
      from_gnb(kAcme, to_endpoint(hex("32 1a 0010 00000000 0000 00 00 10 000000a0 85 0004 0a010002"))));
  for (int round = 0; round < 10; ++round) world.receive(kAccessPort, std::vector<Received>(kBurstMax, flood));
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::agent_queue_full), 9u * kBurstMax);
  EXPECT_EQ(to_string(send(hex("32 02 0006 00000000 0007 00 00 0e 05"), kGnb, 2152, kBravo).drops), "none");
  EXPECT_EQ(world.messages_to_agent().size(), kBurstMax + 1u);
}

// ---- End Marker ----

TEST_F(GtpuSignalling, AnEndMarkerWithoutANextTunnelEndsHere) {
  EXPECT_EQ(to_string(send(hex("30 fe 0000 00000064")).drops), "none");
  EXPECT_EQ(to_string(send(hex("34 fe 0008 00000064 0000 00 85 01 1009 00")).drops), "none");
  EXPECT_EQ(world.counter(kAcme.slot, Counter::gtpu_end_markers_received), 2u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::consumed_packets), 2u);
}

TEST_F(GtpuSignalling, AnEndMarkerFollowsItsTunnelToTheNext) {
  SessionSpec spec = session_of(kAcme);
  spec.pdrs[0].far_index = 1;
  ASSERT_TRUE(world.sessions().put(spec));
  const Verdict v = send(hex("30 fe 0000 00000064"));
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(head(tail(v.sent[0].frame, 18), 36),
            ipv4(kOurs, kGnb, 17, udp(kOurs, kGnb, 2152, 2152, hex("30 fe 0000 000000a0"), true)));
  EXPECT_EQ(world.counter(kAcme.slot, Counter::gtpu_end_markers_forwarded), 1u);
}

TEST_F(GtpuSignalling, AnEndMarkerFromSomebodyElseEndsNothing) {
  EXPECT_EQ(to_string(send(hex("30 fe 0000 00000064"), address("10.1.0.3")).drops), "gtpu_peer_unexpected of tenant 1");
  EXPECT_EQ(to_string(send(hex("30 fe 0000 00000000")).drops), "gtpu_teid_zero of tenant 1");
}

// ---- the outer source ----

TEST_F(GtpuSignalling, OnlyThePeerMaySend) {
  const ByteString message = gpdu(kUplinkTeid, ue_packet(), 9);
  EXPECT_EQ(send(message).sent.size(), 1u);
  EXPECT_EQ(send(message, kGnb, 50000).sent.size(), 1u) << "from any port";
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    const Verdict v = send(message, address("10.1.0.3"), 2152, t);
    EXPECT_EQ(to_string(v.drops), to_string({{t.slot, DropReason::gtpu_peer_unexpected}}));
    EXPECT_TRUE(v.sent.empty());
  }
  EXPECT_EQ(to_string(send6(message).drops), "gtpu_peer_unexpected of tenant 1") << "the right gNB's other address";
}

TEST_F(GtpuSignalling, OnlyThePeerMaySendOverIpv6) {
  SessionSpec spec = ipv6_session_of(kAcme, true);
  spec.fars[1].guards_tunnels = true;
  ASSERT_TRUE(world.sessions().put(spec));
  const ByteString message = gpdu(kUplinkTeid6, ue_packet6(), 9);
  EXPECT_EQ(send6(message).sent.size(), 1u);
  EXPECT_EQ(to_string(send6(message, address6("2001:db8:1::3")).drops), "gtpu_peer_unexpected of tenant 1");
  EXPECT_EQ(to_string(send(message).drops), "gtpu_peer_unexpected of tenant 1");
}

TEST_F(GtpuSignalling, WhereNoPeerIsNamedOrGuardedAnybodyMaySend) {
  const ByteString message = gpdu(kUplinkTeid, ue_packet(), 9);
  SessionSpec any = session_of(kAcme);
  any.fars[1].guards_tunnels = false;
  ASSERT_TRUE(world.sessions().put(any));
  EXPECT_EQ(send(message, address("10.1.0.3")).sent.size(), 1u);
  SessionSpec other = session_of(kAcme);
  other.fars[1].endpoint = GtpuEndpointSlot{kAcme.endpoint().value + 1};
  ASSERT_TRUE(world.sessions().put(other));
  EXPECT_EQ(send(message, address("10.1.0.3")).sent.size(), 1u) << "its peer is behind another endpoint";
}

TEST_F(GtpuSignalling, EachPeerOfAnEndpointMaySend) {
  SessionSpec spec = session_of(kAcme);
  spec.fars.push_back(spec.fars[1]);
  spec.fars[2].far_id = 3;
  spec.fars[2].peer_ipv4 = address("10.1.0.7");
  ASSERT_TRUE(world.sessions().put(spec));
  const ByteString message = gpdu(kUplinkTeid, ue_packet(), 9);
  EXPECT_EQ(send(message).sent.size(), 1u);
  EXPECT_EQ(send(message, address("10.1.0.7")).sent.size(), 1u);
  EXPECT_EQ(to_string(send(message, address("10.1.0.8")).drops), "gtpu_peer_unexpected of tenant 1");
}

TEST_F(GtpuSignalling, TheFirstSenderIsLearnedUntilTheSessionIsPutAnew) {
  SessionSpec spec = session_of(kAcme);
  spec.fars[1].guards_tunnels = false;
  spec.learned_peers = {{kAcme.endpoint(), Teid{kUplinkTeid}}};
  const ByteString message = gpdu(kUplinkTeid, ue_packet(), 9);
  for (const char* first : {"10.1.0.9", "10.1.0.10"}) {
    ASSERT_TRUE(world.sessions().put(spec));
    EXPECT_EQ(send(message, address(first)).sent.size(), 1u);
    EXPECT_EQ(send(message, address(first)).sent.size(), 1u);
    EXPECT_EQ(to_string(send(message, kGnb).drops), "gtpu_peer_unexpected of tenant 1");
    EXPECT_EQ(to_string(send6(message).drops), "gtpu_peer_unexpected of tenant 1");
  }
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(send6(message).sent.size(), 1u);
  EXPECT_EQ(to_string(send6(message, address6("2001:db8:1::3")).drops), "gtpu_peer_unexpected of tenant 1");
  EXPECT_EQ(to_string(send(message).drops), "gtpu_peer_unexpected of tenant 1");
}

TEST_F(GtpuSignalling, WhoSendsWhatIsNotTheSessionsIsNotLearned) {
  SessionSpec spec = session_of(kAcme);
  spec.fars[1].guards_tunnels = false;
  spec.learned_peers = {{kAcme.endpoint(), Teid{kUplinkTeid}}};
  ASSERT_TRUE(world.sessions().put(spec));
  const ByteString spoofed = gpdu(kUplinkTeid, ue_packet(1), 9);
  EXPECT_EQ(to_string(send(spoofed, address("10.1.0.9")).drops), "inner_source_spoofed of tenant 1");
  const ByteString message = gpdu(kUplinkTeid, ue_packet(), 9);
  EXPECT_EQ(send(message, address("10.1.0.10")).sent.size(), 1u);
  EXPECT_EQ(to_string(send(message, address("10.1.0.9")).drops), "gtpu_peer_unexpected of tenant 1");
}

// ---- the PDU Session Container towards the access network ----

TEST_F(GtpuSignalling, ReflectiveQosAndPagingPolicyAreMarked) {
  const struct {
    uint8_t marks;
    const char* expect;  // from the flags to the end of the container
  } cases[] = {
      {0, "34 ff 0027 000000a0 0000 00 85 01 00 09 00"},
      {kMarkRqi, "34 ff 0027 000000a0 0000 00 85 01 00 49 00"},
      {kMarkPpp | 5, "34 ff 002b 000000a0 0000 00 85 02 00 89 a0 000000 00"},
      {kMarkPpp | kMarkRqi, "34 ff 002b 000000a0 0000 00 85 02 00 c9 00 000000 00"},
      {kMarkPpp | kMarkRqi | 7, "34 ff 002b 000000a0 0000 00 85 02 00 c9 e0 000000 00"},
  };
  for (const auto& c : cases) {
    SessionSpec spec = session_of(kAcme);
    spec.pdrs[1].psc_marks = c.marks & 0x7f;
    ASSERT_TRUE(world.sessions().put(spec));
    const Verdict v = world.receive(kCorePort, from_router(kAcme, packet_to_ue()));
    ASSERT_EQ(v.sent.size(), 1u);
    const ByteString expect = hex(c.expect);
    EXPECT_EQ(head(tail(v.sent[0].frame, 18 + 28), expect.size()), expect);
    const wire::GtpuParse parsed = [&] {
      const ByteString message = tail(v.sent[0].frame, 18 + 28);
      return wire::parse_gtpu(message.data(), message.size(), message.size());
    }();
    EXPECT_EQ(parsed.error, wire::GtpuError::none);
    EXPECT_EQ(parsed.psc.qfi, 9);
  }
}

}  // namespace
}  // namespace demarc::dp::test
