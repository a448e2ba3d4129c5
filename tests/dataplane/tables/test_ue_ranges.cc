// UeRanges: never no for an address that was added, and forgotten with the last one.
#include <gtest/gtest.h>

#include "dataplane/tables/ue_ranges.h"
#include "tests/dataplane/eal_fixture.h"

namespace demarc::dp::test {
namespace {

Be32 be(uint32_t host) { return Be32::from_host(host); }
Ipv6Prefix prefix(const char* text) { return parse_ipv6_prefix(text).value(); }
Ipv6Address at(const char* text) { return parse_ipv6(text).value(); }

TEST(UeRanges, AnIpv4RangeIsOfItsVrfAlone) {
  Reclaimer reclaimer(1);
  UeRanges ranges(reclaimer);
  const VrfSlot vrf{3};
  EXPECT_FALSE(ranges.may_have(vrf, be(0))) << "nothing was added at all";
  ranges.add(vrf, be(0x0a2d0005));
  for (const uint32_t a : {0u, 0x0a2d0004u, 0x0a2d0006u, ~0u}) EXPECT_FALSE(ranges.may_have(vrf, be(a))) << a;
  EXPECT_TRUE(ranges.may_have(vrf, be(0x0a2d0005)));
  ranges.add(vrf, be(0x0a2d0002));
  ranges.add(VrfSlot{1000}, be(1));  // moves the rows
  for (const uint32_t a : {0x0a2d0002u, 0x0a2d0003u, 0x0a2d0005u}) EXPECT_TRUE(ranges.may_have(vrf, be(a))) << a;
  EXPECT_FALSE(ranges.may_have(VrfSlot{4}, be(0x0a2d0005)));
  EXPECT_FALSE(ranges.may_have(VrfSlot{5000}, be(0x0a2d0005)));
  ranges.remove_ipv4(vrf);
  EXPECT_TRUE(ranges.may_have(vrf, be(0x0a2d0002)));
  ranges.remove_ipv4(vrf);
  EXPECT_FALSE(ranges.may_have(vrf, be(0x0a2d0002)));
  ranges.remove_ipv4(vrf);  // one too many changes nothing
  ranges.add(vrf, be(7));
  EXPECT_TRUE(ranges.may_have(vrf, be(7)));
  EXPECT_FALSE(ranges.may_have(vrf, be(0x0a2d0002)));
}

TEST(UeRanges, OfIpv6PrefixesOfAnyLength) {
  Reclaimer reclaimer(1);
  UeRanges ranges(reclaimer);
  const VrfSlot vrf{0};
  EXPECT_FALSE(ranges.may_have(vrf, at("::")));
  ranges.add(vrf, prefix("2001:db8:45:8::/62"));
  EXPECT_TRUE(ranges.may_have(vrf, at("2001:db8:45:8::1")));
  EXPECT_TRUE(ranges.may_have(vrf, at("2001:db8:45:b:ffff::")));
  EXPECT_FALSE(ranges.may_have(vrf, at("2001:db8:45:7:ffff::")));
  EXPECT_FALSE(ranges.may_have(vrf, at("2001:db8:45:c::")));
  ranges.add(vrf, prefix("2001:db8:46::5/128"));
  EXPECT_TRUE(ranges.may_have(vrf, at("2001:db8:46::5")));
  EXPECT_FALSE(ranges.may_have(vrf, be(0))) << "the families are apart";
  ranges.remove_ipv6(vrf);
  ranges.remove_ipv6(vrf);
  EXPECT_FALSE(ranges.may_have(vrf, at("2001:db8:46::5")));
  ranges.add(vrf, prefix("8000::/1"));
  EXPECT_TRUE(ranges.may_have(vrf, at("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
}

}  // namespace
}  // namespace demarc::dp::test
