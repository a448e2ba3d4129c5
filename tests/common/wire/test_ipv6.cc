// The byte strings were made by scapy.
#include <gtest/gtest.h>

#include "common/wire/icmpv6.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "tests/common/wire/fixture.h"

namespace demarc::wire {
namespace {

using test::ByteString;
using test::for_each_cut;
using test::hex;

const Ipv6Address kHost = parse_ipv6("2001:db8:1::2").value();
const Ipv6Address kOurs = parse_ipv6("2001:db8:1::1").value();
const ByteString kUdp =
    hex("60000000000b1140 20010db8000100000000000000000002 20010db8000100000000000000000001"
        "0fa01388000bd238c0ffee");
const ByteString kEcho =
    hex("60000000000d3a40 20010db8000100000000000000000002 20010db8000100000000000000000001"
        "8000e83e123400076162636465");

TEST(Ipv6, Parses) {
  struct Case {
    const char* description;
    ByteString input;
    Ipv6Error expect_error;
    size_t expect_total = 0;
  };
  const auto with = [](size_t at, uint8_t value) {
    ByteString b = kUdp;
    b.at(at) = value;
    return b;
  };
  ByteString padded = kUdp;
  padded.resize(60);
  const std::vector<Case> cases = {
      {"a datagram", kUdp, Ipv6Error::none, 51},
      {"Ethernet padding behind it", padded, Ipv6Error::none, 51},
      {"payload length 0", with(5, 0), Ipv6Error::none, 40},
      {"payload length one past the end", with(5, 12), Ipv6Error::truncated},
      {"payload length 65,535", with(4, 0xff), Ipv6Error::truncated},
      {"version 4", with(0, 0x45), Ipv6Error::bad_version},
      {"version 7", with(0, 0x70), Ipv6Error::bad_version},
      {"empty", {}, Ipv6Error::truncated},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    const Ipv6Parse got = parse_ipv6_header(c.input.data(), c.input.size(), c.input.size());
    EXPECT_EQ(static_cast<int>(got.error), static_cast<int>(c.expect_error));
    if (got.error == Ipv6Error::none) {
      EXPECT_EQ(got.total_bytes, c.expect_total);
    }
    for_each_cut(c.input, [&c](const uint8_t* data, size_t bytes) {
      const Ipv6Parse cut = parse_ipv6_header(data, bytes, bytes);
      if (cut.error == Ipv6Error::none) {
        EXPECT_GE(bytes, c.expect_total);
      }
      const Ipv6Parse in_segments = parse_ipv6_header(data, bytes, c.input.size());
      if (in_segments.error == Ipv6Error::none) {
        EXPECT_GE(bytes, sizeof(Ipv6Header));
      }
    });
  }
}

struct Chain {
  const char* description;
  ByteString packet;
  Ipv6ExtensionError expect_error;
  uint8_t expect_protocol = 0;
  size_t expect_header_bytes = 0;
};

// An IPv6 header with these bytes behind it.
ByteString packet_with(uint8_t next_header, const ByteString& payload) {
  ByteString out(sizeof(Ipv6Header));
  write_ipv6(out.data(), static_cast<uint16_t>(payload.size()), next_header, 64, kHost, kOurs);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

ByteString repeated(const ByteString& part, size_t times) {
  ByteString out;
  for (size_t n = 0; n < times; ++n) out.insert(out.end(), part.begin(), part.end());
  return out;
}

std::vector<Chain> chains() {
  using E = Ipv6ExtensionError;
  ByteString long_options = hex("11 20 0104 00000000");
  long_options.resize(33 * 8);
  ByteString two_long = hex("3c 20 0104 00000000");
  two_long.resize(33 * 8);
  two_long.insert(two_long.end(), long_options.begin(), long_options.end());
  return {
      {"none", kUdp, E::none, 17, 40},
      {"every kind (scapy)",
       hex("600000000040004020010db800010000000000000000000220010db80001000000000000000000013c000104000000002b000104000"
           "000"
           "002c0202010000000020010db8000000000000000000000005110000010000000100010002001012343132333435363738"),
       E::none, 17, 40 + 8 + 8 + 24 + 8},
      {"routing header of type 0 (scapy)",
       hex("6000000000202b4020010db800010000000000000000000220010db800010000000000000000000111020001000000002001"
           "0db8000000000000000000000005000100020008a461"),
       E::routing_type_0},
      {"a later fragment: its UDP is elsewhere (scapy)",
       hex("6000000000102c4020010db800010000000000000000000220010db8000100000000000000000001110000180000000131323334"
           "35363738"),
       E::none, 17, 48},
      {"later fragment of an options header: nothing is walked behind it", packet_with(44, hex("3c 00 0018 00000001")),
       E::none, 60, 48},
      {"an atomic fragment", packet_with(44, hex("11 00 0000 00000001")), E::none, 17, 48},
      {"nothing behind it", packet_with(59, {}), E::none, 59, 40},
      {"options past the end", packet_with(60, hex("11 01 0104 00000000")), E::truncated},
      {"hop-by-hop options, and nothing there", packet_with(0, {}), E::truncated},
      {"half a fragment header", packet_with(44, hex("11 00 0000")), E::truncated},
      {"hop-by-hop twice", packet_with(0, hex("00 00 010400000000 11 00 010400000000")), E::out_of_place},
      {"hop-by-hop behind others", packet_with(60, hex("00 00 010400000000 11 00 010400000000")), E::out_of_place},
      {"eight headers",
       packet_with(60,
                   [] {
                     ByteString b = repeated(hex("3c 00 010400000000"), 7);
                     const ByteString last = hex("11 00 010400000000");
                     b.insert(b.end(), last.begin(), last.end());
                     return b;
                   }()),
       E::none, 17, 40 + 64},
      {"a chain without end", packet_with(60, repeated(hex("3c 00 010400000000"), 100)), E::too_long},
      {"264 bytes of options", packet_with(60, long_options), E::none, 17, 40 + 264},
      {"528 bytes of options", packet_with(60, two_long), E::too_long},
  };
}

TEST(Ipv6, WalksExtensionHeaders) {
  for (const Chain& c : chains()) {
    SCOPED_TRACE(c.description);
    const Ipv6Extensions got = walk_ipv6_extensions(c.packet.data(), c.packet.size(), c.packet.size());
    EXPECT_EQ(static_cast<int>(got.error), static_cast<int>(c.expect_error));
    if (got.error != Ipv6ExtensionError::none) continue;
    EXPECT_EQ(got.protocol, c.expect_protocol);
    EXPECT_EQ(got.header_bytes, c.expect_header_bytes);
  }
}

TEST(Ipv6, WalksNoFurtherThanItMayRead) {
  for (const Chain& c : chains()) {
    SCOPED_TRACE(c.description);
    for_each_cut(c.packet, [&c](const uint8_t* data, size_t bytes) {
      if (bytes < sizeof(Ipv6Header)) return;
      const Ipv6Extensions got = walk_ipv6_extensions(data, bytes, c.packet.size());
      if (got.error == Ipv6ExtensionError::none) {
        EXPECT_LE(got.header_bytes, bytes);
      }
      const Ipv6Extensions shorter = walk_ipv6_extensions(data, bytes, 40);
      if (shorter.error == Ipv6ExtensionError::none) {
        EXPECT_EQ(shorter.header_bytes, 40);
      }
    });
  }
}

TEST(Ipv6, TellsFragmentsAndRoutes) {
  struct Case {
    const char* header;
    uint8_t kind;
    bool fragment, first, more, route_left;
  };
  for (const Case& c : {Case{"11 00 0000 00000001", 44, false, true, false, false},
                        Case{"11 00 0001 00000001", 44, true, true, true, false},
                        Case{"11 00 0009 00000001", 44, true, false, true, false},
                        Case{"11 00 0008 00000001", 44, true, false, false, false},
                        Case{"11 00 0400 00000000", 43, false, true, false, false},
                        Case{"11 00 0401 00000000", 43, false, true, false, true}}) {
    SCOPED_TRACE(c.header);
    const ByteString packet = packet_with(c.kind, hex(c.header));
    const Ipv6Extensions got = walk_ipv6_extensions(packet.data(), packet.size(), packet.size());
    EXPECT_EQ(got.fragment, c.fragment);
    EXPECT_EQ(got.first_fragment, c.first);
    EXPECT_EQ(got.more_fragments, c.more);
    EXPECT_EQ(got.route_left, c.route_left);
  }
}

TEST(Ipv6, WritesAHeaderThatItParses) {
  ByteString out(40);
  write_ipv6(out.data(), 11, kProtocolUdp, 64, kHost, kOurs);
  EXPECT_EQ(out, ByteString(kUdp.begin(), kUdp.begin() + 40));
  write_ipv6(out.data(), 11, kProtocolUdp, 64, kHost, kOurs, 0xfffabcde);
  EXPECT_EQ(ByteString(out.begin(), out.begin() + 4), hex("600abcde")) << "20 bits, and the traffic class stays 0";
}

TEST(Ipv6, KnowsMartians) {
  struct Case {
    const char* address;
    bool source, destination;
  };
  for (const Case& c :
       {Case{"::", true, true}, Case{"::1", true, true}, Case{"::ffff:10.0.0.1", true, true},
        Case{"::a00:1", true, true}, Case{"ff02::1", true, false}, Case{"ff0e::1", true, false},
        Case{"2001:db8::1", false, false}, Case{"fe80::1", false, false}, Case{"0:0:0:0:1::", false, false}}) {
    const Ipv6Address a = parse_ipv6(c.address).value();
    EXPECT_EQ(ipv6_is_martian_source(a), c.source) << c.address;
    EXPECT_EQ(ipv6_is_martian_destination(a), c.destination) << c.address;
  }
}

TEST(Ipv6, UdpChecksumCoversThePseudoHeader) {
  const ByteString datagram(kUdp.begin() + 40, kUdp.end());
  const ChecksumSum sum = udp_pseudo_header_sum(kHost, kOurs, static_cast<uint16_t>(datagram.size()));
  EXPECT_TRUE(checksum_is_right(checksum_add(sum, datagram.data(), datagram.size())));
  const ChecksumSum other = udp_pseudo_header_sum(kHost, kHost, static_cast<uint16_t>(datagram.size()));
  EXPECT_FALSE(checksum_is_right(checksum_add(other, datagram.data(), datagram.size())));
  EXPECT_EQ(udp_checksum_finish(0xffff).raw(), 0xffff) << "0 would say that there is none";
  EXPECT_EQ(udp_checksum_finish(0x1234).raw(), 0xedcb);
}

TEST(Icmpv6, TurnsARequestIntoItsReply) {
  const ByteString reply = hex("8100e73e123400076162636465");
  ByteString message(kEcho.begin() + 40, kEcho.end());
  const IcmpParse parsed = parse_icmpv6(message.data(), message.size());
  EXPECT_TRUE(parsed.whole);
  EXPECT_EQ(parsed.type, kIcmpv6EchoRequest);
  icmpv6_request_to_reply(message.data());
  EXPECT_EQ(message, reply);
  for_each_cut(message, [](const uint8_t* data, size_t bytes) {
    EXPECT_EQ(parse_icmpv6(data, bytes).whole, bytes >= kIcmpv6BytesMin);
  });
}

TEST(Icmpv6, SetsTheChecksumOfAWholeMessage) {
  ByteString packet = kEcho;
  packet[42] = packet[43] = 0x55;
  icmpv6_set_checksum(packet.data(), 13);
  EXPECT_EQ(packet, kEcho);
}

}  // namespace
}  // namespace demarc::wire
