// Workers that read while transactions apply and are refused: what a worker sees is whole, and nothing waits for it.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

// Turns of a poll loop: each looks at everything that it can reach.
class Reader {
 public:
  Reader(World& world, unsigned id) : world_(world), id_(id), thread_([this] { run(); }) {}
  ~Reader() {
    stop_ = true;
    thread_.join();
  }
  uint64_t turns() const { return turns_; }
  uint64_t torn() const { return torn_; }

 private:
  void run() {
    rte_rcu_qsbr* qsbr = world_.reclaimer.qsbr();
    rte_rcu_qsbr_thread_register(qsbr, id_);
    rte_rcu_qsbr_thread_online(qsbr, id_);
    while (!stop_) {
      turn(world_.tables.view());
      rte_rcu_qsbr_quiescent(qsbr, id_);
      ++turns_;
    }
    rte_rcu_qsbr_thread_offline(qsbr, id_);
    rte_rcu_qsbr_thread_unregister(qsbr, id_);
  }

  void turn(const TablesView& view) {
    for (const AttachmentRow& a : view.topology->spec().attachments) {
      if (!a.valid) continue;
      const VrfRow* vrf = view.topology->vrf(a.vrf);
      if (vrf == nullptr || vrf->fib->lookup(a.ipv4.host()) == nullptr) ++torn_;
    }
    for (const GtpuEndpointRow& e : view.topology->spec().endpoints) {
      if (!e.valid) continue;
      const auto slot = static_cast<uint32_t>(&e - view.topology->spec().endpoints.data());
      uint64_t keys[16];
      const Session* found[16];
      for (uint32_t t = 0; t < 16; ++t) keys[t] = SessionTable::uplink_key(GtpuEndpointSlot(slot), Teid(t + 1));
      view.sessions->lookup_uplink(keys, 16, found);
      for (uint32_t t = 0; t < 16; ++t) check(found[t], t + 1);
    }
  }

  // Every version of the sessions below keeps this: the peer's TEID follows our own.
  void check(const Session* s, uint32_t teid) {
    if (s == nullptr) return;
    if (s->pdr_count != 2 || s->far_count != 2) {
      ++torn_;
      return;
    }
    const Pdr& uplink = s->pdrs()[1];
    if (uplink.teid.value != teid || s->fars()[1].teid.value != teid + 1) ++torn_;
  }

  World& world_;
  unsigned id_;
  std::atomic<bool> stop_{false};
  std::atomic<uint64_t> turns_{0};
  std::atomic<uint64_t> torn_{0};
  std::thread thread_;
};

std::vector<TableUpdate> tear_down(uint32_t t) {
  std::vector<TableUpdate> updates;
  for (uint32_t s = 1; s <= 8; ++s) updates.push_back(drop(t, EntryKind::session, s));
  for (const auto& [kind, id] : {std::pair{EntryKind::route, 1u},
                                 {EntryKind::gtpu_endpoint, 1u},
                                 {EntryKind::attachment, 2u},
                                 {EntryKind::attachment, 1u},
                                 {EntryKind::vrf, 2u},
                                 {EntryKind::vrf, 1u},
                                 {EntryKind::tenant, t}})
    updates.push_back(drop(t, kind, id));
  return updates;
}

std::vector<TableUpdate> set_up(uint32_t t, uint16_t vlan, uint32_t turn) {
  std::vector<TableUpdate> updates = base(t, vlan);
  for (uint32_t s = 1; s <= 8; ++s)
    updates.push_back(put_session(t, s, (s + turn) % 16 + 1, ip(10, 45, 0, static_cast<uint8_t>(s + turn % 8))));
  return updates;
}

TEST(Concurrent, WorkersReadWhileTransactionsComeAndAreRefused) {
  World world(World::small(), 2, 64);
  Reader one(world, 0), two(world, 1);
  uint64_t applied = 0, refused = 0;
  // For a second and a half; on a slow machine for as long as it takes to have seen something.
  const auto begin = std::chrono::steady_clock::now();
  const auto goes_on = [&] {
    const auto took = std::chrono::steady_clock::now() - begin;
    const bool enough = applied > 20 && refused > 20 && one.turns() > 100;
    return took < std::chrono::milliseconds(1500) || (!enough && took < std::chrono::minutes(1));
  };
  for (uint32_t turn = 0; goes_on(); ++turn) {
    const uint32_t t = turn % 4 + 1;
    std::vector<TableUpdate> updates = set_up(t, static_cast<uint16_t>(t * 100), turn);
    const std::string before = world.snapshot();
    updates.push_back(put_session(t, 99, (1 + turn) % 16 + 1, ip(10, 46, 0, 1)));  // session 1 has its TEID
    if (!world.apply(updates)) {
      ++refused;
      ASSERT_EQ(world.snapshot(), before);
    }
    updates.pop_back();
    const ApplyResult result = world.apply(updates);
    if (result) {
      ++applied;
    } else {
      ASSERT_EQ(result.error().error.code, ErrorCode::unavailable) << result.error().error.message;
    }
    if (turn % 3 == 0) {
      const ApplyResult removed = world.apply(tear_down(t));
      ASSERT_TRUE(removed) << removed.error().error.message;
    }
    world.reclaimer.reclaim();
    world.applier->slots().free_cooled(world.workers);
  }
  EXPECT_GT(applied, 20u);
  EXPECT_GT(refused, 20u);
  EXPECT_GT(one.turns(), 100u);
  EXPECT_EQ(one.torn() + two.torn(), 0u);
}

}  // namespace
}  // namespace demarc::dp::test
