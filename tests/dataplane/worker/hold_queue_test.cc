#include "dataplane/worker/hold_queue.h"

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp {
namespace {

using Outcome = HoldQueue::Outcome;
using test::ip;
using test::kLate;

class HoldQueueTest : public test::TablesTest {
 protected:
  // A packet of the tenant in `slot` for `next_hop` on its attachment (0 or 1); its first byte is `mark`.
  Outcome hold(Be32 next_hop, uint8_t mark = 0, uint64_t now = 0, uint16_t slot = 1) {
    rte_mbuf* m = test::frame({mark});
    PacketMeta meta;
    meta.tenant = TenantSlot(slot);
    meta.egress = AttachmentSlot(slot - 1u);
    meta.next_hop = next_hop;
    meta.session = reinterpret_cast<const Session*>(8);
    const Outcome outcome = queue.try_hold(m, meta, TenantId(11u * slot), now);
    if (outcome == Outcome::full) rte_pktmbuf_free(m);
    return outcome;
  }

  // Polls once, frees what came; `marks` are the first bytes, in order, of ready ones and of dropped ones.
  void poll(uint64_t now = 0) {
    out.size = 0;
    reset_burst(out);
    ready.clear();
    ready_marks.clear();
    drops.clear();
    queue.poll(now, tables.view(), out, ready);
    for (const uint8_t i : ready) ready_marks.push_back(*rte_pktmbuf_mtod(out.mbuf[i], uint8_t*));
    for (const uint8_t i : out.dropped) drops.push_back(static_cast<DropReason>(out.meta[i].drop));
    EXPECT_EQ(out.size, ready.size + out.dropped.size);
    for (unsigned i = 0; i < out.size; ++i) {
      EXPECT_EQ(out.meta[i].session, nullptr);
      rte_pktmbuf_free(out.mbuf[i]);
    }
  }

  HoldQueue queue{kLate};
  Burst out;
  Lane ready;
  std::vector<uint8_t> ready_marks;
  std::vector<DropReason> drops;
};

TEST_F(HoldQueueTest, GivesBackInOrderWhenTheNextHopAnswers) {
  EXPECT_EQ(hold(ip(10, 0, 0, 5), 1), Outcome::held);
  EXPECT_EQ(hold(ip(10, 0, 0, 5), 2), Outcome::held);
  EXPECT_EQ(hold(ip(10, 0, 0, 6), 3), Outcome::held);
  EXPECT_EQ(queue.size(), 3u);
  poll();
  EXPECT_EQ(out.size, 0);
  neighbor(0, ip(10, 0, 0, 5), NeighborState::incomplete);
  poll();
  EXPECT_EQ(out.size, 0);
  neighbor(0, ip(10, 0, 0, 5), NeighborState::reachable);
  poll(77);
  EXPECT_EQ(ready_marks, (std::vector<uint8_t>{1, 2}));
  EXPECT_EQ(out.now_tsc, 77u);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(hold(ip(10, 0, 0, 5)), Outcome::held) << "nothing waits there any more";
  neighbor(0, ip(10, 0, 0, 6), NeighborState::reachable);
  poll();
  EXPECT_EQ(ready_marks, (std::vector<uint8_t>{3, 0}));
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(HoldQueueTest, TheSameAddressOfAnotherTenantIsAnotherNextHop) {
  EXPECT_EQ(hold(ip(10, 0, 0, 5), 1, 0, 1), Outcome::held);
  EXPECT_EQ(hold(ip(10, 0, 0, 5), 2, 0, 2), Outcome::held);
  neighbor(1, ip(10, 0, 0, 5), NeighborState::reachable);
  poll();
  EXPECT_EQ(ready_marks, std::vector<uint8_t>{2});
  EXPECT_EQ(queue.size(), 1u);
}

TEST_F(HoldQueueTest, DropsWhenTheNeighborFails) {
  hold(ip(10, 0, 0, 5));
  hold(ip(10, 0, 0, 5));
  neighbor(0, ip(10, 0, 0, 5), NeighborState::failed);
  poll();
  EXPECT_EQ(drops, (std::vector{DropReason::neighbor_unresolved, DropReason::neighbor_unresolved}));
  EXPECT_EQ(queue.size(), 0u);
}

TEST_F(HoldQueueTest, DropsWhenTheTimeIsOverAndNotBefore) {
  hold(ip(10, 0, 0, 5), 0, 1000);
  hold(ip(10, 0, 0, 5), 0, 2000);
  poll(1000 + kLate - 1);
  EXPECT_EQ(out.size, 0);
  poll(1000 + kLate);
  EXPECT_EQ(drops, std::vector{DropReason::neighbor_unresolved});
  poll(2000 + kLate - 1);
  EXPECT_EQ(out.size, 0);
  poll(2000 + kLate);
  EXPECT_EQ(out.size, 1);
}

TEST_F(HoldQueueTest, TimeThatPassesTheEndOfTheCounterIsStillTime) {
  const uint64_t end = ~uint64_t{0};
  hold(ip(10, 0, 0, 5), 0, end - 10);
  poll(end);
  EXPECT_EQ(out.size, 0);
  poll(kLate - 11);
  EXPECT_EQ(out.size, 1);
}

TEST_F(HoldQueueTest, DropsWhatWasHeldForAnAttachmentThatIsGone) {
  hold(ip(10, 0, 0, 5));
  TopologySpec spec = test::two_tenants();
  spec.attachments[0].valid = false;
  publish(spec);
  poll();
  EXPECT_EQ(drops, std::vector{DropReason::table_changed});
}

TEST_F(HoldQueueTest, DropsWhatWasHeldForASlotThatAnotherTenantGot) {
  hold(ip(10, 0, 0, 5));
  neighbor(0, ip(10, 0, 0, 5), NeighborState::reachable);
  TopologySpec spec = test::two_tenants();
  spec.tenants[1].id = TenantId(33);
  publish(spec);
  poll();
  EXPECT_EQ(drops, std::vector{DropReason::table_changed});
}

TEST_F(HoldQueueTest, DropsWhatWasHeldForATenantThatIsSuspended) {
  hold(ip(10, 0, 0, 5));
  TopologySpec spec = test::two_tenants();
  spec.attachments[0].suspended = true;
  publish(spec);
  neighbor(0, ip(10, 0, 0, 5), NeighborState::reachable);
  poll();
  EXPECT_EQ(drops, std::vector{DropReason::tenant_suspended});
}

TEST_F(HoldQueueTest, IsBoundedForEachNextHopTenantAndWorker) {
  for (unsigned i = 0; i < HoldQueue::kPerNeighborMax; ++i) EXPECT_NE(hold(ip(10, 0, 0, 5)), Outcome::full);
  EXPECT_EQ(hold(ip(10, 0, 0, 5)), Outcome::full);
  for (unsigned i = HoldQueue::kPerNeighborMax; i < HoldQueue::kPerTenantMax; ++i) {
    EXPECT_EQ(hold(ip(10, 0, 1, static_cast<uint8_t>(i))), Outcome::held);
  }
  EXPECT_EQ(hold(ip(10, 0, 2, 0)), Outcome::full) << "64 of tenant 1";
  EXPECT_EQ(hold(ip(10, 0, 2, 0), 0, 0, 2), Outcome::held) << "the other tenant has its own 64";
  for (uint16_t slot = 3; slot <= 9; ++slot) {
    for (unsigned i = 0; i < HoldQueue::kPerTenantMax; ++i) hold(ip(10, 0, 3, static_cast<uint8_t>(i)), 0, 0, slot);
  }
  EXPECT_LT(queue.size(), HoldQueue::kPerWorkerMax) << "eight that flood leave some";
  EXPECT_EQ(hold(ip(10, 0, 4, 0), 0, 0, 10), Outcome::held);
  for (uint16_t slot = 11; slot <= 30; ++slot) {
    for (unsigned i = 0; i < HoldQueue::kPerTenantMax; ++i) hold(ip(10, 0, 3, static_cast<uint8_t>(i)), 0, 0, slot);
  }
  EXPECT_EQ(queue.size(), HoldQueue::kPerWorkerMax);
  EXPECT_EQ(hold(ip(10, 0, 4, 0), 0, 0, 31), Outcome::full) << "512 in all";
}

TEST_F(HoldQueueTest, AFullQueueDrainsInBurstsAndCanBeFilledAgain) {
  for (int round = 0; round < 3; ++round) {
    for (uint16_t slot = 1; slot <= 20; ++slot) {
      for (unsigned i = 0; i < HoldQueue::kPerTenantMax; ++i)
        hold(ip(10, 0, 3, static_cast<uint8_t>(i / 3)), 0, 0, slot);
    }
    EXPECT_EQ(queue.size(), HoldQueue::kPerWorkerMax);
    unsigned given_back = 0;
    for (int calls = 0; calls < 32 && queue.size() != 0; ++calls) {
      poll(kLate);
      EXPECT_GT(out.size, 0u);
      given_back += out.size;
    }
    EXPECT_EQ(given_back, HoldQueue::kPerWorkerMax);
  }
}

// A reachable next hop behind many that wait is found after so many polls, wherever it is.
TEST_F(HoldQueueTest, GoesOnWhereItStopped) {
  for (uint16_t slot = 1; slot <= 2; ++slot) {
    for (unsigned i = 0; i < HoldQueue::kPerTenantMax; ++i) hold(ip(10, 0, 0, static_cast<uint8_t>(i)), 7, 0, slot);
  }
  neighbor(1, ip(10, 0, 0, 63), NeighborState::reachable);
  poll();
  EXPECT_EQ(out.size, 0) << "the first 64 next hops";
  poll();
  EXPECT_EQ(ready_marks, std::vector<uint8_t>{7}) << "the other 64";
}

TEST_F(HoldQueueTest, FreesWhatItHoldsWhenItEnds) {
  HoldQueue other(kLate);
  for (uint8_t i = 0; i < 10; ++i) {
    PacketMeta meta;
    meta.next_hop = ip(10, 0, 0, i);
    EXPECT_EQ(other.try_hold(test::frame({i}), meta, TenantId(1), 0), Outcome::held);
  }
  // The fixture looks whether the packets are back.
}

}  // namespace
}  // namespace demarc::dp
