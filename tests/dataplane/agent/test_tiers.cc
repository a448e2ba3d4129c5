// Tiers of tenants, from entries to what workers read, and the way of sessions from worker to worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "common/base/log_linear.h"
#include "dataplane/agent/report.h"
#include "dataplane/agent/session_moves.h"
#include "dataplane/agent/worker_sets.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;

TableUpdate put_tier(uint32_t tenant, uint16_t weight, uint64_t pps, uint64_t bps, uint64_t workers) {
  schema::TenantEntryT e;
  e.name = "tenant" + std::to_string(tenant);
  e.tier = std::make_unique<schema::TierT>();
  e.tier->weight = weight;
  e.tier->guaranteed_pps = pps;
  e.tier->guaranteed_bps = bps;
  e.tier->workers = workers;
  return channel::put(key(tenant, EntryKind::tenant, tenant), e);
}

TEST(Tiers, ReachTheTopology) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 100)));
  EXPECT_EQ(world.topology().tenant(world.tenant(7)).weight, kWeightDefault);
  EXPECT_EQ(world.topology().tenant(world.tenant(7)).guarantee.state, nullptr);
  ASSERT_TRUE(world.apply({put_tier(7, 40, 100'000, 0, 0)}));
  const TenantRow& row = world.topology().tenant(world.tenant(7));
  EXPECT_EQ(row.weight, 40);
  ASSERT_NE(row.guarantee.state, nullptr);
  EXPECT_EQ(row.guarantee.rates[0].packets, (Rate{100'000, 5'000}));
  EXPECT_FALSE(row.guarantee.rates[0].bits);
  EXPECT_FALSE(world.topology().has_limits()) << "a guarantee is no limit";
  const auto state = row.guarantee.state;
  ASSERT_TRUE(world.apply({put_tier(7, 40, 200'000, 0, 0)}));
  EXPECT_EQ(world.topology().tenant(world.tenant(7)).guarantee.state, state) << "a change fills no bucket";
}

TEST(Tiers, OutOfRangeIsRefused) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 100)));
  const struct {
    TableUpdate update;
    const char* text;
  } cases[] = {{put_tier(7, 0, 0, 0, 0), "weight 0: must be from 1 to 100"},
               {put_tier(7, 101, 0, 0, 0), "weight 101: must be from 1 to 100"},
               {put_tier(7, 1, 9, 0, 0), "guarantee of packets of 9 a second"},
               {put_tier(7, 1, 0, 63'999, 0), "guarantee of bits of 63999 a second"}};
  for (const auto& c : cases) {
    const auto result = world.apply({c.update});
    ASSERT_FALSE(result) << c.text;
    EXPECT_THAT(result.error().error.message, HasSubstr(c.text));
  }
}

TEST(WorkerSets, OwnWorkersAreNobodyElses) {
  World world;
  for (const uint32_t tenant : {7u, 8u, 9u})
    ASSERT_TRUE(world.apply(base(tenant, static_cast<uint16_t>(tenant * 100))));
  ASSERT_TRUE(world.apply({put_tier(7, 10, 0, 0, 0b0110)}));
  const WorkerSets four(world.state().model, 4);
  EXPECT_EQ(four.of(TenantId(7)), 0b0110u);
  EXPECT_EQ(four.of(TenantId(8)), 0b1001u);
  const WorkerSets one(world.state().model, 1);
  EXPECT_EQ(one.of(TenantId(7)), 1u) << "workers that are not there";
  EXPECT_EQ(one.of(TenantId(8)), 1u);
  const WorkerSets two(world.state().model, 2);
  EXPECT_EQ(two.of(TenantId(7)), 0b10u);
  ASSERT_TRUE(world.apply({put_tier(8, 10, 0, 0, 0b1001)}));
  EXPECT_EQ(WorkerSets(world.state().model, 4).of(TenantId(9)), 0b1111u) << "somebody must serve the others";
}

class Moves : public ::testing::Test {
 protected:
  Moves() : world(World::small(), 2, 8, 2) {}
  void SetUp() override {
    for (const uint32_t tenant : {7u, 8u}) {
      ASSERT_TRUE(world.apply(base(tenant, static_cast<uint16_t>(tenant * 100))));
      for (uint32_t n = 0; n < kSessions; ++n)
        ASSERT_TRUE(world.apply({put_session(tenant, 100 + n, 0x1000 + n, ip(10, 45, 0, 2) + n)}));
    }
    moves.follow_model();
  }
  uint32_t owned(uint32_t tenant, WorkerIndex worker) {
    uint32_t count = 0;
    for (uint32_t n = 0; n < kSessions; ++n)
      count += world.sessions->find(world.tenant(tenant), Seid(100 + n))->owner == worker;
    return count;
  }
  // What the agent does in its turns; nobody is registered, so no worker is in the way.
  void turns(unsigned count) {
    for (unsigned n = 0; n < count; ++n) {
      world.settle();
      moves.tick();
    }
  }

  static constexpr uint32_t kSessions = 10;
  World world;
  SessionMoves moves{world.state(), world.reclaimer};
};

TEST_F(Moves, ATenantGetsItsWorkersAndTheOthersLeaveThem) {
  EXPECT_EQ(owned(7, WorkerIndex(0)), kSessions / 2);
  const SessionUsage* const usage = world.sessions->find(world.tenant(7), Seid(100))->usage;
  ASSERT_TRUE(world.apply({put_tier(7, 10, 0, 0, 0b10)}));
  moves.follow_model();
  moves.tick();
  EXPECT_EQ(owned(7, kNoOwner) + owned(8, kNoOwner), kSessions) << "half of each, until no worker can be at them";
  EXPECT_EQ(moves.pending(), kSessions);
  turns(2);
  EXPECT_EQ(owned(7, WorkerIndex(1)), kSessions);
  EXPECT_EQ(owned(8, WorkerIndex(0)), kSessions);
  EXPECT_EQ(moves.moved(), kSessions);
  EXPECT_EQ(world.sessions->find(world.tenant(7), Seid(100))->usage, usage) << "what it used stays";
  EXPECT_EQ(world.sessions->owned_by(WorkerIndex(0)), kSessions);

  ASSERT_TRUE(world.apply({put_session(7, 200, 0x2000, ip(10, 46, 0, 2))}));
  EXPECT_EQ(world.sessions->find(world.tenant(7), Seid(200))->owner, WorkerIndex(1)) << "a new one is put there";
}

// And back: nothing has to move, for all workers are everybody's again.
TEST_F(Moves, BackToShared) {
  ASSERT_TRUE(world.apply({put_tier(7, 10, 0, 0, 0b10)}));
  moves.follow_model();
  turns(3);
  ASSERT_TRUE(world.apply({put_tier(7, 10, 0, 0, 0)}));
  moves.follow_model();
  turns(3);
  EXPECT_EQ(owned(7, kNoOwner) + owned(8, kNoOwner), 0u);
  EXPECT_EQ(moves.pending(), 0u);
}

// A worker in the middle of a packet may still write what the session keeps: until then nobody else gets it.
TEST_F(Moves, WaitForAWorkerThatIsBusy) {
  rte_rcu_qsbr_thread_register(world.reclaimer.qsbr(), 0);
  rte_rcu_qsbr_thread_online(world.reclaimer.qsbr(), 0);
  ASSERT_TRUE(world.apply({put_tier(7, 10, 0, 0, 0b10)}));
  moves.follow_model();
  for (int n = 0; n < 5; ++n) {
    world.reclaimer.reclaim();
    moves.tick();
  }
  EXPECT_EQ(owned(7, kNoOwner), kSessions / 2);
  EXPECT_EQ(moves.moved(), 0u);
  rte_rcu_qsbr_quiescent(world.reclaimer.qsbr(), 0);
  world.reclaimer.reclaim();
  moves.tick();
  EXPECT_EQ(owned(7, WorkerIndex(1)), kSessions);
  rte_rcu_qsbr_thread_offline(world.reclaimer.qsbr(), 0);
  rte_rcu_qsbr_thread_unregister(world.reclaimer.qsbr(), 0);
}

// What becomes of a session meanwhile: a put leaves it between owners, a removal ends it.
TEST_F(Moves, PutsAndRemovalsMeanwhile) {
  ASSERT_TRUE(world.apply({put_tier(7, 10, 0, 0, 0b10)}));
  moves.follow_model();
  moves.tick();
  std::vector<uint64_t> moving;
  for (uint64_t seid = 100; seid < 100 + kSessions; ++seid)
    if (world.sessions->find(world.tenant(7), Seid(seid))->owner == kNoOwner) moving.push_back(seid);
  ASSERT_GE(moving.size(), 2u);
  const auto n = static_cast<uint32_t>(moving[0] - 100);
  ASSERT_TRUE(world.apply({put_session(7, moving[0], 0x1000 + n, ip(10, 45, 0, 2) + n)}));
  EXPECT_EQ(world.sessions->find(world.tenant(7), Seid(moving[0]))->owner, kNoOwner);
  ASSERT_TRUE(world.apply({drop(7, EntryKind::session, moving[1])}));
  turns(3);
  EXPECT_EQ(world.sessions->find(world.tenant(7), Seid(moving[0]))->owner, WorkerIndex(1));
  EXPECT_EQ(world.sessions->find(world.tenant(7), Seid(moving[1])), nullptr);
  EXPECT_EQ(world.sessions->owned_by(WorkerIndex(0)) + world.sessions->owned_by(WorkerIndex(1)), 2 * kSessions - 1);
}

TEST(LoadReport, HasLatencyWithoutEmptyEndsAndEachWorkersCycles) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 100)));
  const uint16_t slot = world.tenant(7).value;
  world.workers[0].loads[slot].latency[30].add(5);
  world.workers[1].loads[slot].latency[30].add(2);
  world.workers[1].loads[slot].latency[33].add(1);
  world.workers[1].loads[slot].cycles.add(1'000);
  world.workers[1].loads[slot].packets.add(8);
  world.workers[0].tenants[slot].drop(DropReason::overload, 4);
  const auto report = report_counters(world.state(), world.workers, 0);
  const auto& row = *std::ranges::find_if(report.tenants, [](const auto& t) { return t->tenant == 7; });
  EXPECT_EQ(row->latency_first, 30);
  EXPECT_EQ(row->latency, (std::vector<uint64_t>{7, 0, 0, 1}));
  EXPECT_EQ(row->worker_cycles, (std::vector<uint64_t>{0, 1'000}));
  EXPECT_EQ(row->worker_packets, (std::vector<uint64_t>{0, 8}));
  EXPECT_EQ(report.workers[0]->shed_packets, 4u);
  EXPECT_TRUE(report.tenants[0]->latency.empty()) << "the house sent nothing";
}

}  // namespace
}  // namespace demarc::dp::test
