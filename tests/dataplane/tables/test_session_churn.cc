// One thread reads as a worker does while the agent's side changes everything: nothing that is found may be torn, freed
// or another's. Under AddressSanitizer a block freed too early ends the test.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "dataplane/tables/neighbor_table.h"
#include "dataplane/tables/tables.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp {
namespace {

using namespace demarc::dp::test;

constexpr uint32_t kNumbers = 256;
constexpr auto kTime = std::chrono::milliseconds(1500);

MacAddress mac_of(uint32_t number, NeighborState state) {
  const auto n = static_cast<uint8_t>(number);
  return {0x02, n, static_cast<uint8_t>(state), n, static_cast<uint8_t>(~n), n};
}

class Churn : public ::testing::Test {
 protected:
  // Runs `turn` as a worker's poll loop with a quiescent state at the end of each, until stop.
  template <class Turn>
  std::thread worker(unsigned id, Turn turn) {
    return std::thread([this, id, turn] {
      rte_rcu_qsbr_thread_register(reclaimer.qsbr(), id);
      rte_rcu_qsbr_thread_online(reclaimer.qsbr(), id);
      ready.fetch_add(1);
      while (!stop.load(std::memory_order_relaxed)) {
        turn();
        turns.fetch_add(1, std::memory_order_relaxed);
        rte_rcu_qsbr_quiescent(reclaimer.qsbr(), id);
      }
      rte_rcu_qsbr_thread_offline(reclaimer.qsbr(), id);
      rte_rcu_qsbr_thread_unregister(reclaimer.qsbr(), id);
    });
  }
  // Runs `change` on this thread for a while, with a reclaim now and then.
  template <class Change>
  uint64_t agent(unsigned workers, Change change) {
    while (ready.load() < workers) std::this_thread::yield();
    uint64_t changes = 0;
    for (const auto end = std::chrono::steady_clock::now() + kTime; std::chrono::steady_clock::now() < end; ++changes) {
      change();
      if (HasFatalFailure()) break;
      if (changes % 16 == 0) reclaimer.reclaim();
    }
    stop = true;
    return changes;
  }

  Reclaimer reclaimer{2};
  std::atomic<bool> stop{false};
  std::atomic<unsigned> ready{0};
  std::atomic<uint64_t> turns{0};
  std::atomic<uint64_t> found{0};
  std::atomic<uint64_t> wrong{0};
};

TEST_F(Churn, SessionsAreSeenWholeOrNotAtAll) {
  auto table = SessionTable::create(kNumbers, reclaimer, "sess_churn").value();
  const auto turn = [&](bool downlink) {
    std::array<uint64_t, 64> keys;
    std::array<const Session*, 64> sessions;
    for (uint32_t first = 0; first < kNumbers; first += 64) {
      for (uint32_t i = 0; i < 64; ++i)
        keys[i] = downlink ? SessionTable::downlink_key(kCoreVrf, ue_of(first + i))
                           : SessionTable::uplink_key(kEndpoint, teid_of(first + i));
      downlink ? table->lookup_downlink(keys.data(), 64, sessions.data())
               : table->lookup_uplink(keys.data(), 64, sessions.data());
      for (uint32_t i = 0; i < 64; ++i) {
        if (sessions[i] == nullptr) continue;
        found.fetch_add(1, std::memory_order_relaxed);
        if (!is_whole(*sessions[i], first + i)) wrong.fetch_add(1);
      }
    }
  };
  std::thread up = worker(0, [&] { turn(false); });
  std::thread down = worker(1, [&] { turn(true); });
  std::mt19937 random(7);
  uint32_t version = 0;
  uint64_t waits = 0;
  const uint64_t changes = agent(2, [&] {
    const uint32_t number = static_cast<uint32_t>(random()) % kNumbers;
    if (random() % 3 == 0) {
      (void)table->remove(kTenant, Seid{number + 1});
      return;
    }
    const Status s = table->put(sample_session(number, ++version));
    if (s) return;
    ASSERT_EQ(s.error().code, ErrorCode::unavailable) << s.error().message;
    ++waits;
    std::this_thread::yield();
  });
  up.join();
  down.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(found, 0u);
  EXPECT_GT(changes, 1000u);
  RecordProperty("changes", std::to_string(changes));
  RecordProperty("turns", std::to_string(turns.load()));
  RecordProperty("waits", std::to_string(waits));
  reclaimer.reclaim();
  EXPECT_EQ(reclaimer.pending(), 0u);
}

TEST_F(Churn, StateAndAddressOfANeighborBelongTogether) {
  auto table = NeighborTable::create(kNumbers, reclaimer, "neigh_churn").value();
  std::thread reader = worker(0, [&] {
    std::array<uint64_t, 64> keys;
    std::array<NeighborAnswer, 64> answers;
    for (uint32_t i = 0; i < 64; ++i) keys[i] = NeighborTable::key(AttachmentSlot{1}, ue_of(i));
    table->lookup(keys.data(), 64, answers.data());
    for (uint32_t i = 0; i < 64; ++i) {
      const NeighborAnswer& a = answers[i];
      const MacAddress want = a.state == NeighborState::unknown ? MacAddress{} : mac_of(i, a.state);
      if (a.mac != want) wrong.fetch_add(1);
      if (a.state != NeighborState::unknown) found.fetch_add(1, std::memory_order_relaxed);
    }
  });
  std::mt19937 random(8);
  agent(1, [&] {
    const uint32_t number = static_cast<uint32_t>(random()) % 64;
    const auto state = static_cast<NeighborState>(random() % 4);
    const NeighborAnswer a{state, mac_of(number, state)};
    const Status s = table->put(NeighborTable::key(AttachmentSlot{1}, ue_of(number)), a);
    if (!s) {
      ASSERT_EQ(s.error().code, ErrorCode::unavailable) << s.error().message;
    }
  });
  reader.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(found, 0u);
}

TEST_F(Churn, ATopologyIsSeenAsOne) {
  // Version v: v % 8 + 1 VRFs, each with a route whose egress is v.
  const auto build = [](uint32_t version) {
    TopologySpec spec;
    spec.ports = 1;
    spec.vrfs.resize(version % 8 + 1);
    for (VrfRow& row : spec.vrfs) {
      const FibRoute route{0x0a000000, 8, {AttachmentSlot{version}, {}}};
      row = {.tenant = kTenant, .valid = true, .core = true, .fib = Fib::build({&route, 1}).value()};
    }
    return Topology::build(std::move(spec)).value().release();
  };
  SharedTables tables;
  tables.topology = build(0);
  std::thread reader = worker(0, [&] {
    const TablesView view = tables.view();
    const uint32_t version = view.topology->vrf(VrfSlot{0})->fib->lookup(0x0a000001)->egress.value;
    uint32_t vrfs = 0;
    for (uint32_t i = 0; i < 9; ++i) {
      const VrfRow* row = view.topology->vrf(VrfSlot{i});
      if (row == nullptr) continue;
      ++vrfs;
      if (row->fib->lookup(0x0affffff)->egress.value != version) wrong.fetch_add(1);
    }
    if (vrfs != version % 8 + 1) wrong.fetch_add(1);
  });
  uint32_t version = 0;
  agent(1, [&] {
    const Topology* old = tables.topology.exchange(build(++version), std::memory_order_release);
    reclaimer.retire([old] { delete old; });
  });
  reader.join();
  delete tables.topology.load();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(turns, 0u);
  EXPECT_GT(version, 100u);
}

}  // namespace
}  // namespace demarc::dp
