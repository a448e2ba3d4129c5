#include "dataplane/worker/worker.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "common/wire/gtpu_messages.h"
#include "dataplane/pipeline.h"
#include "dataplane/stages/gtpu_datagram.h"
#include "dataplane/worker/neighbor_request.h"

namespace demarc::dp {
namespace {

// A busy agent must not keep a worker from its packets: so many requests a turn.
constexpr unsigned kAgentRequestsPerTurn = 16;
// Empty turns before a worker with idle = "sleep" goes to sleep: about 10 µs of polling.
constexpr unsigned kEmptyTurnsBeforeSleep = 64;
constexpr long kSleepNs = 50'000;
// Windows of Admission, 50 ms of them: a worker that gives its core away finds much in store when it comes back.
constexpr unsigned kPatienceOfSharedCore = Admission::kWindowsPerSecond / 20;

uint64_t ms_to_ticks(uint64_t ms) { return rte_get_tsc_hz() / 1000 * ms; }

}  // namespace

Worker::Worker(WorkerSetup setup)
    : setup_(std::move(setup)),
      held_interval_ticks_(ms_to_ticks(1)),
      admission_(setup_.shared->tenant_slots, WorkerIndex(static_cast<uint8_t>(setup_.shared->index)), rte_get_tsc_hz(),
                 setup_.idle == Idle::poll ? 1 : kPatienceOfSharedCore),
      account_(setup_.shared->loads.get(), setup_.shared->tenant_slots, admission_, rte_get_tsc_hz()),
      hold_(ms_to_ticks(kHoldMs)),
      agent_(setup_.shared->to_agent, setup_.shared->to_agent_taken.get(), setup_.shared->tenant_slots,
             setup_.shared->to_agent_lost),
      originator_(setup_.pool, setup_.shared->tenants.get(),
                  AnswerLimiter(setup_.shared->tenant_slots, setup_.workers, rte_get_tsc_hz())),
      reassembly_(setup_.shared->tenant_slots, ms_to_ticks(kReassemblyMs)),
      tracer_(*setup_.shared->trace, setup_.shared->trace_ring, setup_.shared->trace_lost,
              WorkerIndex(static_cast<uint8_t>(setup_.shared->index))),
      capturer_(setup_.shared->capture),
      ports_(setup_.queues) {
  context_.tenants = setup_.shared->tenants.get();
  context_.port_macs = setup_.port_macs;
  context_.hold = &hold_;
  context_.agent = &agent_;
  context_.originator = &originator_;
  context_.reassembly = &reassembly_;
  context_.pool = setup_.pool;
  context_.own_packets = &own_packets_;
  context_.worker = WorkerIndex(static_cast<uint8_t>(setup_.shared->index));
  context_.tsc_hz = rte_get_tsc_hz();
  if (!setup_.handoff.to.empty()) context_.handoff = &setup_.handoff;
  context_.next_identification = setup_.shared->index;
  context_.identification_step = static_cast<uint16_t>(std::bit_ceil(std::max<size_t>(setup_.handoff.to.size(), 1)));
}

void Worker::run(const std::atomic<bool>& stop) {
  // Timers of this thread fire when they are due, not up to 50 µs later.
  prctl(PR_SET_TIMERSLACK, 1);
  rte_rcu_qsbr_thread_register(setup_.qsbr, setup_.shared->index);
  rte_rcu_qsbr_thread_online(setup_.qsbr, setup_.shared->index);
  last_turn_tsc_ = rte_rdtsc();
  unsigned empty_turns = 0;
  while (!stop.load(std::memory_order_relaxed)) {
    empty_turns = turn() != 0 ? 0 : empty_turns + 1;
    rte_rcu_qsbr_quiescent(setup_.qsbr, setup_.shared->index);
    if (empty_turns != 0) idle(empty_turns);
  }
  rte_rcu_qsbr_thread_offline(setup_.qsbr, setup_.shared->index);
  rte_rcu_qsbr_thread_unregister(setup_.qsbr, setup_.shared->index);
}

unsigned Worker::turn() {
  const uint64_t start = rte_rdtsc();
  context_.tables = setup_.tables->view();
  tracer_.refresh();
  context_.capture = capturer_.refresh() ? &capturer_ : nullptr;
  context_.admission = admission_.sheds() ? &admission_ : nullptr;
  account_.turn_begins(start);
  const unsigned packets = take_over() + receive() + release_held();
  serve_agent();
  WorkerShared& shared = *setup_.shared;
  const uint64_t end = rte_rdtsc();
  shared.loops.add(1);
  shared.cycles.add(last_turn_tsc_ == 0 ? 0 : end - last_turn_tsc_);  // with what it slept before
  last_turn_tsc_ = end;
  if (packets != 0) {
    shared.busy_loops.add(1);
    shared.busy_cycles.add(end - start);
    account_.turn_ends(end);
  }
  admission_.turn_done(end, packets != 0 ? end - start : 0, context_.topology());
  return packets;
}

unsigned Worker::receive() {
  unsigned packets = 0;
  for (const PortQueue& queue : ports_.queues()) {
    if (!queue.receives()) continue;
    const uint16_t n = queue.receive(burst_.mbuf.data(), kBurstMax);
    if (n == 0) continue;
    burst_.size = static_cast<uint8_t>(n);
    burst_.port = queue.port();
    burst_.now_tsc = rte_rdtsc();
    reset_burst(burst_);
    run_burst(context_, burst_, tracer_, setup_.shared->stages, ports_);
    account_.burst_done(burst_, rte_rdtsc());
    packets += n;
  }
  return packets;
}

// One burst of each other worker: they get the same chance as a port.
unsigned Worker::take_over() {
  unsigned packets = 0;
  for (HandoffRing* ring : setup_.handoff.from) {
    if (ring == nullptr) continue;
    const unsigned n = ring->take(burst_);
    if (n == 0) continue;
    // They may be of several ports; what is said of the burst's names one that it is of.
    const AttachmentRow* row = context_.topology().attachment_or_null(burst_.meta[0].attachment);
    burst_.port = row == nullptr ? PortIndex() : row->port;
    burst_.now_tsc = burst_.sorted_tsc = rte_rdtsc();
    run_taken_over(context_, burst_, tracer_, setup_.shared->stages, ports_);
    account_.burst_done(burst_, rte_rdtsc());
    packets += n;
  }
  return packets;
}

// What waited for a next hop, once a millisecond.
unsigned Worker::release_held() {
  const uint64_t now = rte_rdtsc();
  if (now < held_next_tsc_) return 0;
  held_next_tsc_ = now + held_interval_ticks_;
  burst_.size = 0;
  run_held(context_, burst_, tracer_, setup_.shared->stages, ports_, now);
  account_.burst_done(burst_, rte_rdtsc());
  return burst_.size;
}

void Worker::serve_agent() {
  ToWorker request;
  for (unsigned n = 0; n < kAgentRequestsPerTurn; ++n) {
    if (rte_ring_sc_dequeue_elem(setup_.shared->from_agent, &request, sizeof request) != 0) return;
    switch (request.kind) {
      case ToWorker::Kind::ask_neighbor: ask_neighbor(request); break;
      case ToWorker::Kind::gtpu_echo_request: send_echo_request(request); break;
      case ToWorker::Kind::announce: announce(request); break;
    }
  }
}

void Worker::ask_neighbor(const ToWorker& request) {
  const AttachmentRow* row = context_.topology().attachment_or_null(request.attachment);
  if (row == nullptr || row->suspended) return;
  // No buffer: the agent asks again in a second.
  send_on_link(request.attachment, *row, make_neighbor_request(*row, request.address, request.mac, setup_.pool));
}

void Worker::announce(const ToWorker& request) {
  const AttachmentRow* row = context_.topology().attachment_or_null(request.attachment);
  if (row == nullptr || row->suspended) return;
  // The row may have become another's while the request waited.
  const IpAddress& address = request.address;
  const bool ours =
      address.is_ipv4()
          ? address.ipv4() == row->ipv4 || context_.topology().local_address(row->vrf, address.ipv4()).has_gtpu_endpoint
          : address.ipv6() == row->ipv6 ||
                context_.topology().local_address(row->vrf, address.ipv6()).has_gtpu_endpoint;
  if (!ours) return;
  send_on_link(request.attachment, *row, make_announcement(*row, request.address, setup_.pool));
}

// A packet of our own goes out the way that others do, so that the books balance. `mbuf` may be null.
void Worker::send_on_link(AttachmentSlot attachment, const AttachmentRow& row, rte_mbuf* mbuf) {
  if (mbuf == nullptr) return;
  context_.counters(row.tenant).add(Counter::originated_packets, 1);
  burst_.size = 1;
  burst_.port = row.port;
  burst_.now_tsc = rte_rdtsc();
  burst_.mbuf[0] = mbuf;
  reset_burst(burst_);
  burst_.meta[0].tenant = row.tenant;
  burst_.meta[0].attachment = attachment;
  burst_.meta[0].vrf = row.vrf;
  burst_.meta[0].egress = attachment;
  Lane output = all_of(burst_);
  StageRunner stages(burst_, tracer_, setup_.shared->stages);
  stages.run(StageId::port_output, output, [&] { ports_.port_output(context_, burst_, output); });
  end_drops(context_, burst_);
}

// TS 29.281 clause 7.2.1. What finds no buffer is asked for again: the agent takes it for a request without an answer.
void Worker::send_echo_request(const ToWorker& request) {
  const Topology& topology = context_.topology();
  const GtpuEndpointRow* row = topology.endpoint(request.endpoint);
  if (row == nullptr || topology.spec().tenants[row->tenant.value].suspended) return;
  const bool ipv6 = !request.address.is_ipv4();
  PacketMeta like;
  like.tenant = row->tenant;
  like.vrf = row->vrf;
  const Originator::Packet packet =
      originator_.originate(like, gtpu_datagram_bytes(ipv6, wire::kGtpuEchoRequestBytes), ipv6, Originator::Way::route);
  if (!packet) return;
  wire::write_gtpu_echo_request(packet.ip + gtpu_datagram_offset(ipv6), request.sequence);
  write_gtpu_datagram(packet.ip, ipv6 ? IpAddress(row->ipv6) : IpAddress(row->ipv4), request.address, wire::kGtpuPort,
                      wire::kGtpuEchoRequestBytes);
  context_.counters(row->tenant).add(Counter::gtpu_echo_requests_sent, 1);
  run_originated(context_, tracer_, setup_.shared->stages, ports_, rte_rdtsc());
}

void Worker::idle(unsigned empty_turns) const {
  switch (setup_.idle) {
    case Idle::poll: return;
    case Idle::pause:
      for (int i = 0; i < 32; ++i) rte_pause();
      return;
    case Idle::sleep:
      if (empty_turns < kEmptyTurnsBeforeSleep) return;
      // A signal ends it early: net_tap sends one when a packet comes.
      const timespec length{0, kSleepNs};
      nanosleep(&length, nullptr);
      return;
  }
}

}  // namespace demarc::dp
