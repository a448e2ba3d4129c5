#include "dataplane/worker/tracer.h"

#include <rte_cycles.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp {
namespace {

using Kind = TraceRecord::Kind;

class TracerTest : public test::TablesTest {
 protected:
  void SetUp() override {
    test::TablesTest::SetUp();
    ring = rte_ring_create_elem("test_trace", sizeof(TraceRecord), 64, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    ASSERT_NE(ring, nullptr);
    tracer = std::make_unique<Tracer>(control, ring, lost);
  }
  void TearDown() override {
    rte_ring_free(ring);
    for (unsigned i = 0; i < burst.size; ++i) rte_pktmbuf_free(burst.mbuf[i]);
  }

  void ask(uint16_t tenant, uint32_t packets) {
    control.ask(TenantSlot(tenant), {++generation, packets});
    tracer->refresh();
  }

  // One packet a tenant slot given, 100 + i bytes long.
  void receive(const std::vector<uint16_t>& tenants) {
    for (unsigned i = 0; i < burst.size; ++i) rte_pktmbuf_free(burst.mbuf[i]);
    burst.size = static_cast<uint8_t>(tenants.size());
    burst.port = PortIndex(3);
    burst.now_tsc = rte_rdtsc();
    reset_burst(burst);
    for (unsigned i = 0; i < tenants.size(); ++i) {
      burst.mbuf[i] = test::frame(std::vector<uint8_t>(100 + i, static_cast<uint8_t>(i)));
      burst.meta[i].tenant = TenantSlot(tenants[i]);
      burst.meta[i].fate = PacketFate::sent;
    }
  }

  std::vector<TraceRecord> records() {
    std::vector<TraceRecord> out;
    TraceRecord r;
    while (rte_ring_sc_dequeue_elem(ring, &r, sizeof r) == 0) out.push_back(r);
    return out;
  }

  TraceControl control{4};
  uint32_t generation = 0;
  OwnedCounter lost;
  rte_ring* ring = nullptr;
  std::unique_ptr<Tracer> tracer;
  Burst burst;
};

TEST_F(TracerTest, WritesNothingWhileNobodyAsks) {
  receive({1, 2});
  tracer->refresh();
  tracer->start(burst);
  tracer->step(StageId::vlan_demux, burst, all_of(burst));
  tracer->finish(burst);
  EXPECT_FALSE(burst.traced);
  EXPECT_TRUE(records().empty());
}

TEST_F(TracerTest, FollowsThePacketsOfOneTenantOnly) {
  ask(2, 10);
  receive({1, 2, 1, 2});
  tracer->start(burst);
  EXPECT_TRUE(burst.traced);
  EXPECT_EQ(burst.traced_mask, 0b1010u);
  tracer->step(StageId::vlan_demux, burst, all_of(burst));
  Lane lane;
  lane.push(3);
  lane.push(2);
  tracer->step(StageId::ipv4_input, burst, lane);
  drop(burst, 1, DropReason::ipv4_truncated);
  tracer->finish(burst);

  const auto r = records();
  ASSERT_EQ(r.size(), 2u + 2u + 1u + 2u);
  EXPECT_EQ(r[0].kind, Kind::received);
  EXPECT_EQ(r[0].packet, 0u);
  EXPECT_EQ(r[0].port, 3);
  EXPECT_EQ(r[0].generation, 1u);
  EXPECT_EQ(r[0].frame_bytes, 101u);
  EXPECT_EQ(r[0].head_size, 101);
  EXPECT_EQ(r[0].head[100], 1);
  EXPECT_EQ(r[1].packet, 1u);
  EXPECT_EQ(r[1].frame_bytes, 103u);
  EXPECT_EQ(r[2].kind, Kind::step);
  EXPECT_EQ(r[2].stage, StageId::vlan_demux);
  EXPECT_EQ(r[3].packet, 1u);
  EXPECT_EQ(r[4].stage, StageId::ipv4_input);
  EXPECT_EQ(r[4].packet, 1u);
  EXPECT_EQ(r[5].kind, Kind::end);
  EXPECT_EQ(r[5].packet, 0u);
  EXPECT_EQ(r[5].meta.drop, static_cast<uint8_t>(DropReason::ipv4_truncated));
  EXPECT_EQ(r[6].packet, 1u);
  EXPECT_EQ(r[6].meta.drop, kNotDropped);
  EXPECT_GE(r[6].cycles, r[0].cycles);
}

TEST_F(TracerTest, EachTenantHasATraceOfItsOwn) {
  ask(1, 1);
  ask(2, 10);
  receive({1, 2, 1, 3, 2});
  tracer->start(burst);
  EXPECT_EQ(burst.traced_mask, 0b10011u);
  tracer->finish(burst);
  const auto r = records();
  ASSERT_EQ(r.size(), 6u);
  const std::vector<std::array<uint32_t, 3>> expected{{1, 1, 0}, {2, 2, 0}, {2, 2, 1}, {1, 1, 0}, {2, 2, 0}, {2, 2, 1}};
  for (size_t n = 0; n < r.size(); ++n)
    EXPECT_EQ((std::array<uint32_t, 3>{r[n].meta.tenant.value, r[n].generation, r[n].packet}), expected[n]) << n;
  ask(2, 0);  // ends this one; the other had ended by itself
  receive({1, 2});
  tracer->start(burst);
  EXPECT_FALSE(burst.traced);
}

TEST_F(TracerTest, StopsAfterAsManyPacketsAsWereAskedFor) {
  ask(1, 3);
  receive({1, 1});
  tracer->start(burst);
  receive({1, 1});
  tracer->start(burst);
  EXPECT_EQ(burst.traced_mask, 0b01u);
  receive({1});
  tracer->start(burst);
  EXPECT_FALSE(burst.traced);
  const auto r = records();
  ASSERT_EQ(r.size(), 3u);
  EXPECT_EQ(r[2].packet, 2u);
}

TEST_F(TracerTest, ANewRequestBeginsAgainAndZeroEndsIt) {
  ask(1, 1);
  receive({1});
  tracer->start(burst);
  ask(1, 1);
  receive({1});
  tracer->start(burst);
  auto r = records();
  ASSERT_EQ(r.size(), 2u);
  EXPECT_EQ(r[1].generation, 2u);
  EXPECT_EQ(r[1].packet, 0u);
  ask(1, 5);
  ask(1, 0);
  receive({1});
  tracer->start(burst);
  EXPECT_TRUE(records().empty());
}

TEST_F(TracerTest, CopiesTheSessionsIdsAndNotItsPointersContents) {
  ask(1, 1);
  receive({1});
  struct {
    Session session{Seid(77), TenantSlot(1), 1, 1, 0, 0};
    Pdr pdr{};
    Far far{};
  } block;
  block.pdr.pdr_id = 5;
  block.far.far_id = 6;
  tracer->start(burst);
  burst.meta[0].session = &block.session;
  burst.meta[0].set_pdr(block.pdr);
  burst.meta[0].set_far(block.far);
  tracer->step(StageId::pdr_match, burst, all_of(burst));
  const auto r = records();
  ASSERT_EQ(r.size(), 2u);
  EXPECT_EQ(r[1].up_seid, 77u);
  EXPECT_EQ(r[1].pdr_id, 5);
  EXPECT_EQ(r[1].far_id, 6u);
}

TEST_F(TracerTest, ALongFrameIsCutInTheRecordAlone) {
  ask(1, 1);
  receive({1});
  rte_pktmbuf_append(burst.mbuf[0], 900);
  tracer->start(burst);
  const auto r = records();
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].frame_bytes, 1000u);
  EXPECT_EQ(r[0].head_size, sizeof(TraceRecord::head));
}

// A packet that is about to be cut ends later, and each packet ends once.
TEST_F(TracerTest, WhatIsStillOnItsWayEndsLater) {
  ask(1, 10);
  receive({1, 1});
  burst.meta[0].fate = PacketFate::on_the_way;
  tracer->start(burst);
  tracer->finish(burst);
  EXPECT_EQ(records().size(), 3u);
  burst.meta[0].fate = PacketFate::cut;
  tracer->finish(burst);
  const auto r = records();
  ASSERT_EQ(r.size(), 1u);
  EXPECT_EQ(r[0].kind, Kind::end);
  EXPECT_EQ(r[0].packet, 0u);
}

TEST_F(TracerTest, CountsWhatTheFullRingLoses) {
  ask(1, 64);
  receive(std::vector<uint16_t>(64, 1));
  tracer->start(burst);
  EXPECT_EQ(lost.read(), 1u) << "a ring of 64 has room for 63";
  tracer->finish(burst);
  EXPECT_EQ(lost.read(), 65u);
}

}  // namespace
}  // namespace demarc::dp
