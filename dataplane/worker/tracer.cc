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

// What is the same in all records of a packet.
TraceRecord record(TraceRecord::Kind kind, uint32_t generation, uint32_t packet, const Burst& burst) {
  TraceRecord r{};
  r.kind = kind;
  r.port = burst.port.value;
  r.generation = generation;
  r.packet = packet;
  r.cycles = rte_rdtsc() - burst.now_tsc;
  return r;
}

// The session's ids as numbers: the pointers are good for this turn of the poll loop only.
void note_session(TraceRecord& r, const PacketMeta& meta) {
  r.meta = meta;
  if (meta.session != nullptr) r.up_seid = meta.session->up_seid.value;
  if (meta.pdr != nullptr) r.pdr_id = meta.pdr->pdr_id;
  if (meta.far != nullptr) r.far_id = meta.far->far_id;
}

void put(rte_ring* ring, TraceRecord& r, OwnedCounter& lost) {
  if (rte_ring_sp_enqueue_elem(ring, &r, sizeof r) != 0) lost.add(1);
}

// The packet's number in the trace, from its place among the traced packets of the burst.
uint32_t number(const Burst& burst, uint32_t first, unsigned i) {
  return first + static_cast<uint32_t>(std::popcount(burst.traced_mask & (bit(i) - 1)));
}

}  // namespace

void Tracer::refresh() {
  const uint32_t generation = control_->generation.load(std::memory_order_acquire);
  if (generation == generation_) return;
  generation_ = generation;
  tenant_ = TenantSlot(control_->tenant.load(std::memory_order_relaxed));
  packets_left_ = control_->packets.load(std::memory_order_relaxed);
  packets_marked_ = 0;
}

void Tracer::start_traced(Burst& burst) {
  first_in_burst_ = packets_marked_;
  for (unsigned i = 0; i < burst.size && packets_left_ != 0; ++i) {
    if (burst.meta[i].tenant != tenant_) continue;
    TraceRecord r = record(TraceRecord::Kind::received, generation_, packets_marked_, burst);
    const rte_mbuf* m = burst.mbuf[i];
    r.meta = burst.meta[i];
    r.frame_bytes = rte_pktmbuf_pkt_len(m);
    r.head_size = static_cast<uint8_t>(std::min<size_t>(rte_pktmbuf_data_len(m), sizeof r.head));
    std::memcpy(r.head, rte_pktmbuf_mtod(m, const uint8_t*), r.head_size);
    put(ring_, r, *lost_);
    burst.traced_mask |= bit(i);
    burst.traced = true;
    ++packets_marked_;
    --packets_left_;
  }
}

void Tracer::step_traced(StageId stage, const Burst& burst, const Lane& lane) {
  for (const uint8_t i : lane) {
    if ((burst.traced_mask & bit(i)) == 0) continue;
    TraceRecord r = record(TraceRecord::Kind::step, generation_, number(burst, first_in_burst_, i), burst);
    r.stage = stage;
    note_session(r, burst.meta[i]);
    put(ring_, r, *lost_);
  }
}

void Tracer::finish_traced(const Burst& burst) {
  for (uint64_t left = burst.traced_mask; left != 0; left &= left - 1) {
    const unsigned i = static_cast<unsigned>(std::countr_zero(left));
    TraceRecord r = record(TraceRecord::Kind::end, generation_, number(burst, first_in_burst_, i), burst);
    note_session(r, burst.meta[i]);
    put(ring_, r, *lost_);
  }
}

}  // namespace demarc::dp
