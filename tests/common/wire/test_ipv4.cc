#include <gtest/gtest.h>

#include "common/wire/icmp.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "tests/common/wire/fixture.h"

namespace demarc::wire {
namespace {

using test::ByteString;
using test::for_each_cut;
using test::hex;

struct Case {
  const char* description;
  ByteString input;
  Ipv4Error expect_error;
  size_t expect_header_bytes = 0;
  size_t expect_total_bytes = 0;
};

std::vector<Case> cases() {
  return {
      {"the header of RFC 1071's readers, 192.168.0.1 to 192.168.0.199, all of its 115 bytes",
       [] {
         ByteString b = hex("4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7");
         b.resize(0x73);
         return b;
       }(),
       Ipv4Error::none, 20, 115},
      {"header alone", hex("4500 0014 0000 0000 4001 66e7 0a000001 0a000002"), Ipv4Error::none, 20, 20},
      {"Ethernet padding behind it", hex("4500 0014 0000 0000 4001 66e7 0a000001 0a000002 0000 0000"), Ipv4Error::none,
       20, 20},
      {"with an option", hex("4600 0018 0000 0000 4001 64e2 0a000001 0a000002 01010000"), Ipv4Error::none, 24, 24},
      {"empty", {}, Ipv4Error::truncated},
      {"19 bytes", hex("4500 0014 0000 0000 4001 66e7 0a000001 0a0000"), Ipv4Error::truncated},
      {"version 6", hex("6000 0014 0000 0000 4001 66e7 0a000001 0a000002"), Ipv4Error::bad_version},
      {"version 0", hex("0500 0014 0000 0000 4001 66e7 0a000001 0a000002"), Ipv4Error::bad_version},
      {"header length of 4 words", hex("4400 0014 0000 0000 4001 67e7 0a000001 0a000002"),
       Ipv4Error::bad_header_length},
      {"header length 0", hex("4000 0014 0000 0000 4001 6be7 0a000001 0a000002"), Ipv4Error::bad_header_length},
      {"header length of 15 words, total length 20", hex("4f00 0014 0000 0000 4001 5ce7 0a000001 0a000002"),
       Ipv4Error::bad_header_length},
      {"header length of 15 words, total length 60, 20 bytes there",
       hex("4f00 003c 0000 0000 4001 5cbf 0a000001 0a000002"), Ipv4Error::truncated},
      {"total length below the header", hex("4500 0013 0000 0000 4001 66e8 0a000001 0a000002"),
       Ipv4Error::bad_header_length},
      {"total length 0", hex("4500 0000 0000 0000 4001 66fb 0a000001 0a000002"), Ipv4Error::bad_header_length},
      {"total length one past the end", hex("4500 0015 0000 0000 4001 66e6 0a000001 0a000002"), Ipv4Error::truncated},
      {"checksum off by one", hex("4500 0014 0000 0000 4001 66e8 0a000001 0a000002"), Ipv4Error::bad_checksum},
  };
}

TEST(Ipv4, Parses) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.description);
    const Ipv4Parse got = parse_ipv4_header(c.input.data(), c.input.size(), c.input.size(), true);
    EXPECT_EQ(static_cast<int>(got.error), static_cast<int>(c.expect_error));
    if (got.error != Ipv4Error::none) continue;
    EXPECT_EQ(got.header_bytes, c.expect_header_bytes);
    EXPECT_EQ(got.total_bytes, c.expect_total_bytes);
  }
}

TEST(Ipv4, CutAtEveryByte) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.description);
    for_each_cut(c.input, [&c](const uint8_t* data, size_t bytes) {
      const Ipv4Parse got = parse_ipv4_header(data, bytes, bytes, true);
      if (got.error == Ipv4Error::none) {
        EXPECT_GE(bytes, c.expect_total_bytes);
      }
      const Ipv4Parse in_segments = parse_ipv4_header(data, bytes, c.input.size(), true);
      if (in_segments.error == Ipv4Error::none) {
        EXPECT_LE(in_segments.header_bytes, bytes);
      }
    });
  }
}

TEST(Ipv4, ChecksumIsOnlyBelievedUnseenWhenToldSo) {
  const ByteString wrong = hex("4500 0014 0000 0000 4001 0000 0a000001 0a000002");
  EXPECT_EQ(parse_ipv4_header(wrong.data(), wrong.size(), wrong.size(), false).error, Ipv4Error::none);
}

TEST(Ipv4, WritesAHeaderThatItParses) {
  ByteString out(20);
  write_ipv4(out.data(), 20, 64, kProtocolIcmp, Be32::from_host(0x0a000001), Be32::from_host(0x0a000002));
  EXPECT_EQ(out, hex("4500 0014 0000 0000 4001 66e7 0a000001 0a000002"));
}

// RFC 1624 exists because some incremental updates go wrong where the sum is 0xffff or 0; so every value is tried.
TEST(Ipv4, DecrementedTtlKeepsTheChecksumRight) {
  for (unsigned identification = 0; identification <= 0xffff; identification += 3) {
    for (uint8_t ttl : {1, 2, 64, 128, 255}) {
      Ipv4Header h;
      write_ipv4(reinterpret_cast<uint8_t*>(&h), 20, ttl, kProtocolUdp, Be32::from_host(0x0a000001),
                 Be32::from_host(0xc0a80001), 0, static_cast<uint16_t>(identification));
      ipv4_decrement_ttl(h);
      ASSERT_EQ(h.ttl, ttl - 1);
      ASSERT_TRUE(checksum_is_right(checksum_add(0, reinterpret_cast<const uint8_t*>(&h), 20)))
          << "identification " << identification << ", TTL " << int{ttl};
    }
  }
}

TEST(Ipv4, KnowsAFragment) {
  Ipv4Header h{};
  EXPECT_FALSE(h.is_fragment());
  h.fragment = Be16::from_host(0x4000);  // DF
  EXPECT_FALSE(h.is_fragment());
  h.fragment = Be16::from_host(0x2000);  // MF
  EXPECT_TRUE(h.is_fragment());
  EXPECT_TRUE(h.more_fragments());
  h.fragment = Be16::from_host(185);
  EXPECT_TRUE(h.is_fragment());
  EXPECT_FALSE(h.more_fragments());
  EXPECT_EQ(h.fragment_offset(), 185);
}

TEST(Ipv4, KnowsMartians) {
  for (uint32_t martian : {0u, 0x00ffffffu, 0x7f000001u, 0x7fffffffu, 0xe0000001u, 0xefffffffu, 0xf0000001u, ~0u})
    EXPECT_TRUE(ipv4_is_martian_source(martian)) << std::hex << martian;
  for (uint32_t fine : {0x01000000u, 0x0a000001u, 0x7effffffu, 0x80000000u, 0xdfffffffu})
    EXPECT_FALSE(ipv4_is_martian_source(fine)) << std::hex << fine;
}

TEST(Checksum, OddLengthAndParts) {
  const ByteString data = hex("0001 f203 f4f5 f6f7");  // RFC 1071 section 3
  EXPECT_EQ(Be16::from_raw(checksum_fold(checksum_add(0, data.data(), data.size()))).host(), 0xddf2);
  const ByteString odd = hex("0001 f203 f4");
  const ByteString same = hex("0001 f203 f400");
  EXPECT_EQ(checksum_fold(checksum_add(0, odd.data(), odd.size())),
            checksum_fold(checksum_add(0, same.data(), same.size())));
  const ChecksumSum first = checksum_add(0, data.data(), 6);
  EXPECT_EQ(checksum_fold(checksum_add(first, data.data() + 6, 2)),
            checksum_fold(checksum_add(0, data.data(), data.size())));
}

TEST(Icmp, ParsesAndTurnsRound) {
  const ByteString request = hex("0800 f7ff 0000 0000");
  for_each_cut(request, [&](const uint8_t* data, size_t bytes) {
    EXPECT_EQ(parse_icmp(data, bytes).whole, bytes == request.size());
  });
  IcmpHeader h;
  std::memcpy(&h, request.data(), sizeof h);
  icmp_request_to_reply(h);
  ByteString reply(8);
  std::memcpy(reply.data(), &h, sizeof h);
  EXPECT_EQ(reply, hex("0000 ffff 0000 0000"));
  EXPECT_TRUE(checksum_is_right(checksum_add(0, reply.data(), reply.size())));
}

struct UdpCase {
  const char* description;
  ByteString input;
  bool expect_well_formed;
  size_t expect_bytes = 0;
};

TEST(Udp, ParsesAndIsCutAtEveryByte) {
  const UdpCase cases[] = {
      {"empty datagram", hex("0868 0868 0008 0000"), true, 8},
      {"four bytes", hex("0868 0868 000c 0000 deadbeef"), true, 12},
      {"length below the payload: padding of the IP packet", hex("0868 0868 0009 0000 deadbeef"), true, 9},
      {"length 7", hex("0868 0868 0007 0000"), false},
      {"length 0", hex("0868 0868 0000 0000"), false},
      {"length one past the end", hex("0868 0868 000d 0000 deadbeef"), false},
      {"length 65535", hex("0868 0868 ffff 0000 deadbeef"), false},
      {"seven bytes", hex("0868 0868 0008 00"), false},
      {"nothing", {}, false},
  };
  for (const UdpCase& c : cases) {
    SCOPED_TRACE(c.description);
    const UdpParse got = parse_udp(c.input.data(), c.input.size(), c.input.size());
    EXPECT_EQ(got.well_formed, c.expect_well_formed);
    if (got.well_formed) {
      EXPECT_EQ(got.datagram_bytes, c.expect_bytes);
    }
    for_each_cut(c.input, [&c](const uint8_t* data, size_t bytes) {
      if (parse_udp(data, bytes, bytes).well_formed) {
        EXPECT_GE(bytes, c.expect_bytes);
      }
      parse_udp(data, bytes, c.input.size());
    });
  }
}

TEST(Udp, ChecksumWithPseudoHeader) {
  // 10.0.0.1 port 1 to 10.0.0.2 port 2, "hi". Words: 0a00 0001 0a00 0002 0011 000a, 0001 0002 000a 0000 6869.
  ByteString datagram(10);
  datagram[8] = 'h';
  datagram[9] = 'i';
  const Be32 a = Be32::from_host(0x0a000001);
  const Be32 b = Be32::from_host(0x0a000002);
  write_udp(datagram.data(), 1, 2, 10);
  const Be16 sum = checksum_finish(checksum_add(udp_pseudo_header_sum(a, b, 10), datagram.data(), 10));
  EXPECT_EQ(sum.host(), 0x836b);
  write_udp(datagram.data(), 1, 2, 10, sum);
  EXPECT_TRUE(checksum_is_right(checksum_add(udp_pseudo_header_sum(a, b, 10), datagram.data(), 10)));
}

}  // namespace
}  // namespace demarc::wire
