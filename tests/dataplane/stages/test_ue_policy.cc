// What a core VRF and a FAR say of a UE's packets: inner options and routing headers, marking, MSS, size.
#include <gtest/gtest.h>

#include "common/wire/tcp.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kServer = address("198.51.100.1");
const Ipv6Address kServer6 = address6("2001:db8:ffff::1");

class UePolicy : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  template <class Change>
  void change_core(Change change) {
    TopologySpec spec = world.spec();
    change(spec.vrfs[kAcme.core_vrf().value]);
    world.set_topology(spec);
  }
  template <class Change>
  void change_far(size_t index, Change change) {
    SessionSpec spec = session_of(kAcme);
    change(spec.fars[index]);
    ASSERT_TRUE(world.sessions().put(spec));
  }
  Verdict up(const ByteString& inner) { return world.receive(kAccessPort, uplink_frame(kAcme, inner)); }
  Verdict down(const ByteString& packet) { return world.receive(kCorePort, from_router(kAcme, packet)); }
  World world;
};

ByteString with_options(const ByteString& packet) {
  ByteString out = packet;
  out.insert(out.begin() + 20, {0x83, 3, 4, 0});  // loose source route, empty
  out[0] = 0x46;
  return with_ip_checksum(with_word(out, 2, static_cast<uint16_t>(out.size())));
}

TEST_F(UePolicy, InnerIpv4OptionsByTheCoreVrfsWord) {
  const ByteString inner = with_options(ue_packet());
  EXPECT_EQ(to_string(up(inner).drops), "inner_ipv4_options of tenant 1");
  change_core([](VrfRow& v) { v.pass_options = true; });
  EXPECT_EQ(up(inner).sent.size(), 1u);
  EXPECT_EQ(to_string(world.receive(kAccessPort, uplink_frame(kBravo, inner)).drops), "inner_ipv4_options of tenant 2")
      << "what acme lets pass is nothing to bravo";
}

TEST_F(UePolicy, InnerRoutingHeadersByTheCoreVrfsWord) {
  ASSERT_TRUE(world.sessions().put(ipv6_session_of(kAcme, false)));
  const ByteString tail = udp6(ue_ipv6(), kServer6, 4000, 5000, hex("c0ffee"));
  const auto with_type = [&](const char* type) {
    return from_gnb(
        kAcme, to_endpoint(gpdu(kUplinkTeid6,
                                ipv6(ue_ipv6(), kServer6, 43, hex(std::string("1100") + type + "00 00000000") + tail),
                                kMarkedQfi)));
  };
  EXPECT_EQ(to_string(world.receive(kAccessPort, with_type("04")).drops), "inner_routing_header of tenant 1");
  change_core([](VrfRow& v) { v.pass_routing = true; });
  EXPECT_EQ(world.receive(kAccessPort, with_type("04")).sent.size(), 1u);
  EXPECT_EQ(to_string(world.receive(kAccessPort, with_type("00")).drops), "ipv6_routing_header of tenant 1")
      << "type 0 never passes";
}

TEST_F(UePolicy, MarkingOfWhatLeavesWithoutATunnel) {
  change_far(0, [](Far& f) { f.tos = 0xb8, f.tos_mask = 0xfc; });
  const ByteString inner = with_ip_checksum(with_byte(ue_packet(), 1, 0x23));
  const Verdict v = up(inner);
  ASSERT_EQ(v.sent.size(), 1u);
  const ByteString expected = with_ip_checksum(with_byte(with_byte(inner, 1, 0xbb), 8, 63));
  EXPECT_EQ(tail(v.sent[0].frame, 18), expected) << "DSCP is the FAR's, ECN the packet's, the checksum right";
}

TEST_F(UePolicy, MarkingOfOuterHeaders) {
  struct Case {
    const char* description;
    uint8_t tos, mask;
    bool copy;
    uint8_t expect;
  };
  const ByteString packet = with_ip_checksum(with_byte(packet_to_ue(), 1, 0x2b));
  for (const bool over_ipv6 : {false, true}) {
    for (const Case& c :
         {Case{"nothing said", 0, 0, false, 0}, Case{"copied, without ECN", 0, 0, true, 0x28},
          Case{"the FAR's", 0xb8, 0xfc, false, 0xb8}, Case{"the FAR's before the copy", 0xb8, 0xfc, true, 0xb8},
          Case{"the FAR's bits, the rest copied", 0x80, 0xe0, true, 0x88}}) {
      SCOPED_TRACE(std::string(c.description) + (over_ipv6 ? ", IPv6" : ", IPv4"));
      SessionSpec spec = session_of(kAcme);
      spec.fars[1].tos = c.tos;
      spec.fars[1].tos_mask = c.mask;
      spec.fars[1].copy_dscp = c.copy;
      if (over_ipv6) {
        spec.outer_ipv6 = {{address6("2001:db8:1::2"), address6("2001:db8:1::1")}};
        spec.fars[1].outer_ipv6 = 1;
      }
      ASSERT_TRUE(world.sessions().put(spec));
      const Verdict v = down(packet);
      ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
      const ByteString outer = tail(v.sent[0].frame, 18);
      EXPECT_EQ(over_ipv6 ? ((outer[0] << 4 & 0xf0) | outer[1] >> 4) : outer[1], c.expect);
      EXPECT_EQ(outer[outer.size() - packet.size() + 1], 0x2b) << "the inner one stays";
    }
  }
}

ByteString tcp_syn(uint8_t flags) {
  ByteString out = hex("0fa0 1388 00000001 00000000 60 00 ffff 0000 0000 0204 05b4");
  out[13] = flags;
  return out;
}

uint16_t mss_of(const ByteString& frame) { return static_cast<uint16_t>(frame[frame.size() - 2] << 8 | frame.back()); }

TEST_F(UePolicy, TcpMssOfBothDirectionsAndFamilies) {
  ASSERT_TRUE(world.sessions().put(ipv6_session_of(kAcme, false)));
  const auto both = [&](uint16_t expect4, uint16_t expect6) {
    for (const uint8_t flags : {0x02, 0x12}) {
      const ByteString syn = tcp_syn(flags);
      const Verdict sent[] = {
          up(ipv4(ue_address(), kServer, 6, syn)),
          down(ipv4(kServer, ue_address(), 6, syn)),
          world.receive(kAccessPort, from_gnb(kAcme, to_endpoint(gpdu(kUplinkTeid6, ipv6(ue_ipv6(), kServer6, 6, syn),
                                                                      kMarkedQfi)))),
          world.receive(kCorePort, from_router6(kAcme, ipv6(kServer6, ue_ipv6(), 6, syn))),
          world.receive(kCorePort, from_router6(kAcme, ipv6(kServer6, ue_ipv6(), 60, hex("0600 0104 00000000") + syn))),
      };
      for (size_t n = 0; n < std::size(sent); ++n) {
        SCOPED_TRACE(n);
        ASSERT_EQ(sent[n].sent.size(), 1u) << to_string(sent[n].drops);
        EXPECT_EQ(mss_of(sent[n].sent[0].frame), n < 2 ? expect4 : expect6);
      }
    }
  };
  both(1460, 1460);
  change_core([](VrfRow& v) { v.tcp_mss = 1360; });
  both(1360, 1340);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::tcp_mss_clamped), 10u);
  const ByteString data = tcp_syn(0x10);
  EXPECT_EQ(mss_of(up(ipv4(ue_address(), kServer, 6, data)).sent[0].frame), 1460) << "only of a SYN";
  ByteString later = with_ip_checksum(with_word(ipv4(ue_address(), kServer, 6, tcp_syn(2)), 6, 0x0001));
  EXPECT_EQ(mss_of(up(later).sent[0].frame), 1460) << "a later fragment has no TCP header";
}

TEST_F(UePolicy, PacketsLargerThanTheUesMtu) {
  change_core([](VrfRow& v) { v.mtu = 1280; });
  const auto with_df = [](const ByteString& p) { return with_ip_checksum(with_word(p, 6, 0x4000)); };
  const ByteString fits = ue_packet(0, zeros(1280 - 28));
  const ByteString large = ue_packet(0, zeros(1280 - 28 + 1));
  EXPECT_EQ(up(with_df(fits)).sent.size(), 1u);
  EXPECT_EQ(to_string(up(with_df(large)).drops), "ue_too_big of tenant 1");
  EXPECT_EQ(to_string(down(with_df(packet_to_ue(0, zeros(1280 - 28 + 1)))).drops), "ue_too_big of tenant 1");
  const Verdict cut = up(large);
  EXPECT_EQ(to_string(cut.drops), "none");
  ASSERT_EQ(cut.sent.size(), 2u) << "what may be cut is";
  EXPECT_EQ(cut.sent[0].frame.size(), 18 + 20 + 1256u);
}

}  // namespace
}  // namespace demarc::dp::test
