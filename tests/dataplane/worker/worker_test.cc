// The whole way through a worker: frames into a port, frames out of it, with the books balanced.
#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "common/wire/arp.h"
#include "common/wire/ethernet.h"
#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"
#include "tests/dataplane/worker/ring_port.h"

namespace demarc::dp {
namespace {

using test::ip;

constexpr MacAddress kOurs{2, 0, 0, 0, 0, 1};
constexpr MacAddress kPeer{6, 6, 6, 6, 6, 6};
constexpr uint32_t kTeid = 0x1000;

std::vector<uint8_t> tagged(uint16_t vlan, uint16_t type, const MacAddress& to, size_t payload_bytes) {
  std::vector<uint8_t> f(18 + payload_bytes);
  wire::write_ethernet(f.data(), to, kPeer, vlan, type);
  return f;
}

// ARP from 10.x.0.5: a request for our address, or a reply to us.
std::vector<uint8_t> arp(uint16_t vlan, wire::ArpOperation operation, Be32 sender, Be32 target) {
  auto f = tagged(vlan, wire::kEtherTypeArp, wire::kMacBroadcast, 42);
  wire::write_arp(f.data() + 18, operation, kPeer, sender, MacAddress{}, target);
  return f;
}

// A G-PDU from 10.0.0.5 to our endpoint; in it, from UE 10.45.0.1 to `to`, one byte of UDP payload: `mark`.
std::vector<uint8_t> g_pdu(uint16_t vlan, Be32 to, uint8_t mark) {
  const size_t inner = 20 + 8 + 1;
  const size_t outer = 20 + 8 + 8;
  auto f = tagged(vlan, wire::kEtherTypeIpv4, kOurs, outer + inner);
  uint8_t* p = f.data() + 18;
  wire::write_ipv4(p, static_cast<uint16_t>(outer + inner), 64, wire::kProtocolUdp, ip(10, 0, 0, 5), ip(10, 0, 0, 1),
                   0);
  wire::write_udp(p + 20, 2152, 2152, static_cast<uint16_t>(8 + 8 + inner), Be16{});
  wire::write_gtpu_gpdu(p + 28, Teid(kTeid), static_cast<uint16_t>(inner), wire::kGtpuNoQfi);
  p += outer;
  wire::write_ipv4(p, static_cast<uint16_t>(inner), 64, wire::kProtocolUdp, ip(10, 45, 0, 1), to, 0);
  wire::write_udp(p + 20, 5000, 5001, 9, Be16{});
  p[28] = mark;
  return f;
}

class WorkerTest : public test::TablesTest {
 protected:
  void SetUp() override {
    TablesTest::SetUp();
    for (uint16_t slot = 1; slot <= 2; ++slot) put_session(slot);
    shared.index = 0;
    shared.tenant_slots = 3;
    shared.tenants = std::make_unique<TenantCounters[]>(3);
    shared.loads = std::make_unique<TenantLoad[]>(3);
    shared.trace = std::make_unique<TraceControl>(3);
    shared.to_agent_taken = std::make_unique<OwnedCounter[]>(3);
    shared.to_agent = ring("t_to_agent", sizeof(ToAgent), 64);
    shared.from_agent = ring("t_from_agent", sizeof(ToWorker), 64);
    shared.trace_ring = ring("t_trace", sizeof(TraceRecord), 256);
    make_worker(512);
  }
  void TearDown() override {
    worker.reset();
    port.reset();
    rte_ring_free(shared.to_agent);
    rte_ring_free(shared.from_agent);
    rte_ring_free(shared.trace_ring);
  }

  static rte_ring* ring(const char* name, unsigned bytes, unsigned n) {
    return rte_ring_create_elem(name, bytes, n, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  }

  void make_worker(unsigned tx_size) {
    worker.reset();
    port.reset();
    static int number = 0;
    port = std::make_unique<test::RingPort>(("wt" + std::to_string(number++)).c_str(), tx_size);
    ASSERT_TRUE(port->ok);
    WorkerSetup setup;
    setup.shared = &shared;
    setup.tables = &tables;
    setup.qsbr = reclaimer.qsbr();
    setup.pool = test::pool();
    setup.queues = {port->queue(0)};
    setup.port_macs = {kOurs};
    setup.idle = Idle::pause;  // sheds nothing soon: these tests give it more at once than it may have time for
    worker = std::make_unique<Worker>(std::move(setup));
  }

  // Both tenants have a session with the same TEID, UE address and endpoint address.
  void put_session(uint16_t slot) {
    const uint32_t i = slot - 1u;
    SessionSpec spec;
    spec.up_seid = Seid(1);
    spec.tenant = TenantSlot(slot);
    Pdr pdr{};
    pdr.pdr_id = 1;
    pdr.vrf = VrfSlot(i);
    pdr.endpoint = GtpuEndpointSlot(i);
    pdr.teid = Teid(kTeid);
    pdr.ue_ipv4 = ip(10, 45, 0, 1);
    pdr.qfi_match = kQfiAny;
    pdr.qfi_mark = kQfiNone;
    Far far{};
    far.far_id = 1;
    far.forward = true;
    far.vrf = VrfSlot(i + 2);
    spec.pdrs = {pdr};
    spec.fars = {far};
    ASSERT_TRUE(sessions->put(spec));
  }

  uint64_t counter(uint16_t slot, Counter c) { return shared.tenants[slot].counters[static_cast<size_t>(c)].read(); }
  uint64_t drops(uint16_t slot, DropReason r) { return shared.tenants[slot].drops[static_cast<size_t>(r)].read(); }
  void expect_balance() {
    for (uint16_t slot = 0; slot < 3; ++slot) {
      uint64_t dropped = 0;
      for (const OwnedCounter& d : shared.tenants[slot].drops) dropped += d.read();
      EXPECT_EQ(counter(slot, Counter::received_packets) + counter(slot, Counter::originated_packets),
                counter(slot, Counter::sent_packets) + counter(slot, Counter::consumed_packets) +
                    counter(slot, Counter::held_packets) + dropped)
          << "tenant slot " << slot;
    }
  }
  std::optional<ToAgent> told_agent() {
    ToAgent message;
    if (rte_ring_sc_dequeue_elem(shared.to_agent, &message, sizeof message) != 0) return std::nullopt;
    return message;
  }
  // Turns until what is held was looked at again: each millisecond.
  void turn_for_held() {
    const uint64_t end = rte_rdtsc() + rte_get_tsc_hz() / 500;
    while (rte_rdtsc() < end) worker->turn();
    worker->turn();  // the time may have passed without one: nobody promises this thread the core
  }

  WorkerShared shared;
  std::unique_ptr<test::RingPort> port;
  std::unique_ptr<Worker> worker;
};

uint16_t vlan_of(const std::vector<uint8_t>& f) { return static_cast<uint16_t>((f[14] << 8 | f[15]) & 0xfff); }

TEST_F(WorkerTest, AnEmptyTurnCountsNothingButItself) {
  EXPECT_EQ(worker->turn(), 0u);
  EXPECT_EQ(worker->turn(), 0u);
  EXPECT_EQ(shared.loops.read(), 2u);
  EXPECT_EQ(shared.busy_loops.read(), 0u);
  EXPECT_GT(shared.cycles.read(), 0u);
  EXPECT_EQ(shared.busy_cycles.read(), 0u);
}

TEST_F(WorkerTest, AnswersArpOfBothTenantsAtTheSameAddress) {
  for (const uint16_t vlan : {101, 102}) {
    port->receive(arp(vlan, wire::ArpOperation::request, ip(10, 0, 0, 5), ip(10, 0, 0, 1)));
  }
  EXPECT_EQ(worker->turn(), 2u);
  const auto sent = port->sent();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(vlan_of(sent[0]), 101);
  EXPECT_EQ(vlan_of(sent[1]), 102);
  for (uint16_t slot = 1; slot <= 2; ++slot) {
    EXPECT_EQ(counter(slot, Counter::received_packets), 1u);
    EXPECT_EQ(counter(slot, Counter::sent_packets), 1u);
    EXPECT_EQ(counter(slot, Counter::sent_bytes), sent[slot - 1u].size());
  }
  EXPECT_EQ(shared.busy_loops.read(), 1u);
  EXPECT_GT(shared.busy_cycles.read(), 0u);
  expect_balance();
}

TEST_F(WorkerTest, ChargesAnUnknownVlanToTheHouse) {
  port->receive(arp(999, wire::ArpOperation::request, ip(10, 0, 0, 5), ip(10, 0, 0, 1)));
  port->receive({1, 2, 3});
  EXPECT_EQ(worker->turn(), 2u);
  EXPECT_TRUE(port->sent().empty());
  EXPECT_EQ(drops(0, DropReason::vlan_unknown), 1u);
  EXPECT_EQ(drops(0, DropReason::ethernet_truncated), 1u);
  expect_balance();
}

// The same G-PDU for both tenants: each comes out on its own core VLAN, after its own next hop was asked for.
TEST_F(WorkerTest, TakesTunnelsOfTwoTenantsWithTheSameAddressesApart) {
  for (uint8_t i = 0; i < 2; ++i) port->receive(g_pdu(static_cast<uint16_t>(101 + i), ip(10, 9, 0, 5), i));
  EXPECT_EQ(worker->turn(), 2u);
  EXPECT_TRUE(port->sent().empty());
  for (uint16_t slot = 1; slot <= 2; ++slot) {
    EXPECT_EQ(counter(slot, Counter::held_packets), 1u);
    const auto message = told_agent();
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->kind, ToAgent::Kind::neighbor_wanted);
    EXPECT_EQ(message->attachment, AttachmentSlot(slot + 1u));
    EXPECT_EQ(message->address, ip(10, 9, 0, 5));
  }
  expect_balance();

  // The agent has the worker ask; the answer comes for the second tenant alone.
  ToWorker request{ToWorker::Kind::ask_neighbor, AttachmentSlot(3), ip(10, 9, 0, 5), wire::kMacBroadcast, 0};
  ASSERT_EQ(rte_ring_sp_enqueue_elem(shared.from_agent, &request, sizeof request), 0);
  worker->turn();
  auto sent = port->sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].size(), 60u);
  EXPECT_EQ(vlan_of(sent[0]), 202);
  const wire::ArpParse asked = wire::parse_arp(sent[0].data() + 18, sent[0].size() - 18);
  ASSERT_TRUE(asked.well_formed);
  EXPECT_EQ(asked.operation, wire::ArpOperation::request);
  EXPECT_EQ(asked.packet.target_ipv4, ip(10, 9, 0, 5));
  EXPECT_EQ(asked.packet.sender_ipv4, ip(10, 9, 0, 1));
  EXPECT_EQ(counter(2, Counter::originated_packets), 1u);
  expect_balance();

  port->receive(arp(202, wire::ArpOperation::reply, ip(10, 9, 0, 5), ip(10, 9, 0, 1)));
  worker->turn();
  const auto seen = told_agent();
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->kind, ToAgent::Kind::neighbor_seen);
  EXPECT_EQ(seen->mac, kPeer);
  EXPECT_EQ(counter(2, Counter::consumed_packets), 1u);

  neighbor(3, ip(10, 9, 0, 5), NeighborState::reachable);
  turn_for_held();
  sent = port->sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(vlan_of(sent[0]), 202);
  EXPECT_EQ(sent[0].size(), 18u + 29u);
  EXPECT_EQ(sent[0].back(), 1) << "the second tenant's packet";
  EXPECT_EQ(counter(1, Counter::held_packets), 1u);
  EXPECT_EQ(counter(2, Counter::held_packets), 0u);
  expect_balance();

  neighbor(2, ip(10, 9, 0, 5), NeighborState::failed);
  turn_for_held();
  EXPECT_TRUE(port->sent().empty());
  EXPECT_EQ(drops(1, DropReason::neighbor_unresolved), 1u);
  EXPECT_EQ(counter(1, Counter::held_packets), 0u);
  expect_balance();
}

TEST_F(WorkerTest, CountsWhatAFullPortDoesNotTakeToItsTenant) {
  make_worker(16);  // takes 15
  for (int i = 0; i < 40; ++i) {
    port->receive(
        arp(static_cast<uint16_t>(101 + i % 2), wire::ArpOperation::request, ip(10, 0, 0, 5), ip(10, 0, 0, 1)));
  }
  EXPECT_EQ(worker->turn(), 40u);
  EXPECT_EQ(port->sent().size(), 15u);
  EXPECT_EQ(counter(1, Counter::sent_packets), 8u);
  EXPECT_EQ(counter(2, Counter::sent_packets), 7u);
  EXPECT_EQ(drops(1, DropReason::port_tx_full), 12u);
  EXPECT_EQ(drops(2, DropReason::port_tx_full), 13u);
  expect_balance();
}

TEST_F(WorkerTest, NamesADropAtAPortWithoutLink) {
  make_worker(2);
  port->link_up = false;
  for (int i = 0; i < 3; ++i) port->receive(arp(101, wire::ArpOperation::request, ip(10, 0, 0, 5), ip(10, 0, 0, 1)));
  worker->turn();
  EXPECT_EQ(counter(1, Counter::sent_packets), 1u);
  EXPECT_EQ(drops(1, DropReason::port_down), 2u);
  expect_balance();
}

TEST_F(WorkerTest, DoesNotAskForATenantThatIsSuspendedOrGone) {
  TopologySpec spec = test::two_tenants();
  spec.attachments[2].suspended = true;
  spec.attachments[3].valid = false;
  publish(spec);
  for (uint32_t attachment : {2u, 3u, 4u, 4'000'000'000u}) {
    ToWorker r{ToWorker::Kind::ask_neighbor, AttachmentSlot(attachment), ip(10, 9, 0, 5), wire::kMacBroadcast, 0};
    ASSERT_EQ(rte_ring_sp_enqueue_elem(shared.from_agent, &r, sizeof r), 0);
  }
  worker->turn();
  EXPECT_TRUE(port->sent().empty());
  EXPECT_EQ(counter(1, Counter::originated_packets), 0u);
  EXPECT_EQ(counter(2, Counter::originated_packets), 0u);
}

TEST_F(WorkerTest, AnnouncesOurAddressAndNoOther) {
  for (const Be32 address : {ip(10, 9, 0, 1), ip(10, 9, 0, 7)}) {
    ToWorker r{ToWorker::Kind::announce, AttachmentSlot(3), address, {}, 0};
    ASSERT_EQ(rte_ring_sp_enqueue_elem(shared.from_agent, &r, sizeof r), 0);
  }
  worker->turn();
  const auto sent = port->sent();
  ASSERT_EQ(sent.size(), 1u) << "10.9.0.7 is not ours there: the row was another's when it was asked for";
  EXPECT_EQ(vlan_of(sent[0]), 202);
  EXPECT_TRUE(std::all_of(sent[0].begin(), sent[0].begin() + 6, [](uint8_t b) { return b == 0xff; }));
  const wire::ArpParse said = wire::parse_arp(sent[0].data() + 18, sent[0].size() - 18);
  ASSERT_TRUE(said.well_formed);
  EXPECT_EQ(said.operation, wire::ArpOperation::request);
  EXPECT_EQ(said.packet.sender_ipv4, ip(10, 9, 0, 1));
  EXPECT_EQ(said.packet.target_ipv4, ip(10, 9, 0, 1));
  EXPECT_EQ(counter(2, Counter::originated_packets), 1u);
  expect_balance();
}

TEST_F(WorkerTest, TracesTheWayOfOneTenantsPacket) {
  shared.trace->ask(TenantSlot(1), {1, 1});
  neighbor(2, ip(10, 9, 0, 5), NeighborState::reachable);
  for (uint16_t vlan : {102, 101, 101}) port->receive(g_pdu(vlan, ip(10, 9, 0, 5), 0));
  worker->turn();
  std::vector<StageId> stages;
  TraceRecord r;
  std::optional<TraceRecord> end;
  while (rte_ring_sc_dequeue_elem(shared.trace_ring, &r, sizeof r) == 0) {
    EXPECT_EQ(r.packet, 0u);
    EXPECT_EQ(r.meta.tenant, TenantSlot(1));
    if (r.kind == TraceRecord::Kind::step) stages.push_back(r.stage);
    if (r.kind == TraceRecord::Kind::end) end = r;
  }
  EXPECT_EQ(stages,
            (std::vector{StageId::ethernet_input, StageId::vlan_demux, StageId::ipv4_input, StageId::udp_input,
                         StageId::gtpu_input, StageId::session_uplink, StageId::gtpu_peer_guard, StageId::pdr_match,
                         StageId::gtpu_decap, StageId::ipv4_route, StageId::neighbor_output, StageId::port_output}));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->meta.fate, PacketFate::sent);
  port->sent();
}

TEST_F(WorkerTest, RunsUntilItIsStoppedAndLetsTheReclaimerGoOn) {
  std::atomic<bool> stop{false};
  std::thread thread([&] { worker->run(stop); });
  for (int i = 0; i < 1000 && shared.loops.read() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  bool destroyed = false;
  reclaimer.retire([&] { destroyed = true; });
  for (int i = 0; i < 1000 && !destroyed; ++i) {
    reclaimer.reclaim();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(destroyed);
  stop = true;
  thread.join();
  destroyed = false;
  reclaimer.retire([&] { destroyed = true; });
  reclaimer.reclaim();
  EXPECT_TRUE(destroyed) << "a worker that has ended holds nothing up";
}

// Of a real worker, in real time: whose the time was, to within two in a hundred.
TEST_F(WorkerTest, TheTenantsCyclesAreTheBusyCycles) {
  neighbor(2, ip(10, 9, 0, 5), NeighborState::reachable);
  neighbor(3, ip(10, 9, 0, 5), NeighborState::reachable);
  for (unsigned turn = 0; turn < 500; ++turn) {
    for (unsigned n = 0; n < 12; ++n) port->receive(g_pdu(n % 3 == 0 ? 102 : 101, ip(10, 9, 0, 5), 1));
    while (worker->turn() != 0) {
    }
    port->sent();
  }
  uint64_t all = 0;
  for (uint16_t slot = 0; slot < 3; ++slot) all += shared.loads[slot].cycles.read();
  const auto busy = static_cast<double>(shared.busy_cycles.read());
  EXPECT_NEAR(static_cast<double>(all) / busy, 1, 0.02);
  EXPECT_EQ(shared.loads[1].packets.read(), 4'000u);
  EXPECT_EQ(shared.loads[2].packets.read(), 2'000u);
  EXPECT_GT(shared.loads[1].cycles.read(), 0u);
  EXPECT_GT(shared.loads[2].cycles.read(), 0u);
  uint64_t sent = 0;
  for (const OwnedCounter& n : shared.loads[1].latency) sent += n.read();
  EXPECT_EQ(sent, counter(1, Counter::sent_packets));
  expect_balance();
}

}  // namespace
}  // namespace demarc::dp
