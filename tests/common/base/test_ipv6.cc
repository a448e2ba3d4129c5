#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"
#include "common/base/ipv6.h"

namespace demarc {
namespace {

Ipv6Address at(std::string_view text) { return parse_ipv6(text).value(); }

TEST(Ipv6Address, IsParsedAndPrinted) {
  struct Case {
    const char* text;
    Ipv6Address value;
  };
  for (const Case& c : {
           Case{"::", {}},
           Case{"::1", {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}},
           Case{"2001:db8::1", {{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}},
           Case{"fe80::", {{0xfe, 0x80}}},
           Case{"1:2:3:4:5:6:7:8", {{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}}},
           Case{"ff02::1:ff00:abcd", {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0xab, 0xcd}}},
           Case{"::ffff:192.0.2.1", {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}}},
       }) {
    const auto a = parse_ipv6(c.text);
    ASSERT_TRUE(a) << a.error().message;
    EXPECT_EQ(*a, c.value) << c.text;
    EXPECT_EQ(to_string(*a), c.text);
  }
}

// RFC 5952: what is read in many ways is written in one.
TEST(Ipv6Address, IsWrittenInItsOneForm) {
  struct Case {
    const char *read, *written;
  };
  for (const Case& c : {
           Case{"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},  // section 4.1
           Case{"2001:db8::aaaa:0:0:1", "2001:db8::aaaa:0:0:1"},            // 4.2.3, the first of equals
           Case{"2001:db8:0:0:aaaa::1", "2001:db8::aaaa:0:0:1"},
           Case{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          // 4.2.3, the longest
           Case{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // 4.2.2, not for one group
           Case{"2001:DB8::ABCD", "2001:db8::abcd"},             // 4.3
           Case{"1::", "1::"}, Case{"0:0:0:0:0:0:0:0", "::"}, Case{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
           Case{"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"}, Case{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
           Case{"::ffff:c000:201", "::ffff:192.0.2.1"},  // 5
       })
    EXPECT_EQ(to_string(at(c.read)), c.written) << c.read;
}

TEST(Ipv6Address, RefusesWhatIsNoneAndRepeatsIt) {
  for (const std::string_view text : {"",
                                      ":",
                                      ":::",
                                      "1",
                                      "1:",
                                      ":1",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:",
                                      ":2:3:4:5:6:7:8",
                                      "1::2::3",
                                      "1:2:3:4::5:6:7:8",
                                      "1:::2",
                                      "12345::",
                                      "00001::",
                                      "g::",
                                      "::1 ",
                                      " ::1",
                                      "::1%eth0",
                                      "::1/128",
                                      "::-1",
                                      "::+1",
                                      "::0x1",
                                      "::1.2.3",
                                      "::1.2.3.4.5",
                                      "::01.2.3.4",
                                      "::256.0.0.1",
                                      "1.2.3.4",
                                      "1.2.3.4::",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "::1.2.3.4:5",
                                      "[::1]",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8"}) {
    const auto a = parse_ipv6(text);
    ASSERT_FALSE(a) << text;
    EXPECT_EQ(a.error().code, ErrorCode::invalid);
    EXPECT_NE(a.error().message.find("\"" + std::string(text) + "\""), std::string::npos) << a.error().message;
  }
  EXPECT_LT(parse_ipv6(std::string(1 << 20, ':')).error().message.size(), 200u);
  using namespace std::string_view_literals;
  EXPECT_FALSE(parse_ipv6("::1\0"sv));
}

TEST(Ipv6Address, ReadsNoFurtherThanItsText) {
  const std::string_view longer = "2001:db8::1234";
  EXPECT_EQ(parse_ipv6(longer.substr(0, 11)).value(), at("2001:db8::1"));
  for (size_t cut = 0; cut < 10; ++cut) EXPECT_FALSE(parse_ipv6(longer.substr(0, cut))) << cut;
}

// The C library's reader is another hand's work; so is its writer, but for the forms of addresses with IPv4 in them.
TEST(Ipv6Address, AgreesWithTheLibraryOnRandomAddresses) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    Ipv6Address a;
    for (size_t g = 0; g < 8; ++g) {
      const unsigned v = random() % 3 == 0 ? random() : 0;
      a.bytes[2 * g] = static_cast<uint8_t>(v >> 8);
      a.bytes[2 * g + 1] = static_cast<uint8_t>(v);
    }
    a.bytes[0] |= 0x20;
    char text[INET6_ADDRSTRLEN];
    ASSERT_NE(inet_ntop(AF_INET6, a.bytes.data(), text, sizeof text), nullptr);
    EXPECT_EQ(to_string(a), text);
    EXPECT_EQ(at(text), a) << text;
  }
}

TEST(Ipv6Prefix, IsParsedAndPrinted) {
  for (const char* text : {"::/0", "2000::/3", "2001:db8::/32", "2001:db8:1:2::/64", "2001:db8::1/128", "fe80::/10"}) {
    const auto p = parse_ipv6_prefix(text);
    ASSERT_TRUE(p) << p.error().message;
    EXPECT_EQ(to_string(*p), text);
  }
  for (const std::string_view text : {"", "/", "::", "::/", "::/129", "::/-1", "::/08", "::/8 ", "::/8/8", "::/1000",
                                      "::/256", ":: /8", "/8", "10.0.0.0/8", "::/+8"}) {
    const auto p = parse_ipv6_prefix(text);
    ASSERT_FALSE(p) << text;
    EXPECT_NE(p.error().message.find("\"" + std::string(text) + "\""), std::string::npos) << p.error().message;
  }
}

TEST(Ipv6Prefix, RefusesHostBitsAndNamesTheRightPrefix) {
  for (const auto& [text, right] :
       {std::pair{"2001:db8::1/64", "2001:db8::/64"}, std::pair{"::1/0", "::/0"},
        std::pair{"2001:db8:ffff::/33", "2001:db8:8000::/33"}, std::pair{"2001:db8::3/127", "2001:db8::2/127"}}) {
    const auto p = parse_ipv6_prefix(text);
    ASSERT_FALSE(p) << text;
    EXPECT_NE(p.error().message.find(std::string("it would be ") + right), std::string::npos) << p.error().message;
  }
}

TEST(Ipv6Prefix, KeepsAsManyBitsAsItsLength) {
  Ipv6Address ones;
  ones.bytes.fill(0xff);
  for (unsigned length = 0; length <= 128; ++length) {
    const Ipv6Address network = ipv6_network(ones, static_cast<uint8_t>(length));
    for (unsigned bit = 0; bit < 128; ++bit)
      ASSERT_EQ((network.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0, bit < length) << length << " " << bit;
  }
}

TEST(Ipv6Prefix, CutsEveryBitBehindItsLength) {
  std::mt19937 random(5);
  for (unsigned length = 0; length <= 128; ++length) {
    Ipv6Address address;
    for (uint8_t& byte : address.bytes) byte = static_cast<uint8_t>(random());
    const Ipv6Address network = ipv6_network(address, static_cast<uint8_t>(length));
    for (unsigned bit = 0; bit < 128; ++bit) {
      const unsigned mask = 0x80u >> bit % 8;
      EXPECT_EQ(network.bytes[bit / 8] & mask, bit < length ? address.bytes[bit / 8] & mask : 0)
          << length << ", bit " << bit;
    }
  }
}

// Each byte counts: equality looks at words.
TEST(Ipv6Address, DiffersInEachByte) {
  const Ipv6Address address = at("2001:db8::1");
  for (size_t i = 0; i < 16; ++i) {
    Ipv6Address other = address;
    EXPECT_TRUE(other == address);
    other.bytes[i] ^= 0x40;
    EXPECT_FALSE(other == address) << i;
  }
}

TEST(Ipv6Prefix, ContainsItsAddressesAndOverlapsItsKin) {
  const Ipv6Prefix p = parse_ipv6_prefix("2001:db8:0:2::/63").value();
  EXPECT_TRUE(p.contains(at("2001:db8:0:2::")));
  EXPECT_TRUE(p.contains(at("2001:db8:0:3:ffff:ffff:ffff:ffff")));
  EXPECT_FALSE(p.contains(at("2001:db8:0:4::")));
  EXPECT_FALSE(p.contains(at("2001:db8:0:1:ffff:ffff:ffff:ffff")));
  struct Case {
    const char *a, *b;
    bool overlap;
  };
  for (const Case& c :
       {Case{"2001:db8::/32", "2001:db8:1::/48", true}, Case{"::/0", "2001:db8::/64", true},
        Case{"2001:db8::/33", "2001:db8:8000::/33", false}, Case{"2001:db8::1/128", "2001:db8::2/128", false}}) {
    const Ipv6Prefix a = parse_ipv6_prefix(c.a).value(), b = parse_ipv6_prefix(c.b).value();
    EXPECT_EQ(a.overlaps(b), c.overlap) << c.a << " " << c.b;
    EXPECT_EQ(b.overlaps(a), c.overlap) << c.b << " " << c.a;
  }
}

TEST(Ipv6Interface, KeepsItsAddressAndKnowsItsPrefix) {
  const auto i = parse_ipv6_interface("2001:db8:1::5/64");
  ASSERT_TRUE(i) << i.error().message;
  EXPECT_EQ(i->address, at("2001:db8:1::5"));
  EXPECT_EQ(i->prefix(), parse_ipv6_prefix("2001:db8:1::/64").value());
  EXPECT_EQ(to_string(*i), "2001:db8:1::5/64");
  for (const char* text : {"2001:db8::1", "2001:db8::1/129", "10.0.0.1/24", ""})
    EXPECT_FALSE(parse_ipv6_interface(text)) << text;
}

TEST(Ipv6Address, KnowsItsKind) {
  struct Case {
    const char* text;
    bool multicast, link_local, host;
  };
  for (const Case& c :
       {Case{"::", false, false, false}, Case{"::1", false, false, false}, Case{"::7f00:1", false, false, false},
        Case{"::ffff:10.0.0.1", false, false, false}, Case{"fe80::1", false, true, false},
        Case{"febf::1", false, true, false}, Case{"fec0::1", false, false, true}, Case{"ff02::1", true, false, false},
        Case{"2001:db8::1", false, false, true}, Case{"fd00::1", false, false, true}}) {
    EXPECT_EQ(is_multicast(at(c.text)), c.multicast) << c.text;
    EXPECT_EQ(is_link_local(at(c.text)), c.link_local) << c.text;
    EXPECT_EQ(is_host_address(at(c.text)), c.host) << c.text;
  }
  EXPECT_TRUE(is_loopback(at("::1")));
  EXPECT_FALSE(is_loopback(at("::")));
}

TEST(Ipv6Interface, KnowsTheSubnetRouterAnycastAddress) {
  struct Case {
    const char* text;
    bool anycast;
  };
  for (const Case& c : {Case{"2001:db8::/64", true}, Case{"2001:db8::1/64", false}, Case{"2001:db8::2/127", false},
                        Case{"2001:db8::4/126", true}, Case{"2001:db8::4/128", false}})
    EXPECT_EQ(is_subnet_router_anycast(parse_ipv6_interface(c.text).value()), c.anycast) << c.text;
}

TEST(Ipv6Address, IsTakenFromSixteenBytesOnly) {
  const std::array<uint8_t, 17> bytes{0x20, 1, 0xd, 0xb8};
  EXPECT_EQ(ipv6_from_bytes(std::span(bytes).first(16)).value(), at("2001:db8::"));
  for (const size_t size : {0, 4, 15, 17}) EXPECT_FALSE(ipv6_from_bytes(std::span(bytes).first(size))) << size;
}

TEST(IpAddress, IsOfOneFamily) {
  const IpAddress four = Be32::from_host(0x0a000001);
  EXPECT_TRUE(four.is_ipv4());
  EXPECT_EQ(four.ipv4(), Be32::from_host(0x0a000001));
  EXPECT_EQ(to_string(four), "10.0.0.1");
  const IpAddress six = at("2001:db8:1::2");
  EXPECT_FALSE(six.is_ipv4());
  EXPECT_EQ(six.ipv6(), at("2001:db8:1::2"));
  EXPECT_EQ(to_string(six), "2001:db8:1::2");
  EXPECT_NE(four, six);
  EXPECT_EQ(IpAddress{}, IpAddress{Be32{}});
  EXPECT_NE(IpAddress{}, IpAddress{Ipv6Address{}});
}

}  // namespace
}  // namespace demarc
