#include "dataplane/worker/capturer.h"

#include <rte_cycles.h>
#include <rte_ring.h>

#include "dataplane/tables/topology.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp {
namespace {

// Few enough that a test can use them up.
rte_mempool* capture_pool() {
  static rte_mempool* const p =
      rte_pktmbuf_pool_create("test_captures", 2 * kCaptureBuffersPerTenant, 0, kCapturePrivateBytes,
                              RTE_PKTMBUF_HEADROOM + 512, SOCKET_ID_ANY);
  return p;
}

struct Copied {
  CaptureMark mark;
  std::vector<uint8_t> bytes;
};

// Attachment slot n is at port n.
TopologySpec two_ports() {
  TopologySpec spec;
  spec.ports = 2;
  for (uint16_t port = 0; port < 2; ++port) {
    AttachmentRow row{};
    row.valid = true;
    row.port = PortIndex(port);
    spec.attachments.push_back(row);
  }
  return spec;
}

class CapturerTest : public test::TablesTest {
 protected:
  void SetUp() override {
    test::TablesTest::SetUp();
    queue.control = std::make_unique<CaptureControl>(4);
    queue.pool = capture_pool();
    queue.ring = rte_ring_create("test_capture", kCaptureRingSize, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    ASSERT_NE(queue.ring, nullptr);
    queue.taken = std::make_unique<OwnedCounter[]>(4);
    queue.lost = std::make_unique<OwnedCounter[]>(4);
    capturer = std::make_unique<Capturer>(queue);
  }
  void TearDown() override {
    taken();
    release();
    capturer.reset();
    rte_ring_free(queue.ring);
    EXPECT_EQ(rte_mempool_in_use_count(capture_pool()), 0u);
  }

  bool ask(uint16_t tenant, uint64_t session = 0, uint16_t snap = 256, bool drops_only = false) {
    queue.control->ask(TenantSlot(tenant), ++generation, session, snap, drops_only);
    return capturer->refresh();
  }
  // A packet of each tenant slot given, 100 + i bytes of value i.
  void receive(const std::vector<uint16_t>& tenants, unsigned bytes = 100) {
    release();
    burst.size = static_cast<uint8_t>(tenants.size());
    burst.port = PortIndex(3);
    burst.now_tsc = 42;
    reset_burst(burst);
    for (unsigned i = 0; i < tenants.size(); ++i) {
      burst.mbuf[i] = test::frame(std::vector<uint8_t>(bytes + i, static_cast<uint8_t>(i)));
      burst.meta[i].tenant = TenantSlot(tenants[i]);
    }
    capturer->received(burst);
    for (unsigned i = 0; i < tenants.size(); ++i) burst.meta[i].fate = PacketFate::consumed;
  }
  void release() {
    for (unsigned i = 0; i < burst.size; ++i) rte_pktmbuf_free(burst.mbuf[i]);
    burst.size = 0;
  }
  // As the agent does.
  std::vector<Copied> taken() {
    std::vector<Copied> out;
    void* p = nullptr;
    while (rte_ring_sc_dequeue(queue.ring, &p) == 0) {
      auto* m = static_cast<rte_mbuf*>(p);
      Copied c{*static_cast<const CaptureMark*>(rte_mbuf_to_priv(m)), std::vector<uint8_t>(rte_pktmbuf_pkt_len(m))};
      std::vector<uint8_t> scratch(c.bytes.size());
      const void* at = rte_pktmbuf_read(m, 0, rte_pktmbuf_pkt_len(m), scratch.data());
      std::memcpy(c.bytes.data(), at, c.bytes.size());
      queue.taken[c.mark.tenant.value].add(m->nb_segs);
      rte_pktmbuf_free(m);
      out.push_back(std::move(c));
    }
    return out;
  }

  CaptureQueue queue;
  const std::unique_ptr<const Topology> topology = std::move(Topology::build(two_ports()).value());
  uint32_t generation = 0;
  std::unique_ptr<Capturer> capturer;
  Burst burst;
};

TEST_F(CapturerTest, AsksForNothingWhileNobodyCaptures) {
  EXPECT_FALSE(capturer->refresh());
  EXPECT_TRUE(ask(1));
  queue.control->end(TenantSlot(1));
  EXPECT_FALSE(capturer->refresh());
  receive({1, 2});
  capturer->finish(burst, *topology);
  EXPECT_TRUE(taken().empty());
}

TEST_F(CapturerTest, CopiesThePacketsOfOneTenantOnly) {
  ask(2, 0, 64);
  receive({1, 2, 1, 2});
  rte_pktmbuf_mtod(burst.mbuf[1], uint8_t*)[0] = 0xee;  // a stage writes: the copy is as it was received
  drop(burst, 3, DropReason::route_none);
  burst.meta[1].fate = PacketFate::consumed;
  capturer->finish(burst, *topology);
  const auto copies = taken();
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[0].bytes, std::vector<uint8_t>(64, 1));
  EXPECT_EQ(copies[0].mark.frame_bytes, 101u);
  EXPECT_EQ(copies[0].mark.drop, kNotDropped);
  EXPECT_EQ(copies[0].mark.port, 3u);
  EXPECT_EQ(copies[0].mark.tsc, 42u);
  EXPECT_EQ(copies[0].mark.generation, generation);
  EXPECT_EQ(copies[1].bytes, std::vector<uint8_t>(64, 3));
  EXPECT_EQ(copies[1].mark.drop, code(DropReason::route_none));
  EXPECT_EQ(copies[1].mark.tenant, TenantSlot(2));
}

TEST_F(CapturerTest, CopiesWhatIsSentAsItGoesOut) {
  ask(1);
  receive({1, 1});
  rte_pktmbuf_mtod(burst.mbuf[0], uint8_t*)[0] = 0xee;
  const uint8_t both[] = {0, 1};
  capturer->sending(burst, both, 2, PortIndex(5));
  burst.meta[0].fate = PacketFate::sent;
  drop(burst, 1, DropReason::port_tx_full);
  capturer->finish(burst, *topology);
  const auto copies = taken();
  ASSERT_EQ(copies.size(), 3u);  // two came, one went
  EXPECT_EQ(copies[0].mark.direction, CaptureDirection::received);
  EXPECT_EQ(copies[1].mark.drop, code(DropReason::port_tx_full));
  EXPECT_EQ(copies[2].mark.direction, CaptureDirection::sent);
  EXPECT_EQ(copies[2].mark.port, 5u);
  EXPECT_EQ(copies[2].bytes[0], 0xee);
}

TEST_F(CapturerTest, DropsOnlyAndSessions) {
  struct alignas(64) Block {
    Session session{};
  } seven, eight;
  seven.session.up_seid = Seid(7);
  eight.session.up_seid = Seid(8);
  ask(1, 7, 256, true);
  receive({1, 1, 1, 1});
  burst.meta[0].session = burst.meta[1].session = &seven.session;
  burst.meta[2].session = &eight.session;
  for (const uint8_t i : {1, 2, 3}) drop(burst, i, DropReason::far_drop);
  capturer->finish(burst, *topology);
  const auto copies = taken();
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0].mark.up_seid, 7u);
  EXPECT_EQ(copies[0].bytes.front(), 1);
}

// From UE to UE: the frame came by the one session, whoever it is for.
TEST_F(CapturerTest, APacketThatTurnsBelongsToTheSessionItCameBy) {
  struct alignas(64) Block {
    Session session{};
  } from, to;
  from.session.up_seid = Seid(7);
  to.session.up_seid = Seid(8);
  for (const uint64_t asked : {0, 7, 8, 9}) {
    ask(1, asked);
    receive({1});
    burst.meta[0].session = &from.session;
    capturer->turning(burst, 0);
    burst.meta[0].session = &to.session;
    capturer->finish(burst, *topology);
    const auto copies = taken();
    ASSERT_EQ(copies.size(), asked == 9 ? 0u : 1u) << asked;
    for (const Copied& copy : copies) EXPECT_EQ(copy.mark.up_seid, 7u);
  }
  ask(1);
  receive({1});
  burst.meta[0].session = &to.session;
  capturer->finish(burst, *topology);
  EXPECT_EQ(taken().at(0).mark.up_seid, 8u) << "the next one in its place did not turn";
}

// One that was held, or made here: it was never received in this burst.
TEST_F(CapturerTest, ADropThatWasNotReceivedIsCopiedAsItIs) {
  receive({1});
  ask(1);
  drop(burst, 0, DropReason::neighbor_unresolved);
  capturer->finish(burst, *topology);
  const auto copies = taken();
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0].mark.drop, code(DropReason::neighbor_unresolved));
}

// Fragments and answers go out in a burst of their own before the one that they came of has ended.
TEST_F(CapturerTest, ABurstBesideTheReceivedOneDoesNotEndIt) {
  ask(1);
  receive({1});
  auto beside = std::make_unique<Burst>();
  beside->size = 1;
  reset_burst(*beside);
  beside->mbuf[0] = test::frame(std::vector<uint8_t>(80, 9));
  beside->meta[0].tenant = TenantSlot(1);
  const uint8_t first[] = {0};
  capturer->sending(*beside, first, 1, PortIndex(1));
  beside->meta[0].fate = PacketFate::sent;
  capturer->finish(*beside, *topology);
  auto copies = taken();
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0].mark.direction, CaptureDirection::sent);
  EXPECT_EQ(copies[0].bytes.front(), 9);
  drop(burst, 0, DropReason::route_none);
  capturer->finish(burst, *topology);
  copies = taken();
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0].mark.drop, code(DropReason::route_none));
  rte_pktmbuf_free(beside->mbuf[0]);
}

// A packet that is cut is told of once, when it is known what became of it.
TEST_F(CapturerTest, WhatIsStillOnItsWayWaits) {
  ask(1);
  receive({1, 1});
  burst.meta[1].fate = PacketFate::on_the_way;
  capturer->finish(burst, *topology);
  EXPECT_EQ(taken().size(), 1u);
  drop(burst, 1, DropReason::encap_too_big);
  capturer->finish(burst, *topology);
  const auto copies = taken();
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0].mark.drop, code(DropReason::encap_too_big));
  EXPECT_EQ(copies[0].bytes.front(), 1);
}

// Packets that another worker handed over are of several ports.
TEST_F(CapturerTest, EachPacketHasThePortThatItCameInBy) {
  ask(1);
  burst.size = 2;
  burst.port = PortIndex(0);
  burst.now_tsc = 42;
  reset_burst(burst);
  for (uint8_t i = 0; i < 2; ++i) {
    burst.mbuf[i] = test::frame(std::vector<uint8_t>(80, i));
    burst.meta[i].tenant = TenantSlot(1);
    burst.meta[i].attachment = AttachmentSlot{i};
    drop(burst, i, DropReason::route_none);
  }
  capturer->finish(burst, *topology);
  const auto copies = taken();
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[0].mark.port, 0u);
  EXPECT_EQ(copies[1].mark.port, 1u);
}

TEST_F(CapturerTest, LongFramesAreChains) {
  ask(1, 0, kCaptureBytesMax);
  receive({1}, 1500);
  capturer->finish(burst, *topology);
  const auto copies = taken();
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0].bytes.size(), 1500u);
}

TEST_F(CapturerTest, ATenantHasItsShareAndNoMore) {
  ask(1);
  ask(2);
  for (unsigned n = 0; n < kCaptureBuffersPerTenant + 10; ++n) {
    receive({1});
    capturer->finish(burst, *topology);
  }
  EXPECT_EQ(queue.lost[1].read(), 10u);
  receive({2});
  capturer->finish(burst, *topology);
  EXPECT_EQ(queue.lost[2].read(), 0u);
  EXPECT_EQ(taken().size(), kCaptureBuffersPerTenant + 1u);
  receive({1});  // there is room again
  capturer->finish(burst, *topology);
  EXPECT_EQ(taken().size(), 1u);
}

}  // namespace
}  // namespace demarc::dp
