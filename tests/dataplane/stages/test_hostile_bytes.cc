// Every kind of good frame, on every way, cut at every byte and with each byte changed: nothing crashes, nothing is
// lost, and nobody but the tenant whose link it is notices.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/hostile.h"

namespace demarc::dp::test {
namespace {

// GTP-U messages that are taken.
std::vector<ByteString> good_messages() {
  const Ipv6Address ue = address6("fe80::7");
  const Ipv6Address routers = address6("ff02::2");
  const ByteString solicitation =
      ipv6(ue, routers, wire::kProtocolIcmpv6, icmpv6(ue, routers, hex("8500 0000 00000000")), 255);
  const ByteString tcp = ipv4(ue_address(2), address("198.51.100.1"), wire::kProtocolTcp,
                              hex("1388 0050 00000000 00000000 6002 ffff 0000 0000 020405b4"));
  return {
      gpdu(kUplinkTeid, ue_packet()),
      gpdu(kQfiTeid, ue_packet(1), kMarkedQfi),
      gpdu(kFilterTeid, tcp, kMarkedQfi),
      gpdu(kUplinkTeid6, ue_packet6(), kMarkedQfi),
      gpdu(kUplinkTeid6, solicitation),
      hex("37 ff 0033 00000064 1234 56 40 01 0868 85 01 1009 00") + ue_packet(),
      hex("32 01 0004 00000000 0007 00 00"),
      hex("32 02 0006 00000000 0007 00 00 0e 05"),
      hex("36 1a 0014 00000000 0000 00 40 01 0868 00 10 000000a0 85 0004 0a010002"),
      hex("32 1f 0008 00000000 0000 00 00 8d 02 40 85"),
      hex("30 fe 0000 00000064"),
  };
}

ByteString sized(ByteString message) {
  return with_word(std::move(message), 2, static_cast<uint16_t>(message.size() - 8));
}

struct Good {
  PortIndex port;
  ByteString frame;
};

std::vector<Good> good_frames(const Way& w) {
  std::vector<Good> out;
  for (const ByteString& message : good_messages()) {
    const bool has_length = message.size() > 8 && message[1] == wire::kGtpuGPdu;
    out.push_back({kAccessPort, w.carry(has_length ? sized(message) : message)});
  }
  // The middle of a datagram in three pieces.
  const ByteString datagram = w.datagram(gpdu(kUplinkTeid, ue_packet()));
  const ByteString part(datagram.begin() + 16, datagram.begin() + 32);
  out.push_back({kAccessPort, w.outer_ipv6 ? w.frame(w.packet(hex("1100 0011 00000007") + part, 44))
                                           : w.frame(with_ip_checksum(with_word(w.packet(part), 6, 0x2002)))});
  out.push_back({kCorePort, from_router(w.tenant, packet_to_ue())});
  out.push_back({kCorePort, from_router6(w.tenant, packet_to_ue6())});
  return out;
}

class HostileBytes : public HostileWorld {
 protected:
  void TearDown() override {
    world.messages_to_agent();
    world.poll_held(world.now_tsc + 1'000'000'000);
    HostileWorld::TearDown();
  }
  // What came of it, in words that can be compared.
  std::string outcome(PortIndex port, const Received& frame) {
    later();
    world.context().next_identification = 0;
    const Verdict v = world.receive(port, {frame});
    std::string out = to_string(v.drops);
    for (const auto* frames : {&v.sent, &v.told})
      for (const SentFrame& s : *frames) out += ";" + std::string(s.frame.begin(), s.frame.end());
    return out;
  }
};

TEST_P(HostileBytes, TheyAreGood) {
  for (const Good& good : good_frames(way())) {
    const Verdict v = world.receive(good.port, good.frame);
    EXPECT_EQ(to_string(v.drops), "none") << &good - good_frames(way()).data();
  }
  EXPECT_EQ(world.messages_to_agent().size(), 2u) << "of an Echo Response and an Error Indication";
}

// Whatever lies behind the cut must make no difference: a stage that reads it gives two verdicts.
TEST_P(HostileBytes, CutAtEachByte) {
  const Books before(world);
  for (const Good& good : good_frames(way()))
    for (size_t bytes = 0; bytes < good.frame.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      Received cut(ByteString(good.frame.begin(), good.frame.begin() + static_cast<ptrdiff_t>(bytes)));
      const std::string first = outcome(good.port, cut);
      EXPECT_EQ(first.find(" of tenant "), first.rfind(" of tenant ")) << first;
      EXPECT_NE(first.find(" of tenant "), std::string::npos) << "one drop, not " << first;
      cut.garbage = 0;
      EXPECT_EQ(outcome(good.port, cut), first);
      ASSERT_EQ(world.check_books(), "");
    }
  Books books = before;
  books.ignore_tenant(world, way().tenant.slot);
  books.ignore_tenant(world, kHouse);
  EXPECT_EQ(books.differences(world), "");
}

// The message alone is cut, and the headers around it say so; its own length once as it was, once mended.
TEST_P(HostileBytes, MessagesCutAtEachByte) {
  const Books before(world);
  for (const ByteString& message : good_messages())
    for (size_t bytes = 0; bytes < message.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      const ByteString cut(message.begin(), message.begin() + static_cast<ptrdiff_t>(bytes));
      Received as_it_was(way().carry(cut));
      const std::string first = outcome(kAccessPort, as_it_was);
      EXPECT_NE(first.find(" of tenant "), std::string::npos) << "one drop, not " << first;
      as_it_was.garbage = 0;
      EXPECT_EQ(outcome(kAccessPort, as_it_was), first);
      if (bytes < 8) continue;
      Received mended(way().carry(sized(cut)));
      const std::string second = outcome(kAccessPort, mended);
      mended.garbage = 0;
      EXPECT_EQ(outcome(kAccessPort, mended), second);
      world.messages_to_agent();
      ASSERT_EQ(world.check_books(), "");
    }
  Books books = before;
  books.ignore_tenant(world, way().tenant.slot);
  EXPECT_EQ(books.differences(world), "");
}

TEST_P(HostileBytes, EachChanged) {
  for (const Good& good : good_frames(way()))
    for (size_t at = 0; at < good.frame.size(); ++at) {
      SCOPED_TRACE(at);
      const Books before(world);
      later();
      world.receive(good.port, {with_byte(good.frame, at, 0x00), with_byte(good.frame, at, 0xff)});
      world.messages_to_agent();
      ASSERT_EQ(world.check_books(), "");
      if (way().tenant.access_vlan != 0 && at >= 12 && at < 16) continue;  // another's tag, or none
      Books books = before;
      books.ignore_tenant(world, way().tenant.slot);
      books.ignore_tenant(world, kHouse);
      ASSERT_EQ(books.differences(world), "");
    }
  world.poll_held(world.now_tsc + 1'000'000'000);
  expect_traffic(way());
  expect_traffic(other_way());
}

INSTANTIATE_TEST_SUITE_P(Ways, HostileBytes, ::testing::Combine(::testing::Bool(), ::testing::Bool()), hostile_variant);

}  // namespace
}  // namespace demarc::dp::test
