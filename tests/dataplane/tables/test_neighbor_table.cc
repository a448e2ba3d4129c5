#include <gtest/gtest.h>

#include <array>
#include <string>

#include "dataplane/tables/neighbor_table.h"
#include "tests/dataplane/eal_fixture.h"

namespace demarc::dp {
namespace {

constexpr MacAddress kMac{0xfe, 0x01, 0x80, 0xff, 0x00, 0x7f};

uint64_t key(uint32_t number) { return NeighborTable::key(AttachmentSlot{2}, Be32::from_host(0x0a000000 + number)); }

class NeighborTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = NeighborTable::create(16, reclaimer, "neigh_test");
    ASSERT_TRUE(made) << made.error().message;
    table = std::move(*made);
  }
  NeighborAnswer lookup(uint64_t k) const {
    NeighborAnswer a{NeighborState::failed, kMac};
    table->lookup(&k, 1, &a);
    return a;
  }

  Reclaimer reclaimer{1};
  std::unique_ptr<NeighborTable> table;
};

TEST_F(NeighborTableTest, GivesBackWhatWasPut) {
  for (const NeighborState state : {NeighborState::incomplete, NeighborState::reachable, NeighborState::failed}) {
    ASSERT_TRUE(table->put(key(1), {state, kMac}));
    EXPECT_EQ(lookup(key(1)).state, state);
    EXPECT_EQ(lookup(key(1)).mac, kMac);
    EXPECT_EQ(table->find(key(1)).state, state);
    EXPECT_EQ(table->find(key(1)).mac, kMac);
    EXPECT_EQ(table->size(), 1u);
  }
}

TEST_F(NeighborTableTest, WhatIsNotThereIsUnknown) {
  EXPECT_EQ(lookup(key(1)).state, NeighborState::unknown);
  EXPECT_EQ(lookup(key(1)).mac, MacAddress{});
  EXPECT_EQ(table->find(key(1)).state, NeighborState::unknown);
  // The same address on another attachment is another neighbor.
  ASSERT_TRUE(table->put(key(1), {NeighborState::reachable, kMac}));
  EXPECT_EQ(lookup(NeighborTable::key(AttachmentSlot{3}, Be32::from_host(0x0a000001))).state, NeighborState::unknown);
}

TEST_F(NeighborTableTest, RemovingAndPuttingUnknownAreTheSame) {
  ASSERT_TRUE(table->put(key(1), {NeighborState::reachable, kMac}));
  ASSERT_TRUE(table->put(key(2), {NeighborState::reachable, kMac}));
  table->remove(key(1));
  ASSERT_TRUE(table->put(key(2), {NeighborState::unknown, kMac}));
  for (uint32_t i : {1u, 2u}) {
    EXPECT_EQ(lookup(key(i)).state, NeighborState::unknown);
  }
  EXPECT_EQ(table->size(), 0u);
  table->remove(key(1));
  EXPECT_EQ(table->size(), 0u);
}

TEST_F(NeighborTableTest, LooksUpBurstsWithMissesInThem) {
  for (uint32_t i = 0; i < 64; i += 4) ASSERT_TRUE(table->put(key(i), {NeighborState::reachable, kMac}));
  std::array<uint64_t, 64> keys;
  for (uint32_t i = 0; i < 64; ++i) keys[i] = key(i);
  for (unsigned n : {0u, 1u, 5u, 64u}) {
    std::array<NeighborAnswer, 65> answers;
    answers.fill({NeighborState::failed, {}});
    table->lookup(keys.data(), n, answers.data());
    for (uint32_t i = 0; i < n; ++i)
      EXPECT_EQ(answers[i].state, i % 4 == 0 ? NeighborState::reachable : NeighborState::unknown) << i;
    EXPECT_EQ(answers[n].state, NeighborState::failed) << "wrote behind " << n;
  }
}

TEST_F(NeighborTableTest, FullMeansItsCapacityAndAChangeStillFits) {
  for (uint32_t i = 0; i < 16; ++i) ASSERT_TRUE(table->put(key(i), {NeighborState::incomplete, {}}));
  const Status s = table->put(key(16), {NeighborState::incomplete, {}});
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, ErrorCode::exhausted);
  EXPECT_NE(s.error().message.find("16 of 16"), std::string::npos) << s.error().message;
  EXPECT_EQ(lookup(key(16)).state, NeighborState::unknown);
  EXPECT_TRUE(table->put(key(3), {NeighborState::reachable, kMac}));
  table->remove(key(0));
  EXPECT_TRUE(table->put(key(16), {NeighborState::incomplete, {}}));
}

TEST_F(NeighborTableTest, SlotsComeBackAfterTheGracePeriodOnly) {
  ASSERT_EQ(rte_rcu_qsbr_thread_register(reclaimer.qsbr(), 0), 0);
  rte_rcu_qsbr_thread_online(reclaimer.qsbr(), 0);
  Status s;
  for (uint32_t i = 0; i < 10000 && s; ++i) {
    s = table->put(key(i), {NeighborState::incomplete, {}});
    table->remove(key(i));
  }
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, ErrorCode::unavailable);
  EXPECT_EQ(table->size(), 0u);
  rte_rcu_qsbr_quiescent(reclaimer.qsbr(), 0);
  EXPECT_TRUE(table->put(key(1), {NeighborState::incomplete, {}}));
}

TEST_F(NeighborTableTest, IsRefusedInWordsWhenItCannotBeMade) {
  EXPECT_EQ(NeighborTable::create(1u << 29, reclaimer, "big").error().code, ErrorCode::exhausted);
  EXPECT_EQ(NeighborTable::create(0, reclaimer, "none").error().code, ErrorCode::invalid);
  EXPECT_EQ(NeighborTable::create(16, reclaimer, "neigh_test").error().code, ErrorCode::conflict);
  EXPECT_EQ(NeighborTable::create(16, reclaimer, "a_name_of_more_than_20").error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace demarc::dp
