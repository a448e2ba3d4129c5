#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/agent/report.h"
#include "dataplane/agent/tracing.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;

class TracingTest : public ::testing::Test {
 protected:
  TracingTest() {
    EXPECT_TRUE(world.apply(base(7, 101)));
    slot = world.tenant(7);
    attachment = world.state().slots.attachment(TenantId(7), AttachmentId(1));
  }
  // What the worker was asked last for the tenant.
  TraceRequest asked(unsigned worker) const { return world.workers[worker].trace->requests[slot.value].load(); }
  TraceRecord record(TraceRecord::Kind kind, uint32_t packet) {
    TraceRecord r{};
    r.kind = kind;
    r.generation = asked(0).generation;
    r.packet = packet;
    r.meta = PacketMeta{};
    r.meta.tenant = slot;
    r.meta.attachment = attachment;
    r.meta.vlan = VlanId(101);
    r.meta.vrf = world.vrf(7, 1);
    r.meta.ethertype = 0x0800;
    return r;
  }
  void put(unsigned worker, TraceRecord r) {
    r.worker = static_cast<uint16_t>(worker);
    put_into(worker, r);
  }
  void put_into(unsigned worker, TraceRecord r) {
    ASSERT_EQ(rte_ring_sp_enqueue_elem(world.workers[worker].trace_ring, &r, sizeof r), 0);
  }
  TraceRecord step(StageId stage, uint32_t packet) {
    TraceRecord r = record(TraceRecord::Kind::step, packet);
    r.stage = stage;
    return r;
  }
  // A packet of this worker from the wire to the wire.
  void packet(unsigned worker, uint32_t number) {
    TraceRecord received = record(TraceRecord::Kind::received, number);
    received.frame_bytes = 142;
    received.head_size = 127;
    put(worker, received);
    put(worker, step(StageId::ethernet_input, number));
    put(worker, step(StageId::vlan_demux, number));
    TraceRecord gtpu = step(StageId::gtpu_input, number);
    gtpu.meta.teid = Teid(0x1001);
    gtpu.meta.qfi = 9;
    gtpu.meta.endpoint = world.state().slots.endpoint(TenantId(7), GtpuEndpointId(1));
    put(worker, gtpu);
    TraceRecord pdr = step(StageId::pdr_match, number);
    pdr.up_seid = 42;
    pdr.pdr_id = 1;
    pdr.far_id = 3;
    put(worker, pdr);
    TraceRecord route = step(StageId::ipv4_route, number);
    route.meta.egress = world.state().slots.attachment(TenantId(7), AttachmentId(2));
    route.meta.next_hop = Be32::from_host(ip(10, 2, 0, 254));
    put(worker, route);
    TraceRecord end = record(TraceRecord::Kind::end, number);
    end.meta.fate = PacketFate::sent;
    end.meta.egress = route.meta.egress;
    put(worker, end);
  }
  // What was sent since the last call, and whether the last one was the last.
  std::vector<schema::TracedPacketT> take() {
    std::vector<schema::TracedPacketT> packets;
    for (auto& report : reports)
      for (auto& p : report.packets) packets.push_back(std::move(*p));
    last = !reports.empty() && reports.back().last;
    reports.clear();
    return packets;
  }

  World world;
  TenantSlot slot;
  AttachmentSlot attachment;
  std::vector<schema::TraceReportT> reports;
  bool last = false;
  Tracing tracing{world.state(), world.workers, [this](const schema::TraceReportT& r) { reports.push_back(r); }};
};

TEST_F(TracingTest, TellsThePacketsWayInNames) {
  tracing.start(5, TenantId(7), 2);
  EXPECT_EQ(asked(1).packets, 2u);
  packet(0, 0);
  tracing.poll(1);
  EXPECT_EQ(reports.at(0).request, 5u);
  const auto packets = take();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_FALSE(last);
  const auto& p = packets[0];
  EXPECT_EQ(p.port, "uplink");
  EXPECT_EQ(p.length, 142u);
  EXPECT_EQ(p.head.size(), 127u);
  EXPECT_EQ(p.drop, kNotDropped);
  ASSERT_EQ(p.steps.size(), 6u);
  EXPECT_EQ(p.steps[0]->note, "VLAN 101 on port uplink, EtherType 0x0800");
  EXPECT_EQ(p.steps[1]->note, "attachment 1, VLAN 101 on port uplink of tenant tenant7, access vrf access");
  EXPECT_EQ(p.steps[2]->note, "TEID 0x1001, QFI 9 at GTP-U endpoint 10.1.0.1");
  EXPECT_EQ(p.steps[3]->note, "UP SEID 0x2a: PDR 1, FAR 3");
  EXPECT_EQ(p.steps[4]->note, "next hop 10.2.0.254 on attachment 2, VLAN 102 on port uplink");
  EXPECT_EQ(p.steps[5]->stage, "end");
  EXPECT_THAT(p.steps[5]->note, HasSubstr("sent by attachment 2"));
}

TEST_F(TracingTest, EndsAfterAsManyAsWereAskedFor) {
  tracing.start(5, TenantId(7), 3);
  for (uint32_t n = 0; n < 3; ++n) {
    packet(0, n);
    packet(1, n);
  }
  tracing.poll(1);
  const auto packets = take();
  ASSERT_EQ(packets.size(), 3u);
  for (uint32_t n = 0; n < 3; ++n) EXPECT_EQ(packets[n].packet, n);
  EXPECT_TRUE(last);
  EXPECT_FALSE(tracing.active());
  EXPECT_EQ(asked(0).packets, 0u);
  packet(0, 3);  // of a trace that is over: its generation is another
  tracing.poll(2);
  EXPECT_TRUE(reports.empty());
}

TEST_F(TracingTest, APacketToNoEndpointSaysWhereItGoes) {
  tracing.start(5, TenantId(7), 1);
  TraceRecord received = record(TraceRecord::Kind::received, 0);
  received.head_size = sizeof received.head;
  std::copy_n(std::array<uint8_t, 4>{10, 45, 0, 7}.begin(), 4, received.head + 18 + 16);
  put(0, received);
  TraceRecord input = step(StageId::ipv4_input, 0);
  input.meta.l3_offset = 18;
  put(0, input);
  input.kind = TraceRecord::Kind::end;
  input.meta.fate = PacketFate::consumed;
  put(0, input);
  tracing.poll(1);
  const auto packets = take();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].steps[0]->note, "to 10.45.0.7, no GTP-U endpoint");
}

// Worker 1 received it, worker 0 owns its session; and the agent reads worker 0's ring first.
TEST_F(TracingTest, APacketThatWasHandedOverIsOneWay) {
  tracing.start(5, TenantId(7), 1);
  TraceRecord taken = step(StageId::handoff_input, 3);
  taken.worker = 1;
  taken.cycles = 70;
  put_into(0, taken);
  TraceRecord end = record(TraceRecord::Kind::end, 3);
  end.worker = 1;
  end.cycles = 90;
  end.meta.fate = PacketFate::consumed;
  put_into(0, end);
  tracing.poll(1);
  EXPECT_TRUE(take().empty()) << "its beginning is to be read yet";
  TraceRecord received = record(TraceRecord::Kind::received, 3);
  received.frame_bytes = 142;
  put(1, received);
  TraceRecord handed = step(StageId::owner_handoff, 3);
  handed.cycles = 50;
  handed.owner = 0;
  handed.meta.fate = PacketFate::handed_over;
  put(1, handed);
  tracing.poll(2);
  tracing.poll(3);
  const auto packets = take();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_TRUE(last);
  EXPECT_EQ(packets[0].worker, 1u);
  EXPECT_EQ(packets[0].length, 142u);
  ASSERT_EQ(packets[0].steps.size(), 3u);
  EXPECT_EQ(packets[0].steps[0]->note, "worker 0 owns the session: handed over");
  EXPECT_EQ(packets[0].steps[1]->note, "from worker 1, which received it");
  EXPECT_EQ(packets[0].steps[2]->stage, "end");
}

TEST_F(TracingTest, DropsSayWhy) {
  tracing.start(5, TenantId(7), 1);
  put(0, record(TraceRecord::Kind::received, 0));
  TraceRecord dropped = step(StageId::gtpu_input, 0);
  dropped.meta.drop = static_cast<uint8_t>(DropReason::gtpu_teid_zero);
  put(0, dropped);
  dropped.kind = TraceRecord::Kind::end;
  put(0, dropped);
  tracing.poll(1);
  const auto packets = take();
  ASSERT_EQ(packets.size(), 1u);
  EXPECT_EQ(packets[0].drop, static_cast<uint8_t>(DropReason::gtpu_teid_zero));
  EXPECT_THAT(packets[0].steps[0]->note, HasSubstr("dropped, gtpu_teid_zero: G-PDU with TEID 0"));
}

TEST_F(TracingTest, LostRecordsDoNotKeepItOpen) {
  tracing.start(5, TenantId(7), 1);
  put(0, record(TraceRecord::Kind::received, 0));
  put(0, step(StageId::vlan_demux, 0));
  put(0, step(StageId::vlan_demux, 77));  // its beginning was lost
  tracing.poll(1);
  EXPECT_TRUE(take().empty());
  tracing.poll(2 + Tracing::kPacketWaitNs);
  EXPECT_EQ(take().size(), 1u);
  EXPECT_TRUE(last);
}

TEST_F(TracingTest, EndsInWordsOrWithout) {
  tracing.start(5, TenantId(99), 1);  // nobody
  EXPECT_TRUE(take().empty());
  EXPECT_TRUE(last);
  tracing.start(6, TenantId(7), 10);
  tracing.start(7, TenantId(7), 10);  // pushes 6 out
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].request, 6u);
  EXPECT_TRUE(reports[0].last);
  EXPECT_THAT(reports[0].error, HasSubstr("another trace"));
  reports.clear();
  tracing.start(6, TenantId(7), 0);  // the end of what was pushed out is late
  EXPECT_TRUE(tracing.active());
  EXPECT_TRUE(reports.empty());
  tracing.start(7, TenantId(7), 0);
  take();
  EXPECT_TRUE(last);
  EXPECT_FALSE(tracing.active());
  tracing.start(8, TenantId(7), 10);
  ASSERT_TRUE(world.apply({drop(7, EntryKind::route, 1), drop(7, EntryKind::gtpu_endpoint, 1),
                           drop(7, EntryKind::attachment, 2), drop(7, EntryKind::attachment, 1),
                           drop(7, EntryKind::vrf, 2), drop(7, EntryKind::vrf, 1), drop(7, EntryKind::tenant, 7)}));
  tracing.poll(1);
  take();
  EXPECT_TRUE(last) << "its tenant is gone";
  tracing.start(9, TenantId(7), 10);
  tracing.stop();
  EXPECT_FALSE(tracing.active());
}

TEST_F(TracingTest, TenantsTraceAtTheSameTime) {
  ASSERT_TRUE(world.apply(base(8, 103)));
  const TenantSlot other = world.tenant(8);
  tracing.start(5, TenantId(7), 1);
  tracing.start(6, TenantId(8), 1);
  EXPECT_TRUE(reports.empty()) << "the first goes on";
  TraceRecord begun = record(TraceRecord::Kind::received, 0);
  begun.meta.tenant = other;
  begun.generation = world.workers[0].trace->requests[other.value].load().generation;
  put(0, begun);
  begun.kind = TraceRecord::Kind::end;
  put(0, begun);
  tracing.poll(1);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].request, 6u);
  EXPECT_TRUE(reports[0].last);
  EXPECT_EQ(reports[0].packets.size(), 1u);
  reports.clear();
  tracing.start(7, TenantId(8), 0);  // nothing to end there
  packet(0, 0);
  tracing.poll(2);
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].request, 5u);
  EXPECT_TRUE(reports[0].last);
}

TEST_F(TracingTest, RecordsOfRowsThatAreGoneStillMakeSentences) {
  tracing.start(5, TenantId(7), 1);
  put(0, record(TraceRecord::Kind::received, 0));
  for (size_t s = 0; s < kStageCount; ++s) {
    TraceRecord r = step(static_cast<StageId>(s), 0);
    r.meta.attachment = r.meta.egress = AttachmentSlot(~0u);
    r.meta.vrf = VrfSlot(~0u);
    r.meta.endpoint = GtpuEndpointSlot(12345);
    r.meta.teid = Teid(1);
    put(0, r);
  }
  put(0, record(TraceRecord::Kind::end, 0));
  tracing.poll(1);
  ASSERT_EQ(take().at(0).steps.size(), kStageCount + 1);
}

TEST_F(TracingTest, CountersAreSummedOverWorkers) {
  world.workers[0].tenants[slot.value].add(Counter::received_packets, 3);
  world.workers[1].tenants[slot.value].add(Counter::received_packets, 4);
  world.workers[1].tenants[0].drop(DropReason::vlan_unknown, 2);
  world.workers[1].stages[1].packets.add(9);
  const schema::CountersReportT report = report_counters(world.state(), world.workers, 55);
  EXPECT_EQ(report.wall_ns, 55u);
  ASSERT_EQ(report.tenants.size(), 2u);
  EXPECT_EQ(report.tenants[0]->tenant, 0u);
  EXPECT_EQ(report.tenants[0]->drops[static_cast<size_t>(DropReason::vlan_unknown)], 2u);
  EXPECT_EQ(report.tenants[1]->tenant, 7u);
  EXPECT_EQ(report.tenants[1]->counters[static_cast<size_t>(Counter::received_packets)], 7u);
  EXPECT_EQ(report.tenants[1]->drops.size(), kDropReasonCount);
  ASSERT_EQ(report.workers.size(), 2u);
  EXPECT_EQ(report.workers[1]->stages.at(1)->packets, 9u);
  EXPECT_EQ(report.ports.size(), 2u);
}

}  // namespace
}  // namespace demarc::dp::test
