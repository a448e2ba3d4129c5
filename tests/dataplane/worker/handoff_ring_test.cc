// One ring between two workers: what crosses, in what order, and whose room it is.
#include <gtest/gtest.h>

#include <memory>

#include "dataplane/worker/handoff.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp {
namespace {

class HandoffRingTest : public testing::Test {
 protected:
  void SetUp() override {
    in_use_before = rte_mempool_in_use_count(test::pool());
    auto made = HandoffRing::create(0, 1, 200);
    ASSERT_TRUE(made) << made.error().message;
    ring = std::move(*made);
  }
  void TearDown() override {
    ring.reset();
    EXPECT_EQ(rte_mempool_in_use_count(test::pool()), in_use_before);
  }

  // Offers packets of the tenant until one is refused, in batches; returns how many were taken.
  unsigned flood(uint16_t tenant, unsigned packets_max = 5000) {
    unsigned taken = 0;
    for (bool room = true; room && taken < packets_max;) {
      ring->begin();
      for (unsigned i = 0; i < kBurstMax && room && taken < packets_max; ++i) {
        rte_mbuf* m = test::frame({static_cast<uint8_t>(taken), static_cast<uint8_t>(taken >> 8)});
        PacketMeta meta;
        meta.tenant = TenantSlot(tenant);
        meta.teid = Teid(taken);
        room = ring->add(m, meta);
        if (!room) rte_pktmbuf_free(m);
        taken += room;
      }
      ring->send();
    }
    return taken;
  }
  // Takes at most one burst out and frees it.
  unsigned take() {
    const unsigned n = ring->take(burst);
    for (unsigned i = 0; i < n; ++i) rte_pktmbuf_free(burst.mbuf[i]);
    return n;
  }

  unsigned in_use_before = 0;
  std::unique_ptr<HandoffRing> ring;
  Burst burst;
};

TEST_F(HandoffRingTest, PacketsKeepTheirOrderAndTheirMetadataButNoSession) {
  ring->begin();
  for (uint32_t i = 0; i < 3; ++i) {
    PacketMeta meta;
    meta.tenant = TenantSlot(7);
    meta.vrf = VrfSlot(8);
    meta.attachment = AttachmentSlot(9);
    meta.endpoint = GtpuEndpointSlot(10);
    meta.teid = Teid(100 + i);
    meta.qfi = 5;
    meta.l3_offset = 18;
    meta.payload_offset = 54;
    meta.ipv6 = true;
    meta.session = reinterpret_cast<const Session*>(0xdead00);
    meta.pdr_offset = 64;
    ASSERT_TRUE(ring->add(test::frame({static_cast<uint8_t>(i)}), meta));
  }
  EXPECT_EQ(ring->take(burst), 0u) << "not before it is sent";
  ring->send();
  burst.traced = true;
  burst.traced_mask = 1;
  ASSERT_EQ(ring->take(burst), 3u);
  EXPECT_EQ(burst.size, 3);
  EXPECT_EQ(burst.taken_over, 7u);
  EXPECT_FALSE(burst.traced);
  EXPECT_EQ(burst.traced_mask, 0u);
  EXPECT_TRUE(burst.dropped.empty());
  for (uint32_t i = 0; i < 3; ++i) {
    const PacketMeta& meta = burst.meta[i];
    EXPECT_EQ(*rte_pktmbuf_mtod(burst.mbuf[i], uint8_t*), i);
    EXPECT_EQ(meta.tenant, TenantSlot(7));
    EXPECT_EQ(meta.vrf, VrfSlot(8));
    EXPECT_EQ(meta.attachment, AttachmentSlot(9));
    EXPECT_EQ(meta.endpoint, GtpuEndpointSlot(10));
    EXPECT_EQ(meta.teid, Teid(100 + i));
    EXPECT_EQ(meta.qfi, 5);
    EXPECT_EQ(meta.l3_offset, 18);
    EXPECT_EQ(meta.payload_offset, 54);
    EXPECT_TRUE(meta.ipv6);
    EXPECT_EQ(meta.session, nullptr);
    EXPECT_FALSE(meta.has_pdr());
    rte_pktmbuf_free(burst.mbuf[i]);
  }
}

TEST_F(HandoffRingTest, OneThatFloodsLeavesHalfAndEachNextHalfOfThat) {
  const unsigned first = flood(1);
  EXPECT_EQ(first, 1024u);
  const unsigned second = flood(2);
  EXPECT_EQ(second, 512u);
  EXPECT_EQ(flood(3), 256u);
  EXPECT_EQ(flood(1), 0u) << "it has more than there is left";
  EXPECT_EQ(flood(4, 64), 64u) << "who did not flood finds room";
}

TEST_F(HandoffRingTest, EightThatFloodLeaveRoomForOneThatDoesNot) {
  for (int round = 0; round < 20; ++round) {
    for (uint16_t tenant = 1; tenant <= 8; ++tenant) flood(tenant);
    EXPECT_GE(flood(150, 1), 1u) << round;
    while (take() != 0) {
    }
  }
}

TEST_F(HandoffRingTest, WhatIsTakenOutIsRoomAgain) {
  uint32_t next = 0;
  for (unsigned round = 0; round < 200; ++round) {  // many times around the ring
    const unsigned in = flood(1, 100);
    ASSERT_EQ(in, 100u) << round;
    uint32_t expected = 0;
    while (ring->take(burst) != 0) {
      for (unsigned i = 0; i < burst.size; ++i) {
        EXPECT_EQ(burst.meta[i].teid, Teid(expected++));
        rte_pktmbuf_free(burst.mbuf[i]);
      }
    }
    EXPECT_EQ(expected, 100u);
    next += expected;
    EXPECT_EQ(ring->handed(), next);
    EXPECT_EQ(ring->taken(), next);
  }
  EXPECT_EQ(flood(1), 1024u);
}

TEST_F(HandoffRingTest, ATraceGoesWithItsPacketAndWithNoOther) {
  ring->begin();
  for (uint8_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(ring->add(test::frame({i}), PacketMeta{}));
    if (i == 1)
      ring->trace_last(
          {.generation = 4, .packet = 9, .received_tsc = 77, .worker = WorkerIndex(3), .port = PortIndex(2)});
  }
  ring->send();
  ASSERT_EQ(take(), 3u);
  EXPECT_TRUE(burst.traced);
  EXPECT_EQ(burst.traced_mask, 2u);
  EXPECT_EQ(burst.trace[1].generation, 4u);
  EXPECT_EQ(burst.trace[1].packet, 9u);
  EXPECT_EQ(burst.trace[1].received_tsc, 77u);
  EXPECT_EQ(burst.trace[1].port, PortIndex(2));
  EXPECT_EQ(burst.trace[1].worker, WorkerIndex(3));
}

TEST_F(HandoffRingTest, WhatIsInItIsFreedWithIt) {
  EXPECT_EQ(flood(1, 300), 300u);
  ring.reset();
  EXPECT_EQ(rte_mempool_in_use_count(test::pool()), in_use_before);
}

TEST(HandoffRings, TellWhetherEverythingUpToAMomentWasTaken) {
  auto rings = HandoffRings::create(3, 4);
  ASSERT_TRUE(rings) << rings.error().message;
  const Handoff ends = (*rings)->ends_of(1);
  ASSERT_EQ(ends.self, WorkerIndex(1));
  ASSERT_EQ(ends.to.size(), 3u);
  EXPECT_EQ(ends.to[1], nullptr);
  EXPECT_EQ(ends.from[1], nullptr);
  EXPECT_EQ((*rings)->ends_of(0).from[1], ends.to[0]);
  EXPECT_TRUE((*rings)->passed((*rings)->mark()));

  auto hand = [&] {
    ends.to[2]->begin();
    ASSERT_TRUE(ends.to[2]->add(test::frame({1}), PacketMeta{}));
    ends.to[2]->send();
  };
  hand();
  const auto mark = (*rings)->mark();
  hand();
  EXPECT_FALSE((*rings)->passed(mark));
  Burst burst;
  ASSERT_EQ((*rings)->ends_of(2).from[1]->take(burst), 2u);
  EXPECT_TRUE((*rings)->passed(mark));
  for (unsigned i = 0; i < 2; ++i) rte_pktmbuf_free(burst.mbuf[i]);
}

}  // namespace
}  // namespace demarc::dp
