// Hostile frames: each ends as exactly one named drop of the right tenant or as one answer, whatever it is cut to and
// whatever lies in memory behind it; no mbuf is lost, and nobody else notices. The list of what is known to be sent is
// in test_hostile_table.cc.
#include <gtest/gtest.h>

#include <random>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kGnb = address("10.1.0.2");
const Be32 kOurs = address("10.1.0.1");

class Hostile : public ::testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(world.check_books(), "");
    EXPECT_EQ(world.receive(kAccessPort, uplink_frame(kAcme, ue_packet())).sent.size(), 1u) << "traffic goes on";
    EXPECT_EQ(world.receive(kCorePort, from_router(kAcme, packet_to_ue())).sent.size(), 1u);
  }
  World world;
};

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
