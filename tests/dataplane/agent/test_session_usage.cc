// What a session used, as the agent reports it.
#include <gtest/gtest.h>

#include "dataplane/agent/report.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

class SessionUsageReport : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(world.apply(base(7, 101)));
    ASSERT_TRUE(world.apply(base(8, 201)));
    ASSERT_TRUE(world.apply({put_session(7, 1, 1, ip(10, 45, 0, 1)), put_session(7, 2, 2, ip(10, 45, 0, 2)),
                             put_session(8, 1, 1, ip(10, 45, 0, 1))}));
  }
  schema::SessionUsageT report(uint32_t tenant, uint64_t seid) {
    return report_session_usage(world.state(), TenantId(tenant), Seid(seid));
  }
  uint64_t uplink(uint32_t tenant, uint64_t seid) { return report(tenant, seid).uplink_packets; }
  World world;
};

TEST_F(SessionUsageReport, HasAllOfTheSessionAndNothingOfAnother) {
  SessionUsage& used = *world.session(7, 1)->usage;
  used.count_uplink(3, 300);
  used.count_downlink(4, 400);
  used.count_drop(DropReason::far_drop);
  used.count_drop(DropReason::far_drop);
  for (size_t n = 0; n < SessionUsage::kReasons; ++n) used.count_drop(static_cast<DropReason>(n));
  world.session(8, 1)->usage->count_uplink(1, 1);
  const schema::SessionUsageT r = report(7, 1);
  EXPECT_TRUE(r.found);
  EXPECT_EQ(r.uplink_packets, 3u);
  EXPECT_EQ(r.uplink_bytes, 300u);
  EXPECT_EQ(r.downlink_packets, 4u);
  EXPECT_EQ(r.downlink_bytes, 400u);
  ASSERT_EQ(r.drops.size(), kDropReasonCount + 1);
  EXPECT_EQ(r.drops[static_cast<size_t>(DropReason::far_drop)], 2u);
  uint64_t sum = 0;
  for (const uint64_t packets : r.drops) sum += packets;
  EXPECT_EQ(sum, SessionUsage::kReasons + 2);
  EXPECT_EQ(r.drops.back(), 1u) << "the eleventh reason";
  EXPECT_EQ(uplink(7, 2), 0u);
  EXPECT_EQ(uplink(8, 1), 1u);
}

TEST_F(SessionUsageReport, WhatIsNotThereIsNotFound) {
  for (const auto& [tenant, seid] : {std::pair{7u, 3u}, {8u, 2u}, {9u, 1u}, {0u, 1u}}) {
    const schema::SessionUsageT r = report(tenant, seid);
    EXPECT_FALSE(r.found) << tenant << "/" << seid;
    EXPECT_TRUE(r.drops.empty());
  }
}

// A put, a swap of keys with another session, and removal and put in one transaction are the same session.
TEST_F(SessionUsageReport, IsKeptAsLongAsTheSessionIs) {
  world.session(7, 1)->usage->count_uplink(3, 300);
  world.session(7, 2)->usage->count_uplink(5, 500);
  ASSERT_TRUE(world.apply({put_session(7, 1, 9, ip(10, 45, 0, 9))}));
  world.settle();
  EXPECT_EQ(uplink(7, 1), 3u);
  ASSERT_TRUE(world.apply({put_session(7, 1, 2, ip(10, 45, 0, 2)), put_session(7, 2, 9, ip(10, 45, 0, 9))}));
  world.settle();
  EXPECT_EQ(uplink(7, 1), 3u);
  EXPECT_EQ(uplink(7, 2), 5u);
  ASSERT_TRUE(world.apply({drop(7, EntryKind::session, 1), put_session(7, 1, 1, ip(10, 45, 0, 1))}));
  EXPECT_EQ(uplink(7, 1), 3u);
}

TEST_F(SessionUsageReport, BeginsAtZeroForANewSessionOfTheSameName) {
  world.session(7, 1)->usage->count_uplink(3, 300);
  ASSERT_TRUE(world.apply({drop(7, EntryKind::session, 1)}));
  EXPECT_FALSE(report(7, 1).found);
  ASSERT_TRUE(world.apply({put_session(7, 1, 1, ip(10, 45, 0, 1))}));
  EXPECT_EQ(uplink(7, 1), 0u);
  // A tenant that goes, and another in its slot.
  world.session(8, 1)->usage->count_uplink(8, 800);
  std::vector<TableUpdate> gone{drop(8, EntryKind::session, 1)};
  for (const TableUpdate& u : base(8, 201)) gone.insert(gone.begin() + 1, drop(8, u.key.kind, u.key.id));
  const TenantSlot slot = world.tenant(8);
  ASSERT_TRUE(world.apply(gone));
  world.settle();
  ASSERT_TRUE(world.apply(base(10, 201)));
  ASSERT_EQ(world.tenant(10), slot);
  ASSERT_TRUE(world.apply({put_session(10, 1, 1, ip(10, 45, 0, 1))}));
  EXPECT_EQ(uplink(10, 1), 0u);
  EXPECT_FALSE(report(8, 1).found);
}

}  // namespace
}  // namespace demarc::dp::test
