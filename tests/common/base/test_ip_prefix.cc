#include <gtest/gtest.h>

#include "common/base/ip_prefix.h"

namespace demarc {
namespace {

IpPrefix prefix(const char* text) { return parse_ip_prefix(text).value(); }
IpAddress address(const char* text) { return parse_ip(text).value(); }

TEST(IpPrefix, IsReadAndWrittenInEitherFamily) {
  for (const char* text : {"0.0.0.0/0", "10.45.0.0/16", "10.45.0.7/32", "::/0", "2001:db8:100::/48", "2001:db8::1/128"})
    EXPECT_EQ(to_string(prefix(text)), text);
  EXPECT_TRUE(prefix("0.0.0.0/0").is_ipv4());
  EXPECT_FALSE(prefix("::/0").is_ipv4());
  EXPECT_EQ(prefix("10.45.0.0/16").length(), 16);
  EXPECT_EQ(prefix("2001:db8::/32").length(), 32);
  EXPECT_EQ(prefix("10.45.0.0/16").ipv4(), parse_ipv4_prefix("10.45.0.0/16").value());
  EXPECT_EQ(IpPrefix(), prefix("0.0.0.0/0"));
}

TEST(IpPrefix, IsRefusedInTheWordsOfItsFamily) {
  EXPECT_NE(parse_ip_prefix("10.45.0.1/16").error().message.find("10.45.0.0/16"), std::string::npos);
  EXPECT_NE(parse_ip_prefix("2001:db8::1/32").error().message.find("2001:db8::/32"), std::string::npos);
  EXPECT_FALSE(parse_ip_prefix("").has_value());
  EXPECT_FALSE(parse_ip("10.1.0").has_value());
  EXPECT_FALSE(parse_ip("2001:db8:::1").has_value());
  EXPECT_NE(parse_ip("::ffff:10.0.0.1").error().message.find("IPv4-mapped"), std::string::npos);
  EXPECT_NE(parse_ip_prefix("::ffff:10.0.0.0/104").error().message.find("IPv4-mapped"), std::string::npos);
}

TEST(IpPrefix, TheFamiliesNeverMeet) {
  const IpPrefix all4 = prefix("0.0.0.0/0"), all6 = prefix("::/0");
  EXPECT_FALSE(all6.contains(address("10.0.0.1")));
  EXPECT_FALSE(all6.contains(all4));
  EXPECT_FALSE(all6.overlaps(all4));
  EXPECT_FALSE(all4.overlaps(all6));
  EXPECT_FALSE(all4.contains(address("2001:db8::1")));
}

TEST(IpPrefix, ContainsAndOverlaps) {
  struct {
    const char *outer, *inner;
    bool contains, overlaps;
  } cases[] = {
      {"10.45.0.0/16", "10.45.7.0/24", true, true},
      {"10.45.7.0/24", "10.45.0.0/16", false, true},
      {"10.45.0.0/16", "10.46.0.0/16", false, false},
      {"0.0.0.0/0", "10.46.0.0/16", true, true},
      {"2001:db8:100::/48", "2001:db8:100:7::/64", true, true},
      {"2001:db8:100:7::/64", "2001:db8:100::/48", false, true},
      {"2001:db8:100::/48", "2001:db8:101::/48", false, false},
      {"::/0", "2001:db8:101::/48", true, true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(prefix(c.outer).contains(prefix(c.inner)), c.contains) << c.outer << " " << c.inner;
    EXPECT_EQ(prefix(c.outer).overlaps(prefix(c.inner)), c.overlaps) << c.outer << " " << c.inner;
  }
  EXPECT_TRUE(prefix("10.45.0.0/16").contains(address("10.45.255.255")));
  EXPECT_FALSE(prefix("10.45.0.0/16").contains(address("10.46.0.0")));
}

TEST(IpPrefix, AnAddressAloneIsShownWithoutLength) {
  EXPECT_EQ(to_short_string(IpPrefix(address("10.45.0.7"))), "10.45.0.7");
  EXPECT_EQ(to_short_string(IpPrefix(address("2001:db8::7"))), "2001:db8::7");
  EXPECT_EQ(to_short_string(prefix("2001:db8::/64")), "2001:db8::/64");
}

TEST(IpPrefix, SixtyFourBitsUnlessSaidOtherwise) {
  EXPECT_EQ(to_string(parse_ipv6_prefix_64("2001:db8:100:7::").value()), "2001:db8:100:7::/64");
  EXPECT_EQ(to_string(parse_ipv6_prefix_64("2001:db8:100::/56").value()), "2001:db8:100::/56");
  EXPECT_NE(parse_ipv6_prefix_64("2001:db8::1").error().message.find("2001:db8::/64"), std::string::npos);
  EXPECT_FALSE(parse_ipv6_prefix_64("10.0.0.0").has_value());
}

}  // namespace
}  // namespace demarc
