// Hostile frames: each ends as exactly one named drop of the right tenant or as one answer, whatever it is cut to and
// whatever lies in memory behind it; no mbuf is lost, and nobody else notices.
#include <gtest/gtest.h>

#include <random>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kGnb = address("10.1.0.2");
const Be32 kOurs = address("10.1.0.1");
const Be32 kServer = address("198.51.100.1");

class Hostile : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(world.check_books(), "");
    EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet())).sent.size(), 1u) << "traffic goes on";
    EXPECT_EQ(world.receive(kCorePort, from_router(kAcme, packet_to_ue())).sent.size(), 1u);
  }
  World world;
};

ByteString message_with(std::string_view head, size_t bytes) {
  ByteString out = hex(head);
  out.resize(bytes);
  return out;
}

struct Case {
  const char* description;
  ByteString message;  // GTP-U, to acme's, bravo's and carol's endpoint
  DropReason expect_drop;
};

// HOSTILE list, GTP-U: what this stage of the house handles, over IPv4, tagged and untagged, in an IPv4 session. Of
// IPv6 it is in test_ipv6_forwarding.cc.
TEST_F(Hostile, GtpuList) {
  const ByteString inner = ue_packet();
  const ByteString nested = udp(ue_address(), kServer, 2152, 2152, hex("30 ff 0000 00000064"));
  ByteString endless = hex("34 ff 0000 00000064 0000 00 20");
  while (endless.size() + 4 < 1400) endless = endless + hex("01 0000 20");
  endless = with_word(endless, 2, static_cast<uint16_t>(endless.size() - 8));
  const std::vector<Case> cases = {
      {"nested GTP-U with inner length 0", gpdu(kUplinkTeid, ipv4(ue_address(), kServer, 17, nested)),
       DropReason::gtpu_in_gtpu},
      {"G-PDU with nothing in it", hex("30 ff 0000 00000064"), DropReason::inner_malformed},
      {"inner IHL past the end", gpdu(kUplinkTeid, with_byte(inner, 0, 0x4f)), DropReason::inner_malformed},
      {"inner total length past the end", gpdu(kUplinkTeid, with_ip_checksum(with_word(inner, 2, 0xffff))),
       DropReason::inner_malformed},
      {"IPv6 with payload length 0", gpdu(kUplinkTeid, hex("60000000 0000 00 40") + zeros(32)),
       DropReason::pdr_no_match},
      {"IPv6 with a hop-by-hop chain", gpdu(kUplinkTeid, hex("60000000 0008 00 40") + zeros(40)),
       DropReason::pdr_no_match},
      {"36ff0034… as reported", hex("36ff003400000001000000ff00"), DropReason::gtpu_bad_length},
      {"36ff0034… with all its bytes", message_with("36ff003400000001000000ff00", 60), DropReason::gtpu_ext_len_zero},
      {"24 00 00 00 …", message_with("24000000", 1400), DropReason::gtpu_bad_version},
      {"34 00 00 00 …", message_with("34000000", 1400), DropReason::gtpu_truncated},
      {"an E chain without end", endless, DropReason::gtpu_ext_too_many},
      {"length beyond the datagram", with_word(gpdu(kUplinkTeid, inner), 2, 0xffff), DropReason::gtpu_bad_length},
      {"length below the inner packet", with_word(gpdu(kUplinkTeid, inner), 2, 21), DropReason::inner_malformed},
      {"unknown TEID", gpdu(0xdeadbeef, inner), DropReason::gtpu_teid_unknown},
      {"TEID 0 in a G-PDU", gpdu(0, inner), DropReason::gtpu_teid_zero},
      {"another TEID in an Echo", hex("32 01 0004 00000064 0001 00 00"), DropReason::gtpu_echo_teid_not_zero},
      {"Error Indication with a TEID", hex("32 1a 0010 00000064 0000 00 00 10 00000064 85 0004 0a010002"),
       DropReason::gtpu_control_malformed},
      {"a UE's source that is not its own", gpdu(kUplinkTeid, ue_packet(1)), DropReason::inner_source_spoofed},
      {"GTP-U in GTP-U",
       gpdu(kUplinkTeid, ipv4(ue_address(), kServer, 17, udp(ue_address(), kServer, 2152, 2152, gpdu(1, inner)))),
       DropReason::gtpu_in_gtpu},
      {"to our own address", gpdu(kUplinkTeid, ipv4(ue_address(), address("10.2.0.1"), 1, icmp_echo(8, 1, {}))),
       DropReason::route_to_ourselves},
      {"PFCP from a UE",
       gpdu(kUplinkTeid, ipv4(ue_address(), address("10.2.0.1"), 17, udp(ue_address(), kOurs, 8805, 8805, zeros(16)))),
       DropReason::route_to_ourselves},
  };
  for (const Case& c : cases) {
    for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
      SCOPED_TRACE(std::string(c.description) + ", tenant " + std::to_string(t.slot.value));
      const Verdict v = world.receive(kAccessPort, from_gnb(t, to_endpoint(c.message)));
      EXPECT_EQ(to_string(v.drops), to_string({{t.slot, c.expect_drop}}));
      EXPECT_EQ(v.sent.size(), c.expect_drop == DropReason::gtpu_teid_unknown ? 1u : 0u) << "an Error Indication";
      EXPECT_TRUE(world.messages_to_agent().empty()) << "and no change of state";
    }
  }
}

TEST_F(Hostile, WrongQfiIsNoUnknownTunnel) {
  SessionSpec spec = session_of(kAcme);
  spec.pdrs[0].qfi_match = 9;
  ASSERT_TRUE(world.sessions().put(spec));
  EXPECT_EQ(to_string(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet(), 0, 5)).drops),
            "pdr_no_match of tenant 1");
}

// An answer is never much larger than its question: 42 bytes of IP packet for at least 36.
TEST_F(Hostile, EchoFloodDoesNotAmplify) {
  uint64_t in = 0;
  uint64_t out = 0;
  for (int round = 0; round < 100; ++round) {
    const ByteString frame = from_gnb(kAcme, to_endpoint(hex("32 01 0004 00000000 0007 00 00")));
    const Verdict v = world.receive(kAccessPort, std::vector<Received>(64, Received(frame)));
    EXPECT_EQ(v.sent.size(), 64u);
    for (const SentFrame& s : v.sent) out += s.frame.size();
    in += 64 * frame.size();
  }
  EXPECT_LE(out, in + in / 10);
}

std::vector<ByteString> fixtures() {
  return {
      uplink_frame(kAcme, ue_packet()),
      uplink_frame(kCarol, ue_packet(), 0, -1),
      from_gnb(kAcme, ipv4(kGnb, kOurs, 17, udp(kGnb, kOurs, 2152, 2152, gpdu(kUplinkTeid, ue_packet(), 9), true))),
      from_gnb(kBravo, to_endpoint(hex("32 01 0004 00000000 0007 00 00"))),
      from_gnb(kAcme, ipv4(kGnb, kOurs, 1, icmp_echo(8, 1, hex("0102030405060708")))),
      ethernet(wire::kMacBroadcast, kGnbMac, 100, 0x0806, arp(wire::ArpOperation::request, kGnbMac, kGnb, {}, kOurs)),
      from_router(kAcme, packet_to_ue()),
      from_router(kCarol, packet_to_ue()),
  };
}

PortIndex port_of(const ByteString& frame) { return frame[5] == kOurMac[1][5] ? kCorePort : kAccessPort; }

std::string told(const Verdict& v) {
  std::string out = to_string(v.drops) + ";";
  for (const SentFrame& s : v.sent) out += std::string(s.frame.begin(), s.frame.end());
  return out;
}

// Whatever lies behind the cut must make no difference: a stage that reads it gives two verdicts.
TEST_F(Hostile, EveryFrameCutAtEveryByte) {
  for (const ByteString& whole : fixtures()) {
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      Received cut(ByteString(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)));
      world.context().next_identification = 0;
      const Verdict first = world.receive(port_of(whole), {cut});
      EXPECT_EQ(first.drops.size(), 1u);
      EXPECT_TRUE(first.sent.empty());
      cut.garbage = 0;
      world.context().next_identification = 0;
      EXPECT_EQ(told(world.receive(port_of(whole), {cut})), told(first));
      ASSERT_EQ(world.check_books(), "");
    }
  }
}

// The same frames whole, in two segments cut at every byte: taken, or dropped as truncated.
TEST_F(Hostile, EveryFrameInTwoSegments) {
  const std::vector<ByteString> frames = fixtures();
  for (const ByteString& whole : frames) {
    unsigned taken = 0;
    for (size_t bytes = 1; bytes < whole.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      Received parts(whole, {bytes});
      world.context().next_identification = 0;
      const Verdict first = world.receive(port_of(whole), {parts});
      EXPECT_EQ(first.drops.size() + first.sent.size(), 1u);
      taken += static_cast<unsigned>(first.sent.size());
      parts.garbage = 0;
      world.context().next_identification = 0;
      EXPECT_EQ(told(world.receive(port_of(whole), {parts})), told(first));
      ASSERT_EQ(world.check_books(), "");
    }
    // ARP and the Echo Request end with their headers, so no cut leaves those whole.
    if (&whole - frames.data() == 3 || &whole - frames.data() == 5) continue;
    EXPECT_GT(taken, 0u);
  }
}

TEST_F(Hostile, EveryByteChanged) {
  for (const ByteString& whole : fixtures()) {
    for (size_t at = 0; at < whole.size(); ++at) {
      std::vector<Received> burst;
      for (unsigned value = 0; value < 256; value += 5)
        burst.push_back(with_byte(whole, at, static_cast<uint8_t>(value)));
      const Verdict v = world.receive(port_of(whole), burst);
      EXPECT_LE(v.drops.size(), burst.size());
      ASSERT_EQ(world.check_books(), "") << "byte " << at;
    }
  }
  world.messages_to_agent();
}

TEST_F(Hostile, RandomFramesWithRightHeadsUpToSomewhere) {
  std::mt19937 random(1812);
  const std::vector<ByteString> whole = fixtures();
  for (int round = 0; round < 2000; ++round) {
    std::vector<Received> burst;
    for (int n = 0; n < 16; ++n) {
      ByteString frame = whole[random() % 6];
      const size_t keep = random() % frame.size();
      frame.resize(keep + random() % 200);
      for (size_t i = keep; i < frame.size(); ++i) frame[i] = static_cast<uint8_t>(random());
      // Right IPv4 checksums let the noise in deeper.
      if (frame.size() >= 38 && frame[12] == 0x81) frame = with_ip_checksum(with_byte(frame, 18, 0x45), 18);
      burst.push_back(frame);
    }
    world.receive(kAccessPort, burst);
    ASSERT_EQ(world.check_books(), "");
  }
  world.messages_to_agent();
}

// 20 bytes of IP in a frame of several segments, so that whole segments are cut.
TEST_F(Hostile, PaddingOfManySegments) {
  const ByteString frame = from_gnb(kAcme, ipv4(kGnb, kOurs, 1, icmp_echo(8, 1, {}))) + zeros(4000);
  const Verdict v = world.receive(kAccessPort, {Received(frame, {60, 1000, 1000, 1000})});
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].frame.size(), 18u + 28u);
}

}  // namespace
}  // namespace demarc::dp::test
