#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "dataplane/tables/session_table.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp::test {
namespace {

TEST(SessionUsage, CountsBothWaysAndEachReason) {
  UsageRef ref = UsageRef::make();
  SessionUsage& usage = *ref.get();
  usage.count_uplink(2, 300);
  usage.count_uplink(1, 40);
  usage.count_downlink(5, 7000);
  for (int i = 0; i < 3; ++i) usage.count_drop(DropReason::far_drop);
  usage.count_drop(static_cast<DropReason>(0));
  usage.count_drop(static_cast<DropReason>(kDropReasonCount - 1));
  const UsageReading r = usage.read();
  EXPECT_EQ(r.uplink_packets, 3u);
  EXPECT_EQ(r.uplink_bytes, 340u);
  EXPECT_EQ(r.downlink_packets, 5u);
  EXPECT_EQ(r.downlink_bytes, 7000u);
  for (size_t i = 0; i < kDropReasonCount; ++i) {
    const bool is_edge = i == 0 || i == kDropReasonCount - 1;
    EXPECT_EQ(r.drops[i], i == static_cast<size_t>(DropReason::far_drop) ? 3u : is_edge ? 1u : 0u) << i;
  }
  EXPECT_EQ(r.other_drops, 0u);
}

TEST(SessionUsage, ReasonsBeyondTheirPlacesAreCountedTogether) {
  UsageRef ref = UsageRef::make();
  for (int round = 0; round < 2; ++round)
    for (size_t i = 0; i < SessionUsage::kReasons + 3; ++i) ref.get()->count_drop(static_cast<DropReason>(i));
  const UsageReading r = ref.get()->read();
  for (size_t i = 0; i < kDropReasonCount; ++i) EXPECT_EQ(r.drops[i], i < SessionUsage::kReasons ? 2u : 0u) << i;
  EXPECT_EQ(r.other_drops, 6u);
}

TEST(SessionUsage, WorkersThatDropAtOnceLoseNothing) {
  UsageRef ref = UsageRef::make();
  constexpr unsigned kThreads = 4;
  constexpr unsigned kRounds = 20'000;
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t)
    threads.emplace_back([&ref, t] {
      for (unsigned n = 0; n < kRounds; ++n) ref.get()->count_drop(static_cast<DropReason>((n + t) % 8));
    });
  for (std::thread& t : threads) t.join();
  const UsageReading r = ref.get()->read();
  for (size_t i = 0; i < 8; ++i) EXPECT_EQ(r.drops[i], kThreads * kRounds / 8) << i;
  EXPECT_EQ(r.other_drops, 0u);
}

class SessionUsageInTable : public ::testing::Test {
 protected:
  void SetUp() override { table = std::move(*SessionTable::create(16, reclaimer, "usage")); }
  uint64_t uplink_packets(uint32_t number) {
    return table->find(kTenant, Seid{number + 1})->usage->read().uplink_packets;
  }

  Reclaimer reclaimer{1};
  std::unique_ptr<SessionTable> table;
};

TEST_F(SessionUsageInTable, APutOfTheSameSessionKeepsIt) {
  ASSERT_TRUE(table->put(sample_session(1)));
  ASSERT_TRUE(table->put(sample_session(2)));
  SessionUsage* const usage = table->find(kTenant, Seid{2})->usage;
  EXPECT_NE(usage, table->find(kTenant, Seid{3})->usage);
  usage->count_uplink(7, 700);
  for (uint32_t version = 1; version < 5; ++version) {
    ASSERT_TRUE(table->put(sample_session(1, version)));
    while (reclaimer.reclaim() > 0) {
    }
    EXPECT_EQ(table->find(kTenant, Seid{2})->usage, usage);
  }
  EXPECT_EQ(uplink_packets(1), 7u);
  EXPECT_EQ(uplink_packets(2), 0u);
}

// A worker may still count for a session that is gone; whoever comes in its place, of this tenant or another, begins
// at 0 and never sees it.
TEST_F(SessionUsageInTable, WhoComesInItsPlaceBeginsAtZero) {
  ASSERT_EQ(rte_rcu_qsbr_thread_register(reclaimer.qsbr(), 0), 0);
  rte_rcu_qsbr_thread_online(reclaimer.qsbr(), 0);
  ASSERT_TRUE(table->put(sample_session(1)));
  const Session* const seen_by_worker = uplink(*table, teid_of(1));
  seen_by_worker->usage->count_uplink(7, 700);
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  reclaimer.reclaim();
  SessionSpec same = sample_session(1);
  ASSERT_TRUE(table->put(same));
  SessionSpec of_another = sample_session(2);
  of_another.tenant = TenantSlot{4};
  ASSERT_TRUE(table->put(of_another));
  seen_by_worker->usage->count_uplink(1, 100);  // in the turn in which the session was removed
  seen_by_worker->usage->count_drop(DropReason::far_drop);
  rte_rcu_qsbr_quiescent(reclaimer.qsbr(), 0);
  EXPECT_GT(reclaimer.reclaim(), 0u);
  EXPECT_EQ(uplink_packets(1), 0u);
  EXPECT_EQ(table->find(kTenant, Seid{2})->usage->read().drops[static_cast<size_t>(DropReason::far_drop)], 0u);
  EXPECT_EQ(table->find(TenantSlot{4}, Seid{3})->usage->read().uplink_packets, 0u);
  // Memory that was used before, too.
  for (uint32_t round = 0; round < 100; ++round) {
    ASSERT_TRUE(table->remove(kTenant, Seid{2}));
    rte_rcu_qsbr_quiescent(reclaimer.qsbr(), 0);
    while (reclaimer.reclaim() > 0) {
    }
    ASSERT_TRUE(table->put(sample_session(1)));
    ASSERT_EQ(uplink_packets(1), 0u);
    table->find(kTenant, Seid{2})->usage->count_uplink(1, 1);
  }
  rte_rcu_qsbr_thread_offline(reclaimer.qsbr(), 0);
}

TEST_F(SessionUsageInTable, WhoTookASessionOutCanPutItBackWithWhatItUsed) {
  ASSERT_TRUE(table->put(sample_session(1)));
  table->find(kTenant, Seid{2})->usage->count_uplink(7, 700);
  SessionSpec back = sample_session(1);
  back.usage = UsageRef(table->find(kTenant, Seid{2})->usage);
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  while (reclaimer.reclaim() > 0) {
  }
  ASSERT_TRUE(table->put(back));
  EXPECT_EQ(uplink_packets(1), 7u);
}

}  // namespace
}  // namespace demarc::dp::test
