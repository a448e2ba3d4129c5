// The byte strings were made by scapy.
#include <gtest/gtest.h>

#include "common/wire/nd.h"
#include "tests/common/wire/fixture.h"

namespace demarc::wire {
namespace {

using test::ByteString;
using test::for_each_cut;
using test::hex;

Ipv6Address at(std::string_view text) { return parse_ipv6(text).value(); }

const ByteString kSolicitation =
    hex("6000000000203aff 20010db8000100000000000000000002 ff0200000000000000000001ff000001"
        "87001b8b00000000 20010db8000100000000000000000001 0101029b00000001");
const ByteString kAdvertisement =
    hex("6000000000203aff 20010db8000100000000000000000001 20010db8000100000000000000000002"
        "88000993e0000000 20010db8000100000000000000000001 020102de00000000");
const ByteString kProbe =
    hex("6000000000183aff 00000000000000000000000000000000 ff0200000000000000000001ff000001"
        "87004cec00000000 20010db8000100000000000000000001");
const ByteString kRouterSolicitation =
    hex("6000000000083aff fe800000000000000000000000000005 ff020000000000000000000000000002 85007d3200000000");

constexpr MacAddress kGnb{2, 0x9b, 0, 0, 0, 1};
constexpr MacAddress kOurs{2, 0xde, 0, 0, 0, 0};

NdParse parse(const ByteString& packet) { return parse_nd(packet.data() + 40, packet.size() - 40); }
bool valid(const ByteString& packet) {
  Ipv6Header ip;
  std::memcpy(&ip, packet.data(), sizeof ip);
  return nd_is_valid(ip, parse(packet));
}
ByteString with(ByteString b, size_t offset, std::string_view bytes) {
  const ByteString other = hex(bytes);
  std::copy(other.begin(), other.end(), b.begin() + static_cast<ptrdiff_t>(offset));
  return b;
}

TEST(Nd, ParsesWhatAnotherHandMade) {
  const NdParse ns = parse(kSolicitation);
  ASSERT_TRUE(ns.well_formed);
  EXPECT_EQ(ns.type, kIcmpv6NeighborSolicitation);
  EXPECT_EQ(ns.target, at("2001:db8:1::1"));
  EXPECT_TRUE(ns.has_link_address);
  EXPECT_EQ(ns.link_address, kGnb);
  const NdParse na = parse(kAdvertisement);
  ASSERT_TRUE(na.well_formed);
  EXPECT_EQ(na.flags, kNaRouter | kNaSolicited | kNaOverride);
  EXPECT_EQ(na.link_address, kOurs);
  EXPECT_FALSE(parse(kProbe).has_link_address);
  EXPECT_EQ(parse(kRouterSolicitation).type, kIcmpv6RouterSolicitation);
  for (const ByteString& packet : {kSolicitation, kAdvertisement, kProbe, kRouterSolicitation})
    EXPECT_TRUE(valid(packet));
}

TEST(Nd, RefusesWhatTheRfcSaysToDiscard) {
  struct Case {
    const char* description;
    ByteString packet;
  };
  for (const Case& c : {
           Case{"hop limit 254", with(kSolicitation, 7, "fe")},
           Case{"code 1", with(kSolicitation, 41, "01")},
           Case{"a group as target", with(kSolicitation, 48, "ff02")},
           Case{"an option of length 0", with(kSolicitation, 65, "00")},
           Case{"an option past the end", with(kSolicitation, 65, "02")},
           Case{"a group as link-layer address", with(kSolicitation, 66, "01")},
           Case{"no link-layer address in it", with(kSolicitation, 66, "000000000000")},
           Case{"a probe that is not to the solicited-node group", with(kProbe, 39, "02")},
           Case{"a probe with a link-layer address", with(kSolicitation, 8, "00000000000000000000000000000000")},
           Case{"a solicited advertisement to all nodes", with(kAdvertisement, 24, "ff02")},
           Case{"an echo request", with(kSolicitation, 40, "80")},
       })
    EXPECT_FALSE(valid(c.packet)) << c.description;
  ByteString endless(kProbe.begin() + 40, kProbe.end());
  for (int n = 0; n < 100; ++n) endless.insert(endless.end(), {9, 1, 0, 0, 0, 0, 0, 0});
  EXPECT_FALSE(parse_nd(endless.data(), endless.size()).well_formed);
}

TEST(Nd, CutAtEveryByte) {
  for (const ByteString& packet : {kSolicitation, kAdvertisement, kProbe, kRouterSolicitation}) {
    const ByteString message(packet.begin() + 40, packet.end());
    for_each_cut(message, [&message](const uint8_t* data, size_t bytes) {
      const NdParse got = parse_nd(data, bytes);
      // Without its options a message is one, too.
      if (got.well_formed) {
        EXPECT_TRUE(bytes == message.size() || bytes == 24) << bytes;
      }
    });
  }
}

TEST(Nd, WritesWhatAnotherHandMade) {
  ByteString out(kNdNeighborPacketBytes);
  write_nd_neighbor(out.data(), kIcmpv6NeighborSolicitation, 0, at("2001:db8:1::2"),
                    solicited_node(at("2001:db8:1::1")), at("2001:db8:1::1"), kGnb);
  EXPECT_EQ(out, kSolicitation);
  write_nd_neighbor(out.data(), kIcmpv6NeighborAdvertisement, kNaRouter | kNaSolicited | kNaOverride,
                    at("2001:db8:1::1"), at("2001:db8:1::2"), at("2001:db8:1::1"), kOurs);
  EXPECT_EQ(out, kAdvertisement);
}

TEST(Nd, WritesRouterAdvertisements) {
  ByteString out(kNdRouterAdvertisementBytesMax);
  out.resize(write_nd_router_advertisement(out.data(), at("fe80::1"), at("fe80::5"), at("2001:db8:45::"), 64));
  EXPECT_EQ(out, hex("6000000000303aff fe800000000000000000000000000001 fe800000000000000000000000000005"
                     "8600cb4a4000ffff0000000000000000 03044040ffffffffffffffff00000000"
                     "20010db8004500000000000000000000"));
  ByteString bare(kNdRouterAdvertisementBytesMax);
  bare.resize(write_nd_router_advertisement(bare.data(), at("fe80::1"), at("fe80::5"), at("2001:db8:45::"), 128));
  EXPECT_EQ(bare.size(), 56u);
}

TEST(Nd, DerivesAddressesFromEachOther) {
  EXPECT_EQ(solicited_node(at("2001:db8::1234:5678")), at("ff02::1:ff34:5678"));
  EXPECT_EQ(multicast_mac(at("ff02::1:ff34:5678")), (MacAddress{0x33, 0x33, 0xff, 0x34, 0x56, 0x78}));
  EXPECT_EQ(multicast_mac(kAllNodes), (MacAddress{0x33, 0x33, 0, 0, 0, 1}));
  // RFC 4291 appendix A has this address.
  EXPECT_EQ(link_local_of({0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde}), at("fe80::3656:78ff:fe9a:bcde"));
  EXPECT_EQ(link_local_of({2, 0, 0, 0, 0, 1}), at("fe80::ff:fe00:1"));
}

}  // namespace
}  // namespace demarc::wire
