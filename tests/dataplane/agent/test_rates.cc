// Rates of tenants, VRFs, sessions and QERs, from entries to what workers read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/tables/session_rates.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<schema::RatesT> rates(uint64_t up_bps, uint64_t down_bps = 0, uint64_t up_pps = 0) {
  auto r = std::make_unique<schema::RatesT>();
  r->uplink_bps = up_bps;
  r->downlink_bps = down_bps;
  r->uplink_pps = up_pps;
  return r;
}
TableUpdate put_tenant(std::unique_ptr<schema::RatesT> r) {
  schema::TenantEntryT e;
  e.name = "tenant7";
  e.rates = std::move(r);
  return channel::put(key(7, EntryKind::tenant, 7), e);
}

class RatesOfEntries : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(world.apply(base(7, 100))); }
  void expect_refused(const TableUpdate& update, const char* text) {
    const std::string before = world.snapshot();
    const auto result = world.apply({update});
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error().error.message, HasSubstr(text));
    EXPECT_EQ(world.snapshot(), before);
  }
  const LimitsRow& of_tenant() { return world.topology().tenant_limits(world.tenant(7)); }
  World world;
};

TEST_F(RatesOfEntries, OfATenant) {
  EXPECT_FALSE(world.topology().has_limits());
  ASSERT_TRUE(world.apply({put_tenant(rates(64'000, 1'000'000'000, 10))}));
  EXPECT_TRUE(world.topology().has_limits());
  EXPECT_EQ(of_tenant().rates[0].bits, (Rate{64'000, kLargestPacketBits}));
  EXPECT_EQ(of_tenant().rates[0].packets, (Rate{10, 1}));
  EXPECT_EQ(of_tenant().rates[1].bits, (Rate{1'000'000'000, 50'000'000}));
  EXPECT_FALSE(of_tenant().rates[1].packets);
  ASSERT_TRUE(world.apply({put_tenant(nullptr)}));
  EXPECT_FALSE(world.topology().has_limits());
}

// No change of the configuration fills the buckets: they are the same ones.
TEST_F(RatesOfEntries, TheBucketsOutliveTheTopology) {
  ASSERT_TRUE(world.apply({put_tenant(rates(64'000))}));
  const std::shared_ptr<SharedLimits> before = of_tenant().state;
  ASSERT_TRUE(world.apply({put_tenant(rates(128'000))}));
  EXPECT_EQ(of_tenant().state, before);
  ASSERT_TRUE(world.apply({put_route(7, 2, 2, ip(10, 99, 0, 0), 16, 2, ip(10, 2, 0, 254))}));
  EXPECT_EQ(of_tenant().state, before);
  EXPECT_EQ(of_tenant().rates[0].bits.per_second, 128'000u);
}

TEST_F(RatesOfEntries, OfACoreVrf) {
  schema::VrfEntryT e;
  e.name = "internet";
  e.role = schema::VrfRole::core;
  e.rates = rates(0, 1'000'000);
  ASSERT_TRUE(world.apply({channel::put(key(7, EntryKind::vrf, 2), e)}));
  const VrfRow& row = *world.topology().vrf(world.vrf(7, 2));
  EXPECT_EQ(row.limits.rates[1].bits.per_second, 1'000'000u);
  EXPECT_FALSE(row.limits.rates[0].bits);
}

TEST_F(RatesOfEntries, OutOfRangeIsRefused) {
  expect_refused(put_tenant(rates(63'999)),
                 "uplink rate in bits of 63999 a second: must be from 64000 to 400000000000");
  expect_refused(put_tenant(rates(0, 400'000'000'001)), "downlink rate in bits of 400000000001 a second");
  expect_refused(put_tenant(rates(0, 0, 9)), "uplink rate in packets of 9 a second: must be from 10 to 1000000000");
  auto burst = rates(64'000);
  burst->burst_ms = 1'001;
  expect_refused(put_tenant(std::move(burst)), "burst of 1001 ms: must be from 1 to 1000");
  schema::SessionEntryT s = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
  s.qers[0]->ul_mbr_bps = 1'000'000;
  s.qers[0]->ul_gbr_bps = 1'000'001;
  expect_refused(put_session(7, 42, s), "QER 1: GBR of 1000001 bits a second above the MBR of 1000000");
  s.qers[0]->ul_mbr_bps = s.qers[0]->ul_gbr_bps = 63'000;
  expect_refused(put_session(7, 42, s), "QER 1: MBR in bits of 63000 a second");
}

TEST_F(RatesOfEntries, OfASessionAndItsQers) {
  schema::SessionEntryT s = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
  auto second = std::make_unique<schema::QerEntryT>();
  second->qer_id = 9;
  second->dl_mbr_bps = 2'000'000;
  second->dl_gbr_bps = 1'000'000;
  s.qers.push_back(std::move(second));
  s.pdrs[1]->qer_ids = {1, 9};
  s.ambr = rates(1'000'000);
  ASSERT_TRUE(world.apply({put_session(7, 42, s)}));
  const Session* session = world.sessions->find(world.tenant(7), Seid(42));
  ASSERT_NE(session->rates, nullptr);
  EXPECT_EQ(session->rates->ambr[0].bits.per_second, 1'000'000u);
  ASSERT_EQ(session->rates->qers.size(), 1u) << "the other has no rate";
  EXPECT_EQ(session->rates->qers[0].mbr[1].per_second, 2'000'000u);
  EXPECT_EQ(session->rates->qers[0].gbr[1].per_second, 1'000'000u);
  // In order of precedence: the downlink PDR is the first.
  EXPECT_EQ(session->rates->of_pdrs, (std::vector<uint16_t>{1, 0}));
  EXPECT_TRUE(world.sessions->has_rates());
  const QerMeter* const meter = session->rates->qers[0].meter;

  s.qers[1]->dl_mbr_bps = 4'000'000;
  ASSERT_TRUE(world.apply({put_session(7, 42, s)}));
  session = world.sessions->find(world.tenant(7), Seid(42));
  EXPECT_EQ(session->rates->qers[0].meter, meter) << "a put keeps what is in the bucket";
  EXPECT_EQ(session->rates->qers[0].mbr[1].per_second, 4'000'000u);

  ASSERT_TRUE(world.apply({put_session(7, 42, 0x1001, ip(10, 45, 0, 2))}));
  EXPECT_EQ(world.sessions->find(world.tenant(7), Seid(42))->rates, nullptr);
  EXPECT_FALSE(world.sessions->has_rates());
}

// New QER ids again and again take no more memory than sixteen do.
TEST_F(RatesOfEntries, MetersOfQersAreBounded) {
  for (uint32_t round = 0; round < 10; ++round) {
    schema::SessionEntryT s = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
    for (uint32_t n = 0; n < 10; ++n) {
      auto qer = std::make_unique<schema::QerEntryT>();
      qer->qer_id = 100 + 10 * round + n;
      qer->ul_mbr_bps = 1'000'000;
      s.pdrs[0]->qer_ids.push_back(qer->qer_id);
      s.qers.push_back(std::move(qer));
    }
    ASSERT_TRUE(world.apply({put_session(7, 42, s)}));
    const Session* session = world.sessions->find(world.tenant(7), Seid(42));
    EXPECT_LE(session->rates->meters->qers.size(), kMeteredQersMax);
    std::set<const QerMeter*> meters;
    for (const QerRates& q : session->rates->qers) meters.insert(q.meter);
    EXPECT_EQ(meters.size(), 10u) << "each its own";
    EXPECT_FALSE(meters.contains(nullptr));
  }
}

}  // namespace
}  // namespace demarc::dp::test
