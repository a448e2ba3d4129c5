// Which worker owns a session.
#include <gtest/gtest.h>

#include <memory>

#include "dataplane/tables/owner_choice.h"
#include "dataplane/tables/session_table.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp {
namespace {

using namespace demarc::dp::test;

class Owners : public ::testing::Test {
 protected:
  void make(unsigned workers) {
    auto made = SessionTable::create(256, reclaimer, "sess_owners", workers);
    ASSERT_TRUE(made) << made.error().message;
    table = std::move(*made);
  }
  // The session `number`, at this TEID.
  SessionSpec session(uint32_t number, uint32_t teid) {
    SessionSpec spec = sample_session(number);
    spec.pdrs[0].teid = Teid(teid);
    return spec;
  }
  unsigned owner(uint32_t number) { return table->find(kTenant, Seid{number + 1})->owner.value; }

  Reclaimer reclaimer{1};
  std::unique_ptr<SessionTable> table;
};

TEST_F(Owners, AreEvenWhateverTheTeids) {
  make(3);
  for (uint32_t n = 0; n < 90; ++n) ASSERT_TRUE(table->put(sample_session(n)));
  for (uint8_t w = 0; w < 3; ++w) EXPECT_EQ(table->owned_by(WorkerIndex(w)), 30u);
  for (uint32_t n = 0; n < 90; ++n)
    if (owner(n) == 1) {
      ASSERT_TRUE(table->remove(kTenant, Seid{n + 1}));
    }
  EXPECT_EQ(table->owned_by(WorkerIndex(1)), 0u);
  for (uint32_t n = 100; n < 130; ++n) {
    ASSERT_TRUE(table->put(sample_session(n)));
    EXPECT_EQ(owner(n), 1u);
  }
}

TEST_F(Owners, StayWithASessionThatIsReplaced) {
  make(2);
  for (uint32_t n = 0; n < 4; ++n) ASSERT_TRUE(table->put(sample_session(n)));
  ASSERT_EQ(owner(3), 1u);
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));  // the second worker has fewer now
  const unsigned before = owner(0);
  for (uint32_t version = 1; version < 4; ++version) {
    ASSERT_TRUE(table->put(sample_session(0, version)));
    EXPECT_EQ(owner(0), before);
  }
  ASSERT_TRUE(table->put(session(0, 0x80000001)));
  EXPECT_EQ(owner(0), before) << "also when its TEID changes";
  EXPECT_EQ(table->owned_by(WorkerIndex(0)) + table->owned_by(WorkerIndex(1)), 3u);
}

TEST_F(Owners, AreTheOneThatWasWhenARemovalIsUndone) {
  make(2);
  for (uint32_t n = 0; n < 2; ++n) ASSERT_TRUE(table->put(sample_session(n)));
  SessionSpec before = sample_session(1);
  before.owner = table->find(kTenant, Seid{2})->owner;
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  ASSERT_TRUE(table->put(sample_session(2)));
  ASSERT_TRUE(table->put(before));
  EXPECT_EQ(owner(1), before.owner->value);
}

TEST_F(Owners, FollowTheTeidWhereAPortBringsItsPackets) {
  make(2);
  table->follow_teids(true);
  for (uint32_t n = 0; n < 8; ++n) {
    ASSERT_TRUE(table->put(session(n, (n % 2 == 0 ? 0x80000000 : 0x100) + n)));
    EXPECT_EQ(owner(n), n % 2 == 0 ? 1u : 0u);
  }
  SessionSpec both = session(10, 0x80000010);
  Pdr other = both.pdrs[0];
  other.pdr_id = 3;
  other.teid = Teid(0x10);
  both.pdrs.push_back(other);
  ASSERT_TRUE(table->put(both));
  EXPECT_EQ(owner(10), 0u) << "its TEIDs do not agree: the one with the fewest";
}

TEST_F(Owners, StayEvenWhenTeidsAreDrawnBadly) {
  make(4);
  table->follow_teids(true);
  for (uint32_t n = 0; n < 200; ++n) ASSERT_TRUE(table->put(session(n, 0x100 + n)));  // all name the first
  uint32_t least = 200;
  uint32_t most = 0;
  for (uint8_t w = 0; w < 4; ++w) {
    least = std::min(least, table->owned_by(WorkerIndex(w)));
    most = std::max(most, table->owned_by(WorkerIndex(w)));
  }
  EXPECT_LE(most, least + least / 8 + 1);
}

TEST_F(Owners, ThereIsAtLeastOneWorkerAndAtMost64) {
  for (const unsigned workers : {0u, 65u}) {
    const auto made = SessionTable::create(4, reclaimer, "sess_none", workers);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::invalid);
  }
}

}  // namespace
}  // namespace demarc::dp
