#include "controlplane/channel/outbox.h"

#include <gtest/gtest.h>

#include "common/channel/channel_limits.h"
#include "tests/controlplane/channel/fake_data_plane.h"

namespace demarc::test {
namespace {

using cp::Outbox;
using schema::EntryKind;

std::vector<std::string> words(const std::vector<channel::TableUpdate>& updates) {
  std::vector<std::string> said;
  for (const auto& u : updates)
    said.push_back(std::string(u.operation == schema::OperationKind::put ? "put " : "remove ") +
                   std::to_string(u.key.tenant.value) + "/" + schema::EnumNameEntryKind(u.key.kind) + "/" +
                   std::to_string(u.key.id) + (u.value.empty() ? "" : "=" + u.value));
  return said;
}
using Words = std::vector<std::string>;

TEST(Outbox, SendsEachEntryOnceAsItIsWhenItIsSent) {
  Outbox outbox;
  for (int i = 0; i < 10; ++i) outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), std::to_string(i))});
  EXPECT_EQ(outbox.waiting(), 1u);
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 1/vrf/1=9"});
  outbox.acknowledge();
  EXPECT_EQ(outbox.waiting(), 0u);
  EXPECT_TRUE(outbox.take_batch().empty());
}

TEST(Outbox, RemovesFirstOverAllTenantsSoThatOthersCanTakeIt) {
  Outbox outbox;
  outbox.apply({put_bytes(key(2, EntryKind::attachment, 5), "vlan 101"), put_bytes(key(2, EntryKind::vrf, 1), "v")});
  outbox.take_batch();
  outbox.acknowledge();
  outbox.apply(
      {put_bytes(key(1, EntryKind::session, 1), "s"), put_bytes(key(1, EntryKind::attachment, 6), "vlan 101")});
  outbox.apply({channel::remove(key(2, EntryKind::vrf, 1)), channel::remove(key(2, EntryKind::attachment, 5))});
  EXPECT_EQ(words(outbox.take_batch()),
            (Words{"remove 2/attachment/5", "remove 2/vrf/1", "put 1/attachment/6=vlan 101", "put 1/session/1=s"}));
}

TEST(Outbox, ARemovalThatIsTakenBackBecomesAPut) {
  Outbox outbox;
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "a")});
  outbox.apply({channel::remove(key(1, EntryKind::vrf, 1))});
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "b")});
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 1/vrf/1=b"});
}

TEST(Outbox, WhatChangesWhileItIsUnderWayIsSentAgain) {
  Outbox outbox;
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "a")});
  outbox.take_batch();
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "b")});
  EXPECT_EQ(outbox.oldest(), 1u);
  outbox.acknowledge();
  EXPECT_EQ(outbox.oldest(), 2u);
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 1/vrf/1=b"});
}

TEST(Outbox, WhatIsRequeuedKeepsItsAge) {
  Outbox outbox;
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "a")});
  outbox.take_batch();
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "b"), put_bytes(key(1, EntryKind::vrf, 2), "c")});
  outbox.requeue();
  EXPECT_EQ(outbox.oldest(TenantId(1)), 1u);
  EXPECT_EQ(outbox.waiting(), 2u);
  EXPECT_EQ(words(outbox.take_batch()), (Words{"put 1/vrf/1=b", "put 1/vrf/2=c"}));
  outbox.acknowledge();
  EXPECT_EQ(outbox.oldest(TenantId(1)), Outbox::kNotWaiting);
  EXPECT_FALSE(outbox.waits(TenantId(1)));
}

TEST(Outbox, ComparingLeavesExactlyTheDifferences) {
  Outbox outbox;
  outbox.apply(routes(1, 1, 5));
  outbox.apply(routes(2, 1, 1));
  Outbox::Theirs theirs;
  for (const auto& [k, e] : outbox.desired().entries(TenantId(1))) theirs[k] = e.digest;
  theirs.erase({EntryKind::route, 2});
  theirs[{EntryKind::route, 3}] ^= 1;
  theirs[{EntryKind::vrf, 77}] = 5;
  outbox.compare(TenantId(1), theirs);
  outbox.settle(TenantId(2));
  EXPECT_EQ(words(outbox.take_batch()), (Words{"remove 1/vrf/77", "put 1/route/2=route2", "put 1/route/3=route3"}));
  EXPECT_EQ(outbox.oldest(TenantId(1)), 0u) << "what the data plane was found to lack comes before all";
}

TEST(Outbox, ARefusalHoldsOneEntryUntilItsTime) {
  Outbox outbox;
  outbox.apply(routes(1, 1, 2));
  outbox.apply(routes(2, 1, 2));
  ASSERT_EQ(outbox.take_batch().size(), 4u);
  outbox.refuse(2, {ErrorCode::exhausted, "full"}, 1000);
  ASSERT_NE(outbox.refusal(TenantId(2), outbox.last_change(TenantId(2))), nullptr);
  EXPECT_EQ(outbox.refusal(TenantId(2), 2)->message, "full");
  EXPECT_EQ(outbox.refusal(TenantId(1), 1), nullptr);
  EXPECT_EQ(words(outbox.take_batch()),
            (Words{"put 1/route/1=route1", "put 1/route/2=route2", "put 2/route/2=route2"}));
  outbox.acknowledge();
  EXPECT_EQ(outbox.oldest(), Outbox::kNotWaiting) << "what is held keeps nobody waiting";
  EXPECT_EQ(outbox.waiting(), 1u);
  outbox.release_held(999);
  EXPECT_TRUE(outbox.take_batch().empty());
  outbox.release_held(1000);
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 2/route/1=route1"});
  outbox.acknowledge();
  EXPECT_EQ(outbox.waiting(), 0u);
  EXPECT_FALSE(outbox.waits(TenantId(2)));
}

// A session is of the highest kind: nothing depends on it, and the tenant's other changes go on.
TEST(Outbox, ARefusedSessionKeepsNoOtherChangeWaiting) {
  Outbox outbox;
  outbox.apply({put_bytes(key(1, EntryKind::session, 7), "too big")});
  outbox.take_batch();
  outbox.refuse(0, {ErrorCode::exhausted, "full"}, 1000);
  outbox.apply({put_bytes(key(1, EntryKind::session, 8), "small")});
  EXPECT_EQ(outbox.refusal(TenantId(1), outbox.last_change(TenantId(1))), nullptr) << "that was another change";
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 1/session/8=small"}) << "and no try more for the other";
  outbox.acknowledge();
  outbox.apply({put_bytes(key(1, EntryKind::session, 7), "smaller")});
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 1/session/7=smaller"}) << "it has changed: tried at once";
  outbox.refuse(0, {ErrorCode::exhausted, "full"}, 1000);
  EXPECT_NE(outbox.refusal(TenantId(1), outbox.last_change(TenantId(1))), nullptr);
  outbox.apply({channel::remove(key(1, EntryKind::session, 8))});
  EXPECT_EQ(words(outbox.take_batch()), (Words{"remove 1/session/8", "put 1/session/7=smaller"}))
      << "a removal makes room";
}

TEST(Outbox, WhatMayDependOnARefusedEntryIsHeldWithIt) {
  Outbox outbox;
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "v"), put_bytes(key(1, EntryKind::attachment, 2), "a"),
                put_bytes(key(1, EntryKind::route, 3), "r")});
  ASSERT_EQ(outbox.take_batch().size(), 3u);
  outbox.refuse(1, {ErrorCode::conflict, "taken"}, 1000);
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 1/vrf/1=v"});
  outbox.acknowledge();
  outbox.apply({put_bytes(key(1, EntryKind::session, 9), "s")});
  EXPECT_TRUE(outbox.take_batch().empty());
  EXPECT_EQ(outbox.refusal(TenantId(1), outbox.last_change(TenantId(1)))->message, "taken");
  outbox.apply({put_bytes(key(1, EntryKind::vrf, 1), "w")});
  EXPECT_EQ(words(outbox.take_batch()),
            (Words{"put 1/vrf/1=w", "put 1/attachment/2=a", "put 1/route/3=r", "put 1/session/9=s"}))
      << "a lower kind has changed";
}

TEST(Outbox, WhatHasChangedMeanwhileIsNotHeldForWhatItWas) {
  Outbox outbox;
  outbox.apply({put_bytes(key(1, EntryKind::session, 7), "too big")});
  outbox.take_batch();
  outbox.apply({put_bytes(key(1, EntryKind::session, 7), "small")});
  outbox.refuse(0, {ErrorCode::exhausted, "full"}, 1000);
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 1/session/7=small"});
}

// Each refusal costs an exchange: a tenant that has many is held whole, and not tried again entry by entry.
TEST(Outbox, ManyRefusalsHoldTheTenant) {
  Outbox outbox;
  outbox.apply(routes(1, 1, 100));
  size_t exchanges = 0;
  while (!outbox.take_batch().empty()) {
    ASSERT_LT(++exchanges, 100u);
    outbox.refuse(0, {ErrorCode::exhausted, "full"}, 1000);
  }
  EXPECT_EQ(exchanges, Outbox::kHeldMax + 1);
  EXPECT_EQ(outbox.waiting(), 100u);
  EXPECT_EQ(outbox.oldest(), Outbox::kNotWaiting);
  outbox.apply(routes(2, 1, 1));
  EXPECT_EQ(words(outbox.take_batch()), Words{"put 2/route/1=route1"});
  outbox.acknowledge();
  // Its own changes do not bring the next exchanges before their time.
  for (uint32_t id = 101; id < 110; ++id) outbox.apply(routes(1, id, 1));
  outbox.apply({channel::remove(key(1, EntryKind::route, 1))});
  EXPECT_TRUE(outbox.take_batch().empty());
  outbox.release_held(1000);
  EXPECT_EQ(outbox.take_batch().size(), 109u);
}

TEST(Outbox, ARefusalThatNamesNoOperationIsNarrowedDown) {
  Outbox outbox;
  for (uint32_t t = 1; t <= 3; ++t) outbox.apply(routes(t, 1, 2));
  std::vector<size_t> sizes;
  for (int i = 0; i < 10; ++i) {
    const auto& batch = outbox.take_batch();
    if (batch.empty()) break;
    sizes.push_back(batch.size());
    bool bad = false;
    for (const auto& u : batch) bad = bad || u.key.tenant == TenantId(2);
    if (bad) {
      outbox.refuse(SIZE_MAX, {ErrorCode::internal, "something"}, 1000);
    } else {
      outbox.acknowledge();
    }
  }
  EXPECT_EQ(sizes, (std::vector<size_t>{6, 2, 2, 2}));
  EXPECT_EQ(outbox.refusals().size(), 1u);
  EXPECT_TRUE(outbox.refusals().contains(TenantId(2)));
}

TEST(Outbox, BatchesKeepTheirLimits) {
  Outbox outbox;
  outbox.apply(routes(1, 1, channel::kTransactionOperationsMax + 5));
  EXPECT_EQ(outbox.take_batch().size(), channel::kTransactionOperationsMax);
  outbox.acknowledge();
  EXPECT_EQ(outbox.take_batch().size(), 5u);
  outbox.acknowledge();
  for (uint64_t id = 1; id <= 100; ++id)
    outbox.apply({put_bytes(key(1, EntryKind::session, id), std::string(channel::kEntryBytesMax, 'x'))});
  size_t bytes = 0;
  for (const auto& u : outbox.take_batch()) bytes += u.value.size();
  EXPECT_LE(bytes, channel::kTransactionBytesMax);
  EXPECT_GT(bytes, channel::kTransactionBytesMax - 2 * channel::kEntryBytesMax);
}

}  // namespace
}  // namespace demarc::test
