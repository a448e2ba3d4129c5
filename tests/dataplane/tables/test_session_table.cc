#include <gtest/gtest.h>

#include <array>
#include <string>

#include "dataplane/tables/session_table.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp {
namespace {

using namespace demarc::dp::test;

class SessionTableTest : public ::testing::Test {
 protected:
  void SetUp() override { make(64); }
  void make(uint32_t capacity) {
    table.reset();
    auto made = SessionTable::create(capacity, reclaimer, "sess_test");
    ASSERT_TRUE(made) << made.error().message;
    table = std::move(*made);
  }
  void expect_refused(const SessionSpec& spec, ErrorCode code, const std::string& says) {
    const uint32_t size = table->size();
    const Session* before = table->find(spec.tenant, spec.up_seid);
    const Status s = table->put(spec);
    ASSERT_FALSE(s) << "accepted; expected: " << says;
    EXPECT_EQ(s.error().code, code) << s.error().message;
    EXPECT_NE(s.error().message.find(says), std::string::npos) << s.error().message;
    EXPECT_EQ(table->size(), size);
    EXPECT_EQ(table->find(spec.tenant, spec.up_seid), before);
  }

  Reclaimer reclaimer{2};
  std::unique_ptr<SessionTable> table;
};

TEST_F(SessionTableTest, FindsASessionBothWaysAndByItsName) {
  ASSERT_TRUE(table->put(sample_session(1)));
  const Session* s = table->find(kTenant, Seid{2});
  ASSERT_NE(s, nullptr);
  EXPECT_TRUE(is_whole(*s, 1));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(s) % 64, 0u);
  EXPECT_EQ(uplink(*table, teid_of(1)), s);
  EXPECT_EQ(downlink(*table, ue_of(1)), s);
  EXPECT_EQ(table->size(), 1u);

  EXPECT_EQ(uplink(*table, teid_of(2)), nullptr);
  EXPECT_EQ(uplink(*table, teid_of(1), GtpuEndpointSlot{9}), nullptr);
  EXPECT_EQ(downlink(*table, ue_of(1), kAccessVrf), nullptr);
  EXPECT_EQ(table->find(TenantSlot{4}, Seid{2}), nullptr);
  EXPECT_EQ(table->find(kTenant, Seid{3}), nullptr);
}

TEST_F(SessionTableTest, TenantsMayUseTheSameSeidTeidAndAddress) {
  std::array<const Session*, 20> found;
  for (uint32_t i = 0; i < found.size(); ++i) {
    SessionSpec spec = sample_session(1);
    spec.tenant = TenantSlot{static_cast<uint16_t>(i)};
    spec.pdrs[0].endpoint = GtpuEndpointSlot{i};
    spec.pdrs[1].vrf = VrfSlot{i};
    ASSERT_TRUE(table->put(spec));
  }
  for (uint32_t i = 0; i < found.size(); ++i) {
    found[i] = uplink(*table, teid_of(1), GtpuEndpointSlot{i});
    ASSERT_NE(found[i], nullptr);
    EXPECT_EQ(found[i]->tenant.value, i);
    EXPECT_EQ(downlink(*table, ue_of(1), VrfSlot{i}), found[i]);
  }
}

TEST_F(SessionTableTest, LooksUpBurstsWithMissesInThem) {
  for (uint32_t i = 0; i < 64; i += 2) ASSERT_TRUE(table->put(sample_session(i)));
  for (unsigned n : {0u, 1u, 2u, 7u, 63u, 64u}) {
    std::array<uint64_t, 64> up, down;
    for (uint32_t i = 0; i < 64; ++i) {
      up[i] = SessionTable::uplink_key(kEndpoint, teid_of(i));
      down[i] = SessionTable::downlink_key(kCoreVrf, ue_of(i));
    }
    const Session marker{};
    std::array<const Session*, 65> found;
    for (const bool downlink : {false, true}) {
      found.fill(&marker);
      downlink ? table->lookup_downlink(down.data(), n, found.data())
               : table->lookup_uplink(up.data(), n, found.data());
      for (uint32_t i = 0; i < n; ++i) {
        ASSERT_EQ(found[i] != nullptr, i % 2 == 0) << i;
        if (found[i] != nullptr) {
          ASSERT_TRUE(is_whole(*found[i], i));
        }
      }
      EXPECT_EQ(found[n], &marker) << "wrote behind " << n;
    }
  }
}

TEST_F(SessionTableTest, PutsPdrsInOrderOfPrecedence) {
  SessionSpec spec = sample_session(1);
  spec.pdrs = {uplink_pdr(1, teid_of(1)), uplink_pdr(2, teid_of(1)), uplink_pdr(3, teid_of(1)),
               downlink_pdr(4, ue_of(1))};
  spec.pdrs[0].precedence = 300;
  spec.pdrs[1].precedence = 100;
  spec.pdrs[2].precedence = 300;
  spec.pdrs[3].precedence = 200;
  ASSERT_TRUE(table->put(spec));
  const Session* s = uplink(*table, teid_of(1));
  ASSERT_NE(s, nullptr);
  std::array<uint16_t, 4> ids;
  for (size_t i = 0; i < 4; ++i) ids[i] = s->pdrs()[i].pdr_id;
  EXPECT_EQ(ids, (std::array<uint16_t, 4>{2, 4, 1, 3}));
}

TEST_F(SessionTableTest, HoldsSixteenRulesOfAKind) {
  SessionSpec spec = sample_session(1);
  spec.pdrs.clear();
  spec.fars.assign(16, Far{});
  for (uint16_t i = 0; i < 16; ++i) {
    spec.pdrs.push_back(uplink_pdr(i, teid_of(100u + i), static_cast<uint8_t>(i)));
    spec.fars[i].far_id = 1000u + i;
  }
  ASSERT_TRUE(table->put(spec));
  for (uint16_t i = 0; i < 16; ++i) {
    const Session* s = uplink(*table, teid_of(100u + i));
    ASSERT_NE(s, nullptr);
    EXPECT_EQ(s->fars()[s->pdrs()[i].far_index].far_id, 1000u + i);
  }
}

TEST_F(SessionTableTest, ReplacingKeepsAddsAndRemovesKeys) {
  SessionSpec spec = sample_session(1);
  spec.pdrs.push_back(uplink_pdr(3, teid_of(50)));
  ASSERT_TRUE(table->put(spec));
  const Session* old = table->find(kTenant, Seid{2});

  spec.pdrs[2] = uplink_pdr(3, teid_of(60));
  spec.pdrs[1] = downlink_pdr(2, ue_of(61));
  ASSERT_TRUE(table->put(spec));
  const Session* now = table->find(kTenant, Seid{2});
  EXPECT_NE(now, old);
  EXPECT_EQ(uplink(*table, teid_of(1)), now);       // kept
  EXPECT_EQ(uplink(*table, teid_of(50)), nullptr);  // removed
  EXPECT_EQ(uplink(*table, teid_of(60)), now);      // added
  EXPECT_EQ(downlink(*table, ue_of(1)), nullptr);
  EXPECT_EQ(downlink(*table, ue_of(61)), now);
  EXPECT_EQ(table->size(), 1u);
  // What it left is free for others.
  SessionSpec other = sample_session(2);
  other.pdrs = {uplink_pdr(1, teid_of(50)), downlink_pdr(2, ue_of(1))};
  EXPECT_TRUE(table->put(other));
}

TEST_F(SessionTableTest, RemovesASessionWhole) {
  ASSERT_TRUE(table->put(sample_session(1)));
  ASSERT_TRUE(table->put(sample_session(2)));
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  EXPECT_EQ(uplink(*table, teid_of(1)), nullptr);
  EXPECT_EQ(downlink(*table, ue_of(1)), nullptr);
  EXPECT_EQ(table->find(kTenant, Seid{2}), nullptr);
  EXPECT_NE(uplink(*table, teid_of(2)), nullptr);
  EXPECT_EQ(table->size(), 1u);

  const Status again = table->remove(kTenant, Seid{2});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::not_found);
  EXPECT_TRUE(table->put(sample_session(1)));
  EXPECT_NE(uplink(*table, teid_of(1)), nullptr);
}

TEST_F(SessionTableTest, RefusesRulesThatMakeNoSession) {
  SessionSpec spec = sample_session(1);
  spec.pdrs[1].far_index = 2;
  expect_refused(spec, ErrorCode::invalid, "PDR 2 names the FAR at index 2");
  spec = sample_session(1);
  spec.pdrs[0].teid = Teid{0};
  expect_refused(spec, ErrorCode::invalid, "PDR 1");
  spec = sample_session(1);
  spec.pdrs[1].ue_ipv4 = Be32{};
  expect_refused(spec, ErrorCode::invalid, "PDR 2");
  spec = sample_session(1);
  spec.pdrs.clear();
  expect_refused(spec, ErrorCode::invalid, "0 PDRs");
  spec = sample_session(1);
  spec.fars.clear();
  expect_refused(spec, ErrorCode::invalid, "0 FARs");
  spec = sample_session(1);
  spec.pdrs.assign(65, uplink_pdr(1, teid_of(1)));
  expect_refused(spec, ErrorCode::invalid, "65 PDRs");
  spec = sample_session(1);
  spec.fars.assign(65, Far{});
  expect_refused(spec, ErrorCode::invalid, "65 FARs");
  EXPECT_EQ(uplink(*table, teid_of(1)), nullptr);
}

TEST_F(SessionTableTest, RefusesAKeyOfAnotherSessionAndNamesIt) {
  ASSERT_TRUE(table->put(sample_session(1)));
  const Session* first = table->find(kTenant, Seid{2});
  SessionSpec spec = sample_session(2);
  spec.pdrs[0].teid = teid_of(1);
  expect_refused(spec, ErrorCode::conflict, "TEID 0x1001");
  EXPECT_EQ(downlink(*table, ue_of(2)), nullptr) << "half of it is there";
  spec = sample_session(2);
  spec.pdrs[1].ue_ipv4 = ue_of(1);
  expect_refused(spec, ErrorCode::conflict, "UE address 10.0.0.1");
  EXPECT_EQ(uplink(*table, teid_of(2)), nullptr) << "half of it is there";
  // The same when it is to be replaced: it stays as it was.
  ASSERT_TRUE(table->put(sample_session(2)));
  expect_refused(spec, ErrorCode::conflict, "session 0x2");
  EXPECT_EQ(downlink(*table, ue_of(2)), table->find(kTenant, Seid{3}));
  EXPECT_EQ(uplink(*table, teid_of(1)), first);
}

TEST_F(SessionTableTest, FullMeansItsCapacityAndAReplacementStillFits) {
  for (uint32_t i = 0; i < 64; ++i) ASSERT_TRUE(table->put(sample_session(i)));
  expect_refused(sample_session(64), ErrorCode::exhausted, "64 of 64");
  EXPECT_TRUE(table->put(sample_session(5, 1)));
  ASSERT_TRUE(table->remove(kTenant, Seid{1}));
  EXPECT_TRUE(table->put(sample_session(64)));
  expect_refused(sample_session(65), ErrorCode::exhausted, "64 of 64");
}

TEST_F(SessionTableTest, FullMayAlsoMeanItsKeys) {
  make(4);  // 8 keys in each direction
  SessionSpec spec = sample_session(1);
  for (uint32_t i = 1; i < 8; ++i) spec.pdrs.push_back(uplink_pdr(static_cast<uint16_t>(9 + i), teid_of(100 + i)));
  ASSERT_TRUE(table->put(spec));
  expect_refused(sample_session(2), ErrorCode::exhausted, "TEIDs");
  EXPECT_EQ(downlink(*table, ue_of(2)), nullptr) << "half of it is there";
  // As many new keys as it gives up: it fits.
  spec.pdrs.back().teid = teid_of(200);
  EXPECT_TRUE(table->put(spec));
  spec.pdrs.pop_back();
  ASSERT_TRUE(table->put(spec));
  EXPECT_TRUE(table->put(sample_session(2)));
}

TEST_F(SessionTableTest, WaitsForAWorkerOnlyWhenItsSpareSlotsAreGoneAndThenChangesNothing) {
  make(4);
  ASSERT_EQ(rte_rcu_qsbr_thread_register(reclaimer.qsbr(), 0), 0);
  rte_rcu_qsbr_thread_online(reclaimer.qsbr(), 0);
  Status s;
  uint32_t changes = 0;
  for (; changes < 10000; ++changes) {
    s = table->put(sample_session(changes));
    if (!s) break;
    ASSERT_TRUE(table->remove(kTenant, Seid{changes + 1}));
  }
  ASSERT_FALSE(s) << "slots came back while a worker could still look at them";
  EXPECT_EQ(s.error().code, ErrorCode::unavailable);
  EXPECT_GE(changes, 4096u) << "a transaction of some thousand changes needs more spare slots";
  EXPECT_EQ(table->size(), 0u);
  EXPECT_EQ(uplink(*table, teid_of(changes)), nullptr);
  EXPECT_EQ(reclaimer.reclaim(), 0u);

  rte_rcu_qsbr_quiescent(reclaimer.qsbr(), 0);
  EXPECT_TRUE(table->put(sample_session(changes))) << "put() reclaims by itself";
  EXPECT_NE(uplink(*table, teid_of(changes)), nullptr);
}

TEST_F(SessionTableTest, SlotsAreUsedAgainForever) {
  make(4);
  for (uint32_t i = 0; i < 50000; ++i) {
    ASSERT_TRUE(table->put(sample_session(i))) << i;
    ASSERT_TRUE(table->remove(kTenant, Seid{i + 1}));
  }
  EXPECT_LT(reclaimer.pending(), 20000u);
}

TEST_F(SessionTableTest, KnowsItsMemory) {
  const size_t empty = table->memory_bytes();
  ASSERT_TRUE(table->put(sample_session(1)));
  EXPECT_GE(table->memory_bytes(), empty + 320);
  EXPECT_LE(table->memory_bytes(), empty + 430);
  ASSERT_TRUE(table->put(sample_session(1, 1)));
  EXPECT_LE(table->memory_bytes(), empty + 430);
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  EXPECT_EQ(table->memory_bytes(), empty);
}

TEST_F(SessionTableTest, MayEndBeforeWhatItRetired) {
  ASSERT_EQ(rte_rcu_qsbr_thread_register(reclaimer.qsbr(), 0), 0);
  rte_rcu_qsbr_thread_online(reclaimer.qsbr(), 0);
  ASSERT_TRUE(table->put(sample_session(1)));
  ASSERT_TRUE(table->put(sample_session(2)));
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  table.reset();
  EXPECT_GT(reclaimer.pending(), 0u);
  rte_rcu_qsbr_quiescent(reclaimer.qsbr(), 0);
  reclaimer.reclaim();
  EXPECT_EQ(reclaimer.pending(), 0u);
}

TEST_F(SessionTableTest, IsRefusedInWordsWhenItCannotBeMade) {
  struct Case {
    uint32_t capacity;
    const char* name;
    ErrorCode code;
  };
  for (const Case& c : {Case{1u << 28, "big", ErrorCode::exhausted}, Case{0xffffffff, "big", ErrorCode::invalid},
                        Case{0, "none", ErrorCode::invalid}, Case{4, "", ErrorCode::invalid},
                        Case{4, "seventeen_letters", ErrorCode::invalid}, Case{4, "sess_test", ErrorCode::conflict}}) {
    SCOPED_TRACE(std::to_string(c.capacity) + " " + c.name);
    const auto made = SessionTable::create(c.capacity, reclaimer, c.name);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, c.code) << made.error().message;
  }
  EXPECT_TRUE(SessionTable::create(4, reclaimer, "sixteen_letters_"));
}

}  // namespace
}  // namespace demarc::dp
