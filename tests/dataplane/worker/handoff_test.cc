// Two workers and ports that spread packets as they like: each session's packets are handled by its owner alone, in
// order, and the books balance over both. In one thread, turn by turn; and once in two.
#include <rte_cycles.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <array>
#include <map>
#include <thread>

#include "common/wire/ethernet.h"
#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "dataplane/worker/worker.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"
#include "tests/dataplane/worker/ring_port.h"

namespace demarc::dp {
namespace {

using test::ip;

constexpr MacAddress kOurs{2, 0, 0, 0, 0, 1};
constexpr MacAddress kPeer{6, 6, 6, 6, 6, 6};
constexpr unsigned kWorkers = 2;
constexpr WorkerIndex kFirst{0};
constexpr WorkerIndex kSecond{1};

std::vector<uint8_t> tagged(uint16_t vlan, size_t payload_bytes) {
  std::vector<uint8_t> f(18 + payload_bytes);
  wire::write_ethernet(f.data(), kOurs, kPeer, vlan, wire::kEtherTypeIpv4);
  return f;
}

void write_numbered(uint8_t* p, Be32 from, Be32 to, uint16_t number) {
  wire::write_ipv4(p, 20 + 8 + 2, 64, wire::kProtocolUdp, from, to, 0);
  wire::write_udp(p + 20, 5000, 5001, 8 + 2, Be16{});
  p[28] = static_cast<uint8_t>(number >> 8);
  p[29] = static_cast<uint8_t>(number);
}

// Of the session number `session` of the tenant in `slot`.
Be32 ue(uint8_t session) { return ip(10, 45, 0, session); }

std::vector<uint8_t> uplink(uint16_t slot, uint8_t session, uint16_t number) {
  const size_t outer = 20 + 8 + 8;
  auto f = tagged(static_cast<uint16_t>(100 + slot), outer + 30);
  uint8_t* p = f.data() + 18;
  wire::write_ipv4(p, outer + 30, 64, wire::kProtocolUdp, ip(10, 0, 0, 5), ip(10, 0, 0, 1), 0);
  wire::write_udp(p + 20, 2152, 2152, 8 + 8 + 30, Be16{});
  wire::write_gtpu_gpdu(p + 28, Teid(session), 30, wire::kGtpuNoQfi);
  write_numbered(p + outer, ue(session), ip(10, 9, 0, 5), number);
  return f;
}

std::vector<uint8_t> downlink(uint16_t slot, uint8_t session, uint16_t number) {
  auto f = tagged(static_cast<uint16_t>(200 + slot), 30);
  write_numbered(f.data() + 18, ip(10, 9, 0, 5), ue(session), number);
  return f;
}

uint16_t vlan_of(const std::vector<uint8_t>& f) { return static_cast<uint16_t>((f[14] << 8 | f[15]) & 0xfff); }
uint16_t number_of(const std::vector<uint8_t>& f) {
  return static_cast<uint16_t>(f[f.size() - 2] << 8 | f[f.size() - 1]);
}
// Of a frame that left to the core: the UE's last byte.
uint8_t session_of(const std::vector<uint8_t>& f) { return f[18 + 15]; }

class HandoffTest : public test::TablesTest {
 protected:
  void SetUp() override {
    TablesTest::SetUp();
    for (uint16_t slot = 1; slot <= 2; ++slot) {
      neighbor(static_cast<uint16_t>(slot - 1), ip(10, 0, 0, 5), NeighborState::reachable);
      neighbor(static_cast<uint16_t>(slot + 1), ip(10, 9, 0, 5), NeighborState::reachable);
    }
    static int number = 0;
    port = std::make_unique<test::RingPort>(("ht" + std::to_string(number++)).c_str(), 4096, kWorkers);
    ASSERT_TRUE(port->ok);
    auto made = HandoffRings::create(kWorkers, 3);
    ASSERT_TRUE(made) << made.error().message;
    rings = std::move(*made);
    for (uint16_t w = 0; w < kWorkers; ++w) make_worker(w);
  }
  void TearDown() override {
    for (auto& worker : workers) worker.reset();
    rings.reset();
    port.reset();
    for (WorkerShared& s : shared) {
      rte_ring_free(s.to_agent);
      rte_ring_free(s.from_agent);
      rte_ring_free(s.trace_ring);
    }
  }

  void make_worker(uint16_t w) {
    WorkerShared& s = shared[w];
    s.index = w;
    s.tenant_slots = 3;
    s.tenants = std::make_unique<TenantCounters[]>(3);
    s.loads = std::make_unique<TenantLoad[]>(3);
    s.trace = std::make_unique<TraceControl>(3);
    s.to_agent_taken = std::make_unique<OwnedCounter[]>(3);
    s.to_agent = ring("h_to_agent", w, sizeof(ToAgent), 64);
    s.from_agent = ring("h_from_agent", w, sizeof(ToWorker), 64);
    s.trace_ring = ring("h_trace", w, sizeof(TraceRecord), 256);
    WorkerSetup setup;
    setup.shared = &s;
    setup.tables = &tables;
    setup.qsbr = reclaimer.qsbr();
    setup.pool = test::pool();
    setup.queues = {port->queue(0, w)};
    setup.port_macs = {kOurs};
    setup.idle = Idle::pause;  // sheds nothing soon: these tests give it more at once than it may have time for
    setup.handoff = rings->ends_of(w);
    workers[w] = std::make_unique<Worker>(std::move(setup));
  }
  static rte_ring* ring(const char* name, unsigned worker, unsigned bytes, unsigned n) {
    return rte_ring_create_elem((name + std::to_string(worker)).c_str(), bytes, n, SOCKET_ID_ANY,
                                RING_F_SP_ENQ | RING_F_SC_DEQ);
  }

  // UP SEID, TEID and the UE address's last byte are all `number`; an Ethernet session has no address.
  void put_session(uint16_t slot, uint8_t number, WorkerIndex owner, bool ethernet = false) {
    const uint32_t i = slot - 1u;
    Pdr up{};
    up.pdr_id = 1;
    up.vrf = VrfSlot(i);
    up.endpoint = GtpuEndpointSlot(i);
    up.teid = Teid(number);
    up.ue_ipv4 = ue(number);
    up.qfi_match = kQfiAny;
    up.qfi_mark = kQfiNone;
    Pdr down = up;
    down.pdr_id = 2;
    down.far_index = 1;
    down.source_core = true;
    down.teid = Teid{};
    down.endpoint = kNoEndpoint;
    down.vrf = VrfSlot(i + 2);
    Far to_core{};
    to_core.far_id = 1;
    to_core.forward = true;
    to_core.vrf = VrfSlot(i + 2);
    Far to_access = to_core;
    to_access.far_id = 2;
    to_access.outer_header_creation = true;
    to_access.vrf = VrfSlot(i);
    to_access.teid = Teid(0x900u + number);
    to_access.peer_ipv4 = ip(10, 0, 0, 5);
    to_access.local_ipv4 = ip(10, 0, 0, 1);
    SessionSpec spec{Seid(number), TenantSlot(slot), {up, down}, {to_core, to_access}};
    spec.owner = owner;
    if (ethernet) {
      spec.pdrs[0].ue_ipv4 = spec.pdrs[1].ue_ipv4 = {};
      spec.opaque.emplace();
      spec.opaque->ethernet = true;
      spec.opaque->vrf = VrfSlot(i + 2);
      spec.opaque->rules.resize(2);
    }
    const Status put = sessions->put(spec);
    ASSERT_TRUE(put) << put.error().message;
  }

  UsageReading usage(uint16_t slot, uint8_t number) const {
    return sessions->find(TenantSlot(slot), Seid(number))->usage->read();
  }
  uint64_t counter(uint16_t slot, Counter c) const {
    return sum(
        slot, [&](const TenantCounters& t) -> auto& { return t.counters[static_cast<size_t>(c)]; });
  }
  uint64_t drops(uint16_t slot, DropReason r) const {
    return sum(
        slot, [&](const TenantCounters& t) -> auto& { return t.drops[static_cast<size_t>(r)]; });
  }
  template <class Get>
  uint64_t sum(uint16_t slot, Get get) const {
    uint64_t n = 0;
    for (const WorkerShared& s : shared) n += get(s.tenants[slot]).read();
    return n;
  }
  void expect_balance() const {
    for (uint16_t slot = 0; slot < 3; ++slot) {
      uint64_t out = counter(slot, Counter::sent_packets) + counter(slot, Counter::consumed_packets) +
                     counter(slot, Counter::held_packets);
      for (size_t r = 0; r < kDropReasonCount; ++r) out += drops(slot, static_cast<DropReason>(r));
      EXPECT_EQ(counter(slot, Counter::received_packets) + counter(slot, Counter::originated_packets), out)
          << "tenant slot " << slot;
    }
  }
  uint64_t calls(unsigned worker, StageId stage) const {
    return shared[worker].stages[static_cast<size_t>(stage)].calls.read();
  }

  std::array<WorkerShared, kWorkers> shared;
  std::unique_ptr<test::RingPort> port;
  std::unique_ptr<HandoffRings> rings;
  std::array<std::unique_ptr<Worker>, kWorkers> workers;
};

TEST_F(HandoffTest, TheOwnerSendsWhatTheOtherReceived) {
  put_session(1, 1, kSecond);
  put_session(2, 1, kFirst);
  for (uint16_t slot = 1; slot <= 2; ++slot) {
    port->receive(uplink(slot, 1, slot), 0);
    port->receive(downlink(slot, 1, slot), 0);
  }
  EXPECT_EQ(workers[0]->turn(), 4u);
  EXPECT_EQ(port->sent(0).size(), 2u) << "the second tenant's, whose session is the first worker's";
  EXPECT_TRUE(port->sent(1).empty());
  EXPECT_EQ(counter(1, Counter::held_packets), 2u);
  EXPECT_EQ(counter(2, Counter::held_packets), 0u);
  expect_balance();

  EXPECT_EQ(workers[1]->turn(), 2u);
  const auto sent = port->sent(1);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(vlan_of(sent[0]), 201);
  EXPECT_EQ(vlan_of(sent[1]), 101);
  EXPECT_TRUE(port->sent(0).empty());
  EXPECT_EQ(counter(1, Counter::held_packets), 0u);
  EXPECT_EQ(counter(1, Counter::uplink_packets), 1u);
  EXPECT_EQ(counter(1, Counter::downlink_packets), 1u);
  EXPECT_EQ(usage(1, 1).uplink_packets, 1u);
  EXPECT_EQ(usage(1, 1).downlink_packets, 1u);
  EXPECT_EQ(usage(1, 1).uplink_bytes, counter(1, Counter::uplink_bytes));
  EXPECT_EQ(calls(0, StageId::pdr_match), 2u)
      << "of the second tenant's, up and down; the first's were not matched here";
  expect_balance();
  EXPECT_EQ(shared[1].busy_loops.read(), 1u);
}

TEST_F(HandoffTest, EachFlowKeepsItsOrder) {
  for (uint8_t n = 1; n <= 4; ++n) put_session(1, n, WorkerIndex(n % 2));
  constexpr uint16_t kPackets = 300;
  for (uint16_t i = 0; i < kPackets; ++i)
    for (uint8_t n = 1; n <= 4; ++n) port->receive(uplink(1, n, i), n <= 2 ? 0 : 1);
  std::map<uint8_t, uint16_t> next;
  for (unsigned turns = 0; turns < 100; ++turns) {
    workers[turns % 3 == 0]->turn();  // one is slower than the other
    for (uint16_t q = 0; q < kWorkers; ++q) {
      for (const auto& f : port->sent(q)) {
        EXPECT_EQ(session_of(f) % 2, q) << "sent by its owner";
        EXPECT_EQ(number_of(f), next[session_of(f)]++);
      }
    }
  }
  for (uint8_t n = 1; n <= 4; ++n) EXPECT_EQ(next[n], kPackets);
  EXPECT_EQ(counter(1, Counter::received_packets), 4u * kPackets);
  EXPECT_EQ(counter(1, Counter::sent_packets), 4u * kPackets);
  expect_balance();
}

TEST_F(HandoffTest, ASessionThatGoesMeanwhileIsUnknownToItsOwner) {
  put_session(1, 1, kSecond);
  port->receive(uplink(1, 1, 0), 0);
  port->receive(downlink(1, 1, 0), 0);
  workers[0]->turn();
  ASSERT_TRUE(sessions->remove(TenantSlot(1), Seid(1)));
  workers[1]->turn();
  EXPECT_EQ(drops(1, DropReason::gtpu_teid_unknown), 1u);
  EXPECT_EQ(drops(1, DropReason::session_unknown), 1u);
  expect_balance();
}

TEST_F(HandoffTest, APacketIsNotHandedOverTwice) {
  put_session(1, 1, kSecond);
  port->receive(uplink(1, 1, 0), 0);
  port->receive(downlink(1, 1, 0), 0);
  workers[0]->turn();
  ASSERT_TRUE(sessions->remove(TenantSlot(1), Seid(1)));
  put_session(1, 1, kFirst);
  workers[1]->turn();
  workers[0]->turn();
  EXPECT_EQ(drops(1, DropReason::table_changed), 2u);
  EXPECT_TRUE(port->sent(0).empty());
  expect_balance();
}

// Between two owners a session has none; its packets are dropped under that name, wherever they are.
TEST_F(HandoffTest, ASessionBetweenTwoOwnersDropsByName) {
  put_session(1, 1, kSecond);
  put_session(2, 1, kSecond);
  port->receive(uplink(1, 1, 0), 0);
  workers[0]->turn();  // in the ring
  sessions->set_owner(TenantSlot(1), Seid(1), kNoOwner);
  workers[1]->turn();
  EXPECT_EQ(drops(1, DropReason::session_moving), 1u) << "handed over to who owned it";
  port->receive(downlink(1, 1, 1), 0);
  port->receive(uplink(2, 1, 1), 1);
  workers[0]->turn();
  workers[1]->turn();
  EXPECT_EQ(drops(1, DropReason::session_moving), 2u);
  EXPECT_EQ(port->sent(1).size(), 1u) << "the other tenant's";
  sessions->set_owner(TenantSlot(1), Seid(1), kFirst);
  port->receive(uplink(1, 1, 2), 1);
  workers[1]->turn();
  workers[0]->turn();
  EXPECT_EQ(port->sent(0).size(), 1u) << "by its new owner";
  EXPECT_EQ(usage(1, 1).uplink_packets, 1u);
  EXPECT_EQ(sessions->owned_by(kFirst), 1u);
  expect_balance();
}

// The time in the ring is part of it, and counted by who sent the packet.
TEST_F(HandoffTest, LatencyIsFromThePortThatReceived) {
  put_session(1, 1, kSecond);
  port->receive(uplink(1, 1, 0), 0);
  workers[0]->turn();
  const uint64_t begin = rte_rdtsc();
  while (rte_rdtsc() - begin < rte_get_tsc_hz() / 1'000) {
  }
  workers[1]->turn();
  uint64_t counted = 0;
  for (size_t b = 0; b < kLogLinearBuckets; ++b) {
    const uint64_t n = shared[1].loads[1].latency[b].read();
    counted += n;
    EXPECT_TRUE(n == 0 || log_linear_floor(b + 1) >= 1'000'000u) << "a millisecond in the ring";
    EXPECT_EQ(shared[0].loads[1].latency[b].read(), 0u);
  }
  EXPECT_EQ(counted, 1u);
  port->sent(1);
}

TEST_F(HandoffTest, OneTenantsFloodCostsTheOtherNothing) {
  put_session(1, 1, kSecond);
  put_session(2, 1, kSecond);
  for (uint16_t i = 0; i < 1500; ++i) {
    port->receive(uplink(1, 1, i), 0);
    if (i % 10 == 0) port->receive(uplink(2, 1, i), 0);
  }
  while (workers[0]->turn() != 0) {  // and the second does not come to it
  }
  EXPECT_GT(drops(1, DropReason::handoff_full), 400u);
  EXPECT_EQ(drops(2, DropReason::handoff_full), 0u);
  EXPECT_EQ(counter(2, Counter::held_packets), 150u);
  expect_balance();
  while (workers[1]->turn() != 0) {
  }
  EXPECT_EQ(counter(2, Counter::sent_packets), 150u);
  EXPECT_EQ(counter(1, Counter::sent_packets) + drops(1, DropReason::handoff_full), 1500u);
  expect_balance();
  port->sent(1);
}

TEST_F(HandoffTest, ATenantThatIsSuspendedMeanwhileIsStillTheOneThatIsCharged) {
  put_session(1, 1, kSecond);
  port->receive(downlink(1, 1, 0), 0);
  workers[0]->turn();
  TopologySpec spec = test::two_tenants();
  for (const size_t slot : {0, 2}) spec.attachments[slot].valid = false;
  const auto before = std::move(topology);
  publish(std::move(spec));
  workers[1]->turn();
  EXPECT_EQ(counter(1, Counter::sent_packets), 0u);
  EXPECT_EQ(counter(1, Counter::held_packets), 0u);
  expect_balance();
}

TEST_F(HandoffTest, ATraceGoesOnAtTheOwner) {
  put_session(1, 1, kSecond);
  for (WorkerShared& s : shared) s.trace->ask(TenantSlot(1), {5, 1});
  port->receive(uplink(1, 1, 0), 0);
  workers[0]->turn();
  workers[1]->turn();
  std::vector<StageId> stages;
  unsigned ends = 0;
  TraceRecord r;
  uint64_t cycles = 0;
  for (unsigned w = 0; w < kWorkers; ++w) {
    while (rte_ring_sc_dequeue_elem(shared[w].trace_ring, &r, sizeof r) == 0) {
      EXPECT_EQ(r.worker, 0u) << "that received it";
      EXPECT_EQ(r.generation, 5u);
      EXPECT_EQ(r.packet, 0u);
      EXPECT_GE(r.cycles, cycles);
      cycles = r.cycles;
      if (r.kind == TraceRecord::Kind::step) stages.push_back(r.stage);
      if (r.stage == StageId::owner_handoff && r.kind == TraceRecord::Kind::step) {
        EXPECT_EQ(r.owner, 1u);
      }
      ends += r.kind == TraceRecord::Kind::end;
    }
    if (w == 0) {
      EXPECT_EQ(ends, 0u) << "it ends at the owner";
    }
  }
  EXPECT_EQ(ends, 1u);
  EXPECT_EQ(stages,
            (std::vector{StageId::ethernet_input, StageId::vlan_demux, StageId::ipv4_input, StageId::udp_input,
                         StageId::gtpu_input, StageId::session_uplink, StageId::owner_handoff, StageId::handoff_input,
                         StageId::session_uplink, StageId::owner_handoff, StageId::gtpu_peer_guard, StageId::pdr_match,
                         StageId::gtpu_decap, StageId::ipv4_route, StageId::neighbor_output, StageId::port_output}));
  port->sent(1);
}

// A frame of an Ethernet session, 60 bytes with `number` at its end; in a tunnel of the first tenant, or on its link.
std::vector<uint8_t> ethernet_frame(const MacAddress& to, const MacAddress& from, uint16_t number) {
  std::vector<uint8_t> f(60);
  wire::write_ethernet(f.data(), to, from, 0, 0x88b5);
  f[58] = static_cast<uint8_t>(number >> 8);
  f[59] = static_cast<uint8_t>(number);
  return f;
}
std::vector<uint8_t> ethernet_uplink(uint8_t session, const std::vector<uint8_t>& frame) {
  auto f = tagged(101, 20 + 8 + 8);
  uint8_t* p = f.data() + 18;
  const auto bytes = static_cast<uint16_t>(frame.size());
  wire::write_ipv4(p, static_cast<uint16_t>(36 + bytes), 64, wire::kProtocolUdp, ip(10, 0, 0, 5), ip(10, 0, 0, 1), 0);
  wire::write_udp(p + 20, 2152, 2152, static_cast<uint16_t>(16 + bytes), Be16{});
  wire::write_gtpu_gpdu(p + 28, Teid(session), bytes, wire::kGtpuNoQfi);
  f.insert(f.end(), frame.begin(), frame.end());
  return f;
}
std::vector<uint8_t> on_link(std::vector<uint8_t> frame) {
  constexpr uint8_t kTag[] = {0x81, 0, 0, 201};
  frame.insert(frame.begin() + 12, kTag, kTag + 4);
  return frame;
}

TEST_F(HandoffTest, FramesOfEthernetSessionsAreTheirOwnersToo) {
  constexpr MacAddress kStation{2, 0xee, 0, 0, 0, 1};
  constexpr MacAddress kServer{2, 0x5e, 0, 0, 0, 1};
  put_session(1, 1, kFirst, true);
  put_session(1, 2, kSecond, true);
  port->receive(on_link(ethernet_frame(wire::kMacBroadcast, kServer, 1)), 0);
  workers[0]->turn();
  EXPECT_EQ(port->sent(0).size(), 1u) << "the copy for its own session";
  EXPECT_EQ(counter(1, Counter::held_packets), 1u) << "the other's";
  expect_balance();
  workers[1]->turn();
  EXPECT_EQ(port->sent(1).size(), 1u);
  EXPECT_EQ(counter(1, Counter::downlink_packets), 2u);
  expect_balance();

  // The owner learns whose address it is, whoever received the frame; and both know it then.
  port->receive(ethernet_uplink(2, ethernet_frame(kServer, kStation, 2)), 0);
  workers[0]->turn();
  workers[1]->turn();
  const auto up = port->sent(1);
  ASSERT_EQ(up.size(), 1u);
  EXPECT_EQ(up[0], on_link(ethernet_frame(kServer, kStation, 2)));
  port->receive(on_link(ethernet_frame(kStation, kServer, 3)), 0);
  workers[0]->turn();
  EXPECT_TRUE(port->sent(0).empty());
  workers[1]->turn();
  const auto down = port->sent(1);
  ASSERT_EQ(down.size(), 1u);
  EXPECT_EQ(vlan_of(down[0]), 101);
  EXPECT_EQ(number_of(down[0]), 3);
  EXPECT_EQ(counter(1, Counter::held_packets), 0u);
  expect_balance();
}

// Each with its own thread. Nobody promises them the cores, so a ring may be full, and a worker may shed what it has no
// time for: what is not lost is in order, and every packet is accounted for.
TEST_F(HandoffTest, TwoThreads) {
  for (uint8_t n = 1; n <= 4; ++n) put_session(1, n, WorkerIndex(n % 2));
  std::atomic<bool> stop{false};
  std::array<std::thread, kWorkers> threads;
  for (unsigned w = 0; w < kWorkers; ++w) threads[w] = std::thread([&, w] { workers[w]->run(stop); });
  constexpr uint16_t kPackets = 5000;
  std::map<uint8_t, int> last;
  uint64_t sent = 0;
  auto collect = [&] {
    for (uint16_t q = 0; q < kWorkers; ++q) {
      for (const auto& f : port->sent(q)) {
        const uint8_t n = session_of(f);
        EXPECT_EQ(n % 2, q);
        if (last.contains(n)) {
          EXPECT_GT(number_of(f), last[n]);
        }
        last[n] = number_of(f);
        ++sent;
      }
    }
  };
  for (uint16_t i = 0; i < kPackets; ++i) {
    for (uint8_t n = 1; n <= 4; ++n) port->receive(uplink(1, n, i), n <= 2 ? 0 : 1);
    if (i % 64 != 0) continue;
    for (int tries = 0; tries < 1000 && counter(1, Counter::received_packets) + 512 < (i + 1u) * 4u; ++tries)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    collect();
  }
  for (int tries = 0; tries < 5000; ++tries) {
    const uint64_t done =
        counter(1, Counter::sent_packets) + drops(1, DropReason::handoff_full) + drops(1, DropReason::overload);
    if (done == 4u * kPackets) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  collect();
  EXPECT_EQ(counter(1, Counter::received_packets), 4u * kPackets);
  EXPECT_EQ(counter(1, Counter::held_packets), 0u);
  EXPECT_EQ(sent, counter(1, Counter::sent_packets));
  EXPECT_EQ(counter(1, Counter::uplink_packets), sent);
  uint64_t forwarded = 0;
  uint64_t not_handed = 0;
  for (uint8_t n = 1; n <= 4; ++n) {
    const UsageReading used = usage(1, n);
    forwarded += used.uplink_packets;
    not_handed += used.drops[static_cast<size_t>(DropReason::handoff_full)];
    EXPECT_LE(used.uplink_packets + used.drops[static_cast<size_t>(DropReason::handoff_full)], kPackets) << int{n};
  }
  EXPECT_EQ(forwarded, sent);
  EXPECT_EQ(not_handed, drops(1, DropReason::handoff_full));
  EXPECT_EQ(forwarded + not_handed + drops(1, DropReason::overload), 4u * kPackets)
      << "nobody's session has what was shed before it was looked for";
  EXPECT_GT(calls(0, StageId::owner_handoff), 0u);
  EXPECT_GT(calls(1, StageId::owner_handoff), 0u);
  expect_balance();
}

}  // namespace
}  // namespace demarc::dp
