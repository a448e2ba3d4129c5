// Packets that are larger than their way out takes: cut, or dropped.
#include <gtest/gtest.h>

#include <map>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

ByteString pattern(size_t bytes) {
  ByteString out(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(i * 7 + i / 256);
  return out;
}

ByteString with_df(const ByteString& packet) { return with_ip_checksum(with_word(packet, 6, 0x4000)); }

const wire::Ipv4Header& header_of(const ByteString& packet) {
  return *reinterpret_cast<const wire::Ipv4Header*>(packet.data());
}

// Puts IPv4 fragments together as RFC 791 says, and checks each on the way. Empty: they do not fit together.
ByteString reassembled(const std::vector<ByteString>& fragments, size_t mtu) {
  std::map<size_t, ByteString> parts;
  ByteString head;
  size_t end = 0;
  for (const ByteString& f : fragments) {
    const wire::Ipv4Header& ip = header_of(f);
    EXPECT_LE(f.size(), mtu);
    EXPECT_EQ(ip.total_length.host(), f.size());
    EXPECT_TRUE(wire::checksum_is_right(wire::ipv4_header_sum(f.data(), ip.header_bytes())));
    EXPECT_EQ(ip.identification, header_of(fragments[0]).identification);
    const ByteString data = tail(f, ip.header_bytes());
    if (ip.fragment_offset() == 0) head = ByteString(f.begin(), f.begin() + static_cast<ptrdiff_t>(ip.header_bytes()));
    if (!ip.more_fragments()) {
      end = ip.fragment_offset() * 8u + data.size();
    } else {
      EXPECT_EQ(data.size() % 8, 0u);
    }
    parts[ip.fragment_offset() * 8u] = data;
  }
  ByteString out;
  for (const auto& [offset, data] : parts) {
    if (offset != out.size()) return {};
    out = out + data;
  }
  if (out.size() != end || head.empty()) return {};
  out = head + out;
  return with_ip_checksum(with_word(with_word(out, 2, static_cast<uint16_t>(out.size())), 6, 0));
}

class Fragments : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  template <class Change>
  void change(AttachmentSlot slot, Change change) {
    TopologySpec spec = world.spec();
    change(spec.attachments[slot.value]);
    world.set_topology(spec);
  }
  Verdict up(const ByteString& inner) { return world.receive(kAccessPort, uplink_frame(kAcme, inner)); }
  Verdict down(const ByteString& packet, std::vector<size_t> segments = {}) {
    return world.receive(kCorePort, {{from_router(kAcme, packet), std::move(segments)}});
  }
  static std::vector<ByteString> packets(const Verdict& v, size_t cut = 18) {
    std::vector<ByteString> out;
    for (const SentFrame& s : v.sent) out.push_back(tail(s.frame, cut));
    return out;
  }
  World world;
};

ByteString forwarded(const ByteString& packet) {
  return with_ip_checksum(with_byte(packet, 8, static_cast<uint8_t>(packet[8] - 1)));
}

TEST_F(Fragments, ToTheCore) {
  change(kAcme.core(), [](AttachmentRow& a) { a.mtu = 576; });
  for (const size_t data : {549u, 1000u, 1400u}) {
    SCOPED_TRACE(data);
    const ByteString inner = ue_packet(0, pattern(data));
    const Verdict v = up(inner);
    EXPECT_EQ(to_string(v.drops), "none");
    EXPECT_EQ(v.sent.size(), (inner.size() - 20 + 551) / 552);
    EXPECT_EQ(reassembled(packets(v), 576), forwarded(inner));
  }
  EXPECT_EQ(up(ue_packet(0, pattern(548))).sent.size(), 1u);
  EXPECT_EQ(to_string(up(with_df(ue_packet(0, pattern(549)))).drops), "ipv4_too_big of tenant 1");
  change(kAcme.core(), [](AttachmentRow& a) { a.fragment_ipv4 = false; });
  EXPECT_EQ(to_string(up(ue_packet(0, pattern(549))).drops), "ipv4_too_big of tenant 1");
}

TEST_F(Fragments, AFragmentIsCutAgainInItsPlace) {
  change(kAcme.core(), [](AttachmentRow& a) { a.mtu = 576; });
  ByteString inner = with_ip_checksum(with_word(ue_packet(0, pattern(1000)), 6, 0x2000 | 100));
  const Verdict v = up(inner);
  ASSERT_EQ(v.sent.size(), 2u);
  EXPECT_EQ(header_of(packets(v)[0]).fragment.host(), 0x2000 | 100);
  EXPECT_EQ(header_of(packets(v)[1]).fragment.host(), 0x2000 | (100 + 552 / 8)) << "and more follow still";
}

TEST_F(Fragments, OptionsAreCopiedWhereTheyShallBe) {
  ByteString packet = packet_to_ue(0, pattern(1400));
  packet.insert(packet.begin() + 20, {0x44, 4, 5, 0, 0x94, 4, 0, 0});  // timestamp: not copied; router alert: copied
  packet[0] = 0x47;
  packet = with_ip_checksum(with_word(packet, 2, static_cast<uint16_t>(packet.size())));
  TopologySpec spec = world.spec();
  spec.vrfs[kAcme.core_vrf().value].mtu = 1280;
  world.set_topology(spec);
  const std::vector<ByteString> inner = packets(down(packet), 18 + 44);
  ASSERT_EQ(inner.size(), 2u);
  EXPECT_EQ(inner[0][0], 0x47);
  EXPECT_EQ(inner[1][0], 0x46);
  EXPECT_EQ(ByteString(inner[1].begin() + 20, inner[1].begin() + 24), hex("94040000"));
  EXPECT_EQ(reassembled(inner, 1280), forwarded(packet));
}

TEST_F(Fragments, OfTheTunnelAndInsideOfIt) {
  const ByteString packet = packet_to_ue(0, pattern(1472));
  const Verdict outside = down(packet);
  EXPECT_EQ(to_string(outside.drops), "none");
  ASSERT_EQ(outside.sent.size(), 2u);
  const ByteString outer = reassembled(packets(outside), 1500);
  ASSERT_EQ(outer.size(), 44 + packet.size());
  EXPECT_EQ(tail(outer, 44), forwarded(packet)) << "the tunnel's packet was cut, not the one inside";

  SessionSpec spec = session_of(kAcme);
  spec.fars[1].outer_dont_fragment = true;
  ASSERT_TRUE(world.sessions().put(spec));
  const Verdict inside = down(packet);
  ASSERT_EQ(inside.sent.size(), 2u) << to_string(inside.drops);
  for (const ByteString& p : packets(inside)) {
    const wire::Ipv4Header& ip = header_of(p);
    EXPECT_TRUE(ip.dont_fragment());
    EXPECT_EQ(ip.total_length.host(), p.size());
    EXPECT_TRUE(wire::checksum_is_right(wire::ipv4_header_sum(p.data(), 20)));
    EXPECT_EQ(p[24] << 8 | p[25], static_cast<int>(p.size() - 20)) << "UDP length";
    EXPECT_EQ(p[30] << 8 | p[31], static_cast<int>(p.size() - 36)) << "GTP-U length";
  }
  EXPECT_NE(header_of(packets(inside)[0]).identification, header_of(packets(inside)[1]).identification);
  EXPECT_EQ(reassembled(packets(inside, 18 + 44), 1500 - 44), forwarded(packet));

  EXPECT_EQ(to_string(down(with_df(packet)).drops), "encap_too_big of tenant 1") << "its sender shall hear of it";
  change(kAcme.access(), [](AttachmentRow& a) { a.fragment_ipv4 = false; });
  EXPECT_EQ(to_string(down(packet).drops), "encap_too_big of tenant 1");
}

TEST_F(Fragments, InATunnelOverIpv6OnlyInsideOfIt) {
  SessionSpec spec = session_of(kAcme);
  spec.outer_ipv6 = {{address6("2001:db8:1::2"), address6("2001:db8:1::1")}};
  spec.fars[1].outer_ipv6 = 1;
  ASSERT_TRUE(world.sessions().put(spec));
  const ByteString packet = packet_to_ue(0, pattern(1472));
  const Verdict v = down(packet, {300, 300});
  ASSERT_EQ(v.sent.size(), 2u) << to_string(v.drops);
  for (const ByteString& p : packets(v)) {
    EXPECT_EQ(p[4] << 8 | p[5], static_cast<int>(p.size() - 40)) << "IPv6 payload length";
    EXPECT_EQ(p[44] << 8 | p[45], static_cast<int>(p.size() - 40)) << "UDP length";
  }
  EXPECT_EQ(reassembled(packets(v, 18 + 64), 1500 - 64), forwarded(packet));
}

TEST_F(Fragments, CountAsOriginatedButTheFirst) {
  change(kAcme.core(), [](AttachmentRow& a) { a.mtu = 576; });
  up(ue_packet(0, pattern(1400)));
  EXPECT_EQ(world.counter(kAcme.slot, Counter::ipv4_fragments_made), 3u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::originated_packets), 2u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::sent_packets), 3u);
}

TEST_F(Fragments, ABurstOfLargeAndSmall) {
  change(kAcme.core(), [](AttachmentRow& a) { a.mtu = 576; });
  std::vector<Received> burst;
  for (unsigned n = 0; n < 64; ++n)
    burst.push_back(uplink_frame(n % 2 ? kAcme : kBravo, ue_packet(0, pattern(n % 3 ? 1400 : 100))));
  const Verdict v = world.receive(kAccessPort, burst);
  EXPECT_EQ(to_string(v.drops), "none");
  size_t expected = 0;
  for (unsigned n = 0; n < 64; ++n) expected += n % 2 && n % 3 ? 3 : 1;
  EXPECT_EQ(v.sent.size(), expected);
}

TEST_F(Fragments, WithoutABufferThePacketIsDroppedWhole) {
  change(kAcme.core(), [](AttachmentRow& a) { a.mtu = 576; });
  std::vector<rte_mbuf*> taken;
  while (rte_mbuf* m = rte_pktmbuf_alloc(world.context().pool)) taken.push_back(m);
  ASSERT_GT(taken.size(), 3u);
  for (int n = 0; n < 2; ++n) {
    rte_pktmbuf_free(taken.back());
    taken.pop_back();
  }
  const Verdict v = up(ue_packet(0, pattern(1400)));
  EXPECT_EQ(to_string(v.drops), "buffer_none of tenant 1");
  EXPECT_TRUE(v.sent.empty());
  rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
}

}  // namespace
}  // namespace demarc::dp::test
