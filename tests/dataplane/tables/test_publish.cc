#include <gtest/gtest.h>

#include "dataplane/tables/publish.h"

namespace demarc::dp {
namespace {

class ReclaimerTest : public ::testing::Test {
 protected:
  void go_online(unsigned id) {
    ASSERT_EQ(rte_rcu_qsbr_thread_register(reclaimer.qsbr(), id), 0);
    rte_rcu_qsbr_thread_online(reclaimer.qsbr(), id);
  }
  void quiesce(unsigned id) { rte_rcu_qsbr_quiescent(reclaimer.qsbr(), id); }

  int destroyed = 0;
  Reclaimer reclaimer{2};
};

TEST_F(ReclaimerTest, WithoutWorkersWhatIsRetiredGoesAtTheNextReclaimAndNotBefore) {
  reclaimer.retire([this] { ++destroyed; });
  EXPECT_EQ(destroyed, 0);
  EXPECT_EQ(reclaimer.pending(), 1u);
  EXPECT_EQ(reclaimer.reclaim(), 1u);
  EXPECT_EQ(destroyed, 1);
  EXPECT_EQ(reclaimer.pending(), 0u);
  EXPECT_EQ(reclaimer.reclaim(), 0u);
}

TEST_F(ReclaimerTest, WaitsForEachWorker) {
  go_online(0);
  go_online(1);
  reclaimer.retire([this] { ++destroyed; });
  EXPECT_EQ(reclaimer.reclaim(), 0u);
  quiesce(0);
  EXPECT_EQ(reclaimer.reclaim(), 0u);
  EXPECT_EQ(destroyed, 0);
  quiesce(1);
  EXPECT_EQ(reclaimer.reclaim(), 1u);
  EXPECT_EQ(destroyed, 1);
}

TEST_F(ReclaimerTest, AQuiescentStateFreesWhatWasRetiredBeforeItOnly) {
  go_online(0);
  reclaimer.retire([this] { destroyed += 1; });
  quiesce(0);
  reclaimer.retire([this] { destroyed += 10; });
  EXPECT_EQ(reclaimer.reclaim(), 1u);
  EXPECT_EQ(destroyed, 1);
  quiesce(0);
  EXPECT_EQ(reclaimer.reclaim(), 1u);
  EXPECT_EQ(destroyed, 11);
}

TEST_F(ReclaimerTest, AWorkerThatIsOfflineIsNotWaitedFor) {
  go_online(0);
  rte_rcu_qsbr_thread_offline(reclaimer.qsbr(), 0);
  reclaimer.retire([this] { ++destroyed; });
  EXPECT_EQ(reclaimer.reclaim(), 1u);
}

TEST_F(ReclaimerTest, WhatADestroyRetiresWaitsForTheNextReclaim) {
  reclaimer.retire([this] { reclaimer.retire([this] { ++destroyed; }); });
  EXPECT_EQ(reclaimer.reclaim(), 1u);
  EXPECT_EQ(destroyed, 0);
  EXPECT_EQ(reclaimer.reclaim(), 1u);
  EXPECT_EQ(destroyed, 1);
}

TEST(Reclaimer, ItsEndDestroysWhatIsLeft) {
  int destroyed = 0;
  {
    Reclaimer r(1);
    ASSERT_EQ(rte_rcu_qsbr_thread_register(r.qsbr(), 0), 0);
    rte_rcu_qsbr_thread_online(r.qsbr(), 0);
    r.retire([&] {
      ++destroyed;
      r.retire([&] { ++destroyed; });
    });
    EXPECT_EQ(r.reclaim(), 0u);
  }
  EXPECT_EQ(destroyed, 2);
}

}  // namespace
}  // namespace demarc::dp
