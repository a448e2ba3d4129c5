#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "common/base/ipv4.h"

namespace demarc {
namespace {

TEST(Ipv4Address, IsParsedAndPrinted) {
  struct Case {
    const char* text;
    uint32_t value;
  };
  for (const Case& c : {Case{"0.0.0.0", 0}, Case{"10.0.0.1", 0x0a000001}, Case{"255.255.255.255", 0xffffffff},
                        Case{"192.0.2.130", 0xc0000282}, Case{"1.20.100.200", 0x011464c8}}) {
    const auto a = parse_ipv4(c.text);
    ASSERT_TRUE(a) << a.error().message;
    EXPECT_EQ(a->value, c.value);
    EXPECT_EQ(to_string(*a), c.text);
  }
}

TEST(Ipv4Address, RefusesWhatIsNoneAndRepeatsIt) {
  for (const std::string_view text :
       {"",         ".",         "1",          "1.2.3",     "1.2.3.",   "1.2.3.4.",   "1.2.3.4.5",         ".1.2.3.4",
        "1..2.3",   "256.0.0.1", "1.2.3.256",  "01.2.3.4",  "1.2.3.00", "1.2.3.0004", "1.2.3.4 ",          " 1.2.3.4",
        "1.2.3.-4", "+1.2.3.4",  "1.2.3.4/32", "0x1.2.3.4", "a.b.c.d",  "1,2,3,4",    "99999999999.1.1.1", "::1"}) {
    const auto a = parse_ipv4(text);
    ASSERT_FALSE(a) << text;
    EXPECT_EQ(a.error().code, ErrorCode::invalid);
    EXPECT_NE(a.error().message.find("\"" + std::string(text) + "\""), std::string::npos) << a.error().message;
  }
}

TEST(Ipv4Address, ReadsNoFurtherThanItsText) {
  const std::string_view longer = "10.0.0.123";
  EXPECT_EQ(parse_ipv4(longer.substr(0, 8))->value, 0x0a000001u);
  for (size_t cut = 0; cut < 8; ++cut) EXPECT_FALSE(parse_ipv4(longer.substr(0, cut))) << cut;
  using namespace std::string_view_literals;
  EXPECT_FALSE(parse_ipv4("1.2.3.4\0"sv));
}

TEST(Ipv4Address, AVeryLongTextMakesAShortSentence) {
  EXPECT_LT(parse_ipv4(std::string(1 << 20, '1')).error().message.size(), 200u);
}

TEST(Ipv4Prefix, IsParsedAndPrinted) {
  struct Case {
    const char* text;
    Ipv4Prefix prefix;
  };
  for (const Case& c : {Case{"0.0.0.0/0", {0, 0}}, Case{"10.0.0.0/8", {0x0a000000, 8}},
                        Case{"128.0.0.0/1", {0x80000000, 1}}, Case{"10.1.2.3/32", {0x0a010203, 32}},
                        Case{"10.1.2.2/31", {0x0a010202, 31}}, Case{"255.255.255.255/32", {0xffffffff, 32}}}) {
    const auto p = parse_ipv4_prefix(c.text);
    ASSERT_TRUE(p) << p.error().message;
    EXPECT_EQ(*p, c.prefix);
    EXPECT_EQ(to_string(*p), c.text);
  }
}

TEST(Ipv4Prefix, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/8/8",
        "10.0.0/8", "10.0.0.0/256", "10.0.0.0/1000", "10.0.0.0 /8", "/8"}) {
    const auto p = parse_ipv4_prefix(text);
    ASSERT_FALSE(p) << text;
    EXPECT_EQ(p.error().code, ErrorCode::invalid);
    EXPECT_NE(p.error().message.find("\"" + std::string(text) + "\""), std::string::npos) << p.error().message;
  }
}

TEST(Ipv4Prefix, RefusesHostBitsAndNamesTheRightPrefix) {
  for (const auto& [text, right] : {std::pair{"10.1.2.3/8", "10.0.0.0/8"}, std::pair{"0.0.0.1/0", "0.0.0.0/0"},
                                    std::pair{"10.1.2.3/31", "10.1.2.2/31"}}) {
    const auto p = parse_ipv4_prefix(text);
    ASSERT_FALSE(p) << text;
    EXPECT_NE(p.error().message.find(std::string("it would be ") + right), std::string::npos) << p.error().message;
  }
}

TEST(Ipv4Interface, KeepsItsAddressAndKnowsItsPrefix) {
  const auto i = parse_ipv4_interface("10.1.2.3/24");
  ASSERT_TRUE(i) << i.error().message;
  EXPECT_EQ(i->address.value, 0x0a010203u);
  EXPECT_EQ(i->prefix_length, 24);
  EXPECT_EQ(i->prefix(), (Ipv4Prefix{0x0a010200, 24}));
  EXPECT_EQ(to_string(*i), "10.1.2.3/24");
  for (const char* text : {"10.1.2.3", "10.1.2.3/33", "10.1.2/24", ""})
    EXPECT_FALSE(parse_ipv4_interface(text)) << text;
}

TEST(Ipv4Mask, HasAsManyOnesAsTheLength) {
  EXPECT_EQ(ipv4_mask(0), 0u);
  for (unsigned length = 1; length <= 32; ++length)
    EXPECT_EQ(ipv4_mask(static_cast<uint8_t>(length)), 0xffffffffu - ((uint64_t{1} << (32 - length)) - 1)) << length;
}

TEST(Ipv4Prefix, ContainsItsAddressesOnly) {
  const Ipv4Prefix p{0x0a010200, 23};
  EXPECT_TRUE(p.contains({0x0a010200}));
  EXPECT_TRUE(p.contains({0x0a0103ff}));
  EXPECT_FALSE(p.contains({0x0a0101ff}));
  EXPECT_FALSE(p.contains({0x0a010400}));
  EXPECT_TRUE((Ipv4Prefix{0, 0}.contains({0xffffffff})));
}

TEST(Ipv4Prefix, OverlapsWhatContainsItOrIsContained) {
  struct Case {
    const char *a, *b;
    bool overlap;
  };
  for (const Case& c : {Case{"10.0.0.0/8", "10.1.0.0/16", true}, Case{"10.0.0.0/8", "10.0.0.0/8", true},
                        Case{"10.0.0.0/9", "10.128.0.0/9", false}, Case{"0.0.0.0/0", "192.0.2.0/24", true},
                        Case{"10.0.0.0/24", "10.0.1.0/24", false}, Case{"10.0.0.1/32", "10.0.0.1/32", true},
                        Case{"10.0.0.1/32", "10.0.0.2/32", false}}) {
    const Ipv4Prefix a = parse_ipv4_prefix(c.a).value(), b = parse_ipv4_prefix(c.b).value();
    EXPECT_EQ(a.overlaps(b), c.overlap) << c.a << " " << c.b;
    EXPECT_EQ(b.overlaps(a), c.overlap) << c.b << " " << c.a;
  }
}

}  // namespace
}  // namespace demarc
