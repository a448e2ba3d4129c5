// Rates of tenants, VRFs, sessions and QERs: what is refused, and what stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {
namespace {

using ::testing::HasSubstr;

TEST(RatesOfObjects, AreSetAndKept) {
  World w;
  const Rates rates{64'000, 400'000'000'000, 10, 1'000'000'000, 1'000};
  const auto tenant = w.begin().set_tenant(w.acme.tenant.id, rates);
  ASSERT_TRUE(tenant.has_value()) << tenant.error().message;
  EXPECT_EQ(w.model.tenants.at(w.acme.tenant.id).rates, rates);
  EXPECT_EQ(w.model.tenants.at(w.bravo.tenant.id).rates, Rates{});
  VrfOptions options = w.acme.internet.options;
  options.rates = rates;
  ASSERT_TRUE(w.begin().set_vrf(w.acme.internet.id, options).has_value());
  ASSERT_TRUE(w.begin().set_tenant_suspended(w.acme.tenant.id, true).has_value());
  EXPECT_EQ(w.model.tenants.at(w.acme.tenant.id).rates, rates) << "suspending leaves them";
  Edit e = w.begin();
  ASSERT_TRUE(e.set_tenant(w.acme.tenant.id, rates).has_value());
  EXPECT_TRUE(e.changes().empty()) << "the same again is no change";
}

TEST(RatesOfObjects, OutOfRangeAreRefusedInWords) {
  World w;
  const std::pair<Rates, const char*> cases[] = {
      {{.uplink_bps = 63'999}, "tenant acme: uplink of 63999 bit/s: must be from 64000 to 400000000000"},
      {{.downlink_bps = 400'000'000'001}, "downlink of 400000000001 bit/s"},
      {{.uplink_pps = 9}, "uplink of 9 packets/s: must be from 10 to 1000000000"},
      {{.downlink_pps = 1'000'000'001}, "downlink of 1000000001 packets/s"},
      {{.burst_ms = 0}, "burst of 0 ms: must be from 1 to 1000"},
      {{.burst_ms = 1'001}, "burst of 1001 ms"},
  };
  for (const auto& [rates, sentence] : cases) {
    const auto set = w.begin().set_tenant(w.acme.tenant.id, rates);
    ASSERT_FALSE(set.has_value()) << sentence;
    EXPECT_THAT(set.error().message, HasSubstr(sentence));
  }
  VrfOptions options;
  options.rates.uplink_bps = 1;
  EXPECT_THAT(w.begin().set_vrf(w.acme.internet.id, options).error().message, HasSubstr("VRF internet: uplink of 1"));
  options.rates.uplink_bps = 64'000;
  EXPECT_FALSE(w.begin().set_vrf(w.acme.access.id, options).has_value()) << "an access VRF has no UEs";
  EXPECT_EQ(w.model.tenants.at(w.acme.tenant.id).rates, Rates{});
}

TEST(RatesOfObjects, OfSessionsAndQers) {
  World w;
  Session s = make_session(w.acme, 300, ip("10.45.0.8"));
  s.ambr = {.uplink_bps = 1'000'000};
  s.qers[0].mbr = {2'000'000, 2'000'000};
  s.qers[0].gbr = {2'000'000, 1'000'000};
  const auto added = w.begin().add_session(s);
  ASSERT_TRUE(added.has_value()) << added.error().message;
  EXPECT_EQ(w.model.sessions.at({w.acme.tenant.id, added->up_seid}).ambr.uplink_bps, 1'000'000u);
  s = make_session(w.acme, 310, ip("10.45.0.9"));
  s.qers[0].gbr = {64'000, 0};
  EXPECT_THAT(w.begin().add_session(s).error().message,
              HasSubstr("QER 1: GBR of 64000 and 0 bit/s (up and down) above the MBR of 0 and 0"));
  s.qers[0].gbr = {};
  s.qers[0].mbr = {0, 5};
  EXPECT_THAT(w.begin().add_session(s).error().message, HasSubstr("QER 1: downlink MBR of 5 bit/s"));
  s.qers[0].mbr = {};
  s.ambr.downlink_bps = 5;
  EXPECT_THAT(w.begin().add_session(s).error().message, HasSubstr("AMBR: downlink of 5 bit/s"));
}

}  // namespace
}  // namespace demarc::cp::test
