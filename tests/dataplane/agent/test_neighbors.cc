#include <gtest/gtest.h>

#include "dataplane/agent/neighbors.h"
#include "dataplane/agent/report.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr MacAddress kMac{2, 0, 0, 0, 9, 9};
constexpr MacAddress kBroadcast{255, 255, 255, 255, 255, 255};

class NeighborsTest : public ::testing::Test {
 protected:
  NeighborsTest() {
    EXPECT_TRUE(world.apply(base(7, 101)));
    EXPECT_TRUE(world.apply(base(8, 201)));
    neighbors.set_topology(world.topology());
    slot = world.state().slots.attachment(TenantId(7), AttachmentId(1));
  }
  Be32 host(uint8_t n) { return Be32::from_host(ip(10, 1, 0, n)); }
  NeighborAnswer answer(AttachmentSlot a, Be32 ipv4) {
    const uint64_t key = NeighborTable::key(a, ipv4);
    NeighborAnswer out;
    world.neighbors->lookup(&key, 1, &out);
    return out;
  }
  void tick(uint64_t ns) {
    now += ns;
    neighbors.tick(now);
  }

  World world;
  std::vector<ToWorker> asked;
  bool ring_has_room = true;
  int lost = 0;
  Neighbors neighbors{*world.neighbors, 256,
                      [this](const ToWorker& m) {
                        if (ring_has_room) asked.push_back(m);
                        return ring_has_room;
                      },
                      [this](AttachmentSlot, const IpAddress&, const Neighbors::Entry&) { ++lost; }};
  AttachmentSlot slot;
  uint64_t now = 1000;
};

TEST_F(NeighborsTest, WantedAskedAnswered) {
  neighbors.wanted(slot, host(2), now);
  neighbors.wanted(slot, host(2), now);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].mac, kBroadcast);
  EXPECT_EQ(asked[0].attachment, slot);
  EXPECT_EQ(asked[0].address, host(2));
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::incomplete);
  neighbors.seen(slot, host(2), kMac, now);
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::reachable);
  EXPECT_EQ(answer(slot, host(2)).mac, kMac);
  tick(29 * kSecond);
  EXPECT_EQ(asked.size(), 1u);
}

TEST_F(NeighborsTest, SilenceFailsAndIsForgotten) {
  neighbors.wanted(slot, host(2), now);
  tick(kSecond);
  tick(kSecond);
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::incomplete);
  tick(kSecond);
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::failed);
  tick(3 * kSecond - 1);
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::failed);
  tick(1);
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::unknown);
  EXPECT_EQ(neighbors.size(), 0u);
  EXPECT_EQ(lost, 0);
}

TEST_F(NeighborsTest, OldEntriesAreProbedAtTheirAddress) {
  neighbors.seen(slot, host(2), kMac, now);
  tick(30 * kSecond);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].mac, kMac);
  neighbors.seen(slot, host(2), kMac, now);  // answers: 30 s more
  tick(29 * kSecond);
  EXPECT_EQ(asked.size(), 1u);
  for (int i = 0; i < 4; ++i) tick(kSecond);
  EXPECT_EQ(asked.size(), 4u);
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::unknown);
  EXPECT_EQ(lost, 1);
}

TEST_F(NeighborsTest, AnotherMacIsTakenOver) {
  neighbors.seen(slot, host(2), kMac, now);
  const MacAddress other{2, 0, 0, 0, 7, 7};
  neighbors.seen(slot, host(2), other, now);
  EXPECT_EQ(answer(slot, host(2)).mac, other);
  EXPECT_EQ(neighbors.size(), 1u);
}

TEST_F(NeighborsTest, OnlyHostsOfTheLink) {
  for (const uint32_t a : {ip(10, 2, 0, 9), ip(10, 1, 0, 1), ip(10, 1, 0, 0), ip(10, 1, 0, 255), ip(0, 0, 0, 0)}) {
    neighbors.wanted(slot, Be32::from_host(a), now);
    neighbors.seen(slot, Be32::from_host(a), kMac, now);
  }
  neighbors.seen(slot, host(2), kBroadcast, now);
  neighbors.seen(slot, host(2), MacAddress{}, now);
  neighbors.wanted(AttachmentSlot(99), host(2), now);
  EXPECT_EQ(neighbors.size(), 0u);
  EXPECT_EQ(neighbors.counts().not_on_link, 13u);
}

TEST_F(NeighborsTest, FullRingIsTriedAgainAndCostsNoTry) {
  ring_has_room = false;
  neighbors.wanted(slot, host(2), now);
  tick(kSecond);
  ring_has_room = true;
  tick(kSecond / 10);
  EXPECT_EQ(asked.size(), 1u);
  tick(2 * kSecond);
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::incomplete);
}

TEST_F(NeighborsTest, ATenantCannotTakeTheTable) {
  for (unsigned i = 2; i < 255; ++i) neighbors.wanted(slot, host(static_cast<uint8_t>(i)), now);
  EXPECT_EQ(neighbors.size(), Neighbors::kTenantShareMin / 2);
  // Those that speak up still find room, up to the tenant's share.
  for (unsigned i = 2; i < 255; ++i) neighbors.seen(slot, host(static_cast<uint8_t>(i)), kMac, now);
  EXPECT_EQ(neighbors.size(), Neighbors::kTenantShareMin);
  const AttachmentSlot other = world.state().slots.attachment(TenantId(8), AttachmentId(1));
  neighbors.wanted(other, host(2), now);
  EXPECT_EQ(answer(other, host(2)).state, NeighborState::incomplete);
  // All gone, and the share with them.
  for (int i = 0; i < 50; ++i) tick(kSecond);
  EXPECT_EQ(neighbors.size(), 0u);
  EXPECT_EQ(world.neighbors->size(), 0u);
  for (unsigned i = 2; i < 34; ++i) neighbors.wanted(slot, host(static_cast<uint8_t>(i)), now);
  EXPECT_EQ(neighbors.size(), 32u);
}

TEST_F(NeighborsTest, FollowTheirAttachment) {
  const AttachmentSlot core = world.state().slots.attachment(TenantId(7), AttachmentId(2));
  neighbors.seen(slot, host(2), kMac, now);
  neighbors.seen(slot, host(200), kMac, now);
  neighbors.seen(core, Be32::from_host(ip(10, 2, 0, 9)), kMac, now);
  // A smaller prefix leaves those inside.
  ASSERT_TRUE(world.apply({put_attachment(7, 1, 1, 101, ip(10, 1, 0, 1), 25)}));
  neighbors.set_topology(world.topology());
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::reachable);
  EXPECT_EQ(answer(slot, host(200)).state, NeighborState::unknown);
  // Another VLAN is another link.
  ASSERT_TRUE(world.apply({put_attachment(7, 1, 1, 105, ip(10, 1, 0, 1), 25)}));
  neighbors.set_topology(world.topology());
  EXPECT_EQ(answer(slot, host(2)).state, NeighborState::unknown);
  EXPECT_EQ(neighbors.size(), 1u);
  // A suspended tenant has none and gets none.
  ASSERT_TRUE(world.apply({put_tenant(7, true)}));
  neighbors.set_topology(world.topology());
  neighbors.wanted(slot, host(2), now);
  EXPECT_EQ(neighbors.size(), 0u);
  EXPECT_EQ(world.neighbors->size(), 0u);
  tick(100 * kSecond);
}

TEST_F(NeighborsTest, ReportNamesTenantAndAttachment) {
  neighbors.seen(slot, host(2), kMac, now);
  neighbors.wanted(world.state().slots.attachment(TenantId(8), AttachmentId(1)), host(3), now);
  EXPECT_EQ(report_neighbors(world.state(), neighbors, TenantId(0), now).neighbors.size(), 2u);
  const auto seven = report_neighbors(world.state(), neighbors, TenantId(7), now + 5'000'000);
  ASSERT_EQ(seven.neighbors.size(), 1u);
  EXPECT_EQ(seven.neighbors[0]->attachment, 1u);
  EXPECT_EQ(seven.neighbors[0]->ipv4, ip(10, 1, 0, 2));
  EXPECT_EQ(seven.neighbors[0]->state, "reachable");
  EXPECT_EQ(seven.neighbors[0]->age_ms, 5u);
}

}  // namespace
}  // namespace demarc::dp::test
