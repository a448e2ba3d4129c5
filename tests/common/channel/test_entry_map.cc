#include "common/channel/entry_map.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace demarc::channel {
namespace {

using schema::EntryKind;

EntryKey key(uint32_t tenant, EntryKind kind, uint64_t id) { return {TenantId(tenant), kind, id}; }
TableUpdate put_bytes(EntryKey k, std::string value) { return {schema::OperationKind::put, k, std::move(value)}; }

TEST(EntryDigest, EveryPartOfTheKeyAndEveryByteOfTheValueCounts) {
  const EntryKey base = key(1, EntryKind::route, 7);
  const std::string value = "0123456789abcdef0123";
  const uint64_t digest = entry_digest(base, value);
  EXPECT_EQ(digest, entry_digest(base, value));
  EXPECT_NE(digest, entry_digest(key(2, EntryKind::route, 7), value));
  EXPECT_NE(digest, entry_digest(key(1, EntryKind::session, 7), value));
  EXPECT_NE(digest, entry_digest(key(1, EntryKind::route, 8), value));
  for (size_t i = 0; i < value.size(); ++i) {
    std::string other = value;
    other[i] ^= 1;
    EXPECT_NE(digest, entry_digest(base, other)) << i;
  }
  // A trailing zero byte is not the same as none.
  EXPECT_NE(entry_digest(base, std::string("a")), entry_digest(base, std::string("a\0", 2)));
  EXPECT_NE(entry_digest(base, ""), 0u);
}

TEST(EntryDigest, StaysTheSameFromReleaseToRelease) {
  // Both ends may be of different releases: the number is part of the protocol.
  EXPECT_EQ(entry_digest(key(1, EntryKind::route, 7), "demarc"), 3359740890207639278ull);
}

TEST(EntryMap, TheDigestDoesNotDependOnTheOrder) {
  std::vector<TableUpdate> updates;
  for (uint64_t id = 1; id <= 50; ++id) updates.push_back(put_bytes(key(1, EntryKind::route, id), std::to_string(id)));
  EntryMap forward, shuffled;
  for (const auto& u : updates) forward.apply(u);
  std::mt19937 random(1);
  std::shuffle(updates.begin(), updates.end(), random);
  for (const auto& u : updates) {
    shuffled.apply(put_bytes(u.key, "something before"));
    shuffled.apply(u);
  }
  EXPECT_EQ(forward.summary(TenantId(1)), shuffled.summary(TenantId(1)));
  EXPECT_EQ(forward.summary(TenantId(1)).entries, 50u);
}

TEST(EntryMap, AnEntryThatWentLeavesNoTrace) {
  EntryMap map;
  map.apply(put_bytes(key(1, EntryKind::vrf, 1), "a"));
  const TenantSummary before = map.summary(TenantId(1));
  map.apply(put_bytes(key(1, EntryKind::route, 2), "b"));
  map.apply(put_bytes(key(1, EntryKind::route, 2), "c"));
  map.apply(remove(key(1, EntryKind::route, 2)));
  map.apply(remove(key(1, EntryKind::route, 2)));  // of what is not there
  map.apply(remove(key(5, EntryKind::route, 2)));
  EXPECT_EQ(map.summary(TenantId(1)), before);
  EXPECT_EQ(map.tenants(), std::vector<TenantId>{TenantId(1)});
  EXPECT_EQ(map.size(), 1u);
  map.apply(remove(key(1, EntryKind::vrf, 1)));
  EXPECT_EQ(map.summary(TenantId(1)), TenantSummary{});
  EXPECT_TRUE(map.tenants().empty());
  EXPECT_EQ(map.size(), 0u);
}

TEST(EntryMap, TenantsWithTheSameIdsAreApart) {
  EntryMap map;
  map.apply(put_bytes(key(1, EntryKind::route, 1), "x"));
  map.apply(put_bytes(key(2, EntryKind::route, 1), "x"));
  EXPECT_NE(map.summary(TenantId(1)).digest, map.summary(TenantId(2)).digest);
  map.apply(remove(key(1, EntryKind::route, 1)));
  ASSERT_NE(map.find(key(2, EntryKind::route, 1)), nullptr);
  EXPECT_EQ(map.find(key(1, EntryKind::route, 1)), nullptr);
}

TEST(Difference, TurnsTheirsIntoOursInOrderOfDependence) {
  EntryMap ours, theirs;
  for (const auto& u :
       {put_bytes(key(1, EntryKind::tenant, 1), "t"), put_bytes(key(1, EntryKind::vrf, 4), "new"),
        put_bytes(key(1, EntryKind::session, 9), "changed"), put_bytes(key(1, EntryKind::route, 3), "same")})
    ours.apply(u);
  for (const auto& u :
       {put_bytes(key(1, EntryKind::vrf, 2), "gone"), put_bytes(key(1, EntryKind::session, 8), "gone"),
        put_bytes(key(1, EntryKind::session, 9), "was"), put_bytes(key(1, EntryKind::route, 3), "same")})
    theirs.apply(u);
  std::map<EntryMap::LocalKey, uint64_t> digests;
  for (const auto& [k, e] : theirs.entries(TenantId(1))) digests[k] = e.digest;
  const auto updates = difference(TenantId(1), ours.entries(TenantId(1)), digests);
  std::vector<std::string> said;
  for (const auto& u : updates)
    said.push_back(std::string(u.operation == schema::OperationKind::put ? "put " : "remove ") +
                   schema::EnumNameEntryKind(u.key.kind) + " " + std::to_string(u.key.id));
  EXPECT_EQ(said, (std::vector<std::string>{"remove session 8", "remove vrf 2", "put tenant 1", "put vrf 4",
                                            "put session 9"}));
  for (const auto& u : updates) theirs.apply(u);
  EXPECT_EQ(theirs.summary(TenantId(1)), ours.summary(TenantId(1)));
}

}  // namespace
}  // namespace demarc::channel
