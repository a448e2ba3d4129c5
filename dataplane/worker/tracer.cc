#include "dataplane/worker/tracer.h"

#include <rte_cycles.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "dataplane/tables/session_table.h"

namespace demarc::dp {
namespace {

static_assert(sizeof(TraceRecord) % 4 == 0, "rte_ring moves elements in words of 4 bytes");

uint64_t bit(unsigned i) { return uint64_t{1} << i; }

// The session's ids as numbers: the pointers are good for this turn of the poll loop only.
void note_session(TraceRecord& r) {
  const PacketMeta& meta = r.meta;
  if (meta.session != nullptr) {
    r.up_seid = meta.session->up_seid.value;
    r.owner = meta.session->owned_by().value;
  }
  if (meta.has_pdr()) r.pdr_id = meta.pdr().pdr_id;
  if (meta.has_far()) r.far_id = meta.far().far_id;
}

void put(rte_ring* ring, TraceRecord& r, OwnedCounter& lost) {
  if (rte_ring_sp_enqueue_elem(ring, &r, sizeof r) != 0) lost.add(1);
}

}  // namespace

void Tracer::read_requests() {
  changes_ = control_->changes.load(std::memory_order_acquire);
  wanting_ = 0;
  for (uint32_t slot = 0; slot < control_->slots; ++slot) {
    const TraceRequest asked = control_->requests[slot].load(std::memory_order_relaxed);
    Request& request = requests_[slot];
    if (request.generation != asked.generation) request = {asked.generation, asked.packets, 0};
    wanting_ += request.left != 0;
  }
}

TraceRecord Tracer::record(TraceRecord::Kind kind, const Burst& burst, unsigned i) const {
  TraceRecord r{};
  r.kind = kind;
  r.port = burst.trace[i].port.value;
  r.generation = burst.trace[i].generation;
  r.packet = burst.trace[i].packet;
  r.worker = burst.trace[i].worker.value;
  r.cycles = rte_rdtsc() - burst.trace[i].received_tsc;
  r.meta = burst.meta[i];
  return r;
}

void Tracer::start_traced(Burst& burst) {
  for (unsigned i = 0; i < burst.size && wanting_ != 0; ++i) {
    Request& request = requests_[burst.meta[i].tenant.value];
    if (request.left == 0) continue;
    burst.trace[i] = {request.generation, request.marked++, burst.now_tsc, worker_, burst.port};
    if (--request.left == 0) --wanting_;
    TraceRecord r = record(TraceRecord::Kind::received, burst, i);
    const rte_mbuf* m = burst.mbuf[i];
    r.frame_bytes = rte_pktmbuf_pkt_len(m);
    r.head_size = static_cast<uint8_t>(std::min<size_t>(rte_pktmbuf_data_len(m), sizeof r.head));
    std::memcpy(r.head, rte_pktmbuf_mtod(m, const uint8_t*), r.head_size);
    put(ring_, r, *lost_);
    burst.traced_mask |= bit(i);
    burst.traced = true;
  }
}

void Tracer::step_traced(StageId stage, const Burst& burst, const Lane& lane) {
  for (const uint8_t i : lane) {
    if ((burst.traced_mask & bit(i)) == 0) continue;
    TraceRecord r = record(TraceRecord::Kind::step, burst, i);
    r.stage = stage;
    note_session(r);
    put(ring_, r, *lost_);
  }
}

void Tracer::finish_traced(Burst& burst) {
  for (uint64_t left = burst.traced_mask; left != 0; left &= left - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(left));
    if (burst.meta[i].fate == PacketFate::on_the_way) continue;
    burst.traced_mask &= ~bit(i);
    if (burst.meta[i].fate == PacketFate::handed_over) continue;
    TraceRecord r = record(TraceRecord::Kind::end, burst, i);
    note_session(r);
    put(ring_, r, *lost_);
  }
}

}  // namespace demarc::dp
