#include "dataplane/worker/handoff.h"

#include <rte_prefetch.h>
#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <string>
#include <utility>

namespace demarc::dp {
namespace {

HandoffNote& note_of(rte_mbuf* mbuf) { return *static_cast<HandoffNote*>(rte_mbuf_to_priv(mbuf)); }

}  // namespace

Result<std::unique_ptr<HandoffRing>> HandoffRing::create(unsigned from, unsigned to, uint32_t tenant_slots) {
  const std::string name = "handoff_" + std::to_string(from) + "_" + std::to_string(to);
  rte_ring* ring = rte_ring_create_elem(name.c_str(), sizeof(HandedPacket), kPacketsMax + 1, SOCKET_ID_ANY,
                                        RING_F_SP_ENQ | RING_F_SC_DEQ);
  if (ring == nullptr) return fail(ErrorCode::exhausted, "no memory for the ring " + name);
  return std::unique_ptr<HandoffRing>(new HandoffRing(ring, tenant_slots));
}

HandoffRing::HandoffRing(rte_ring* ring, uint32_t tenant_slots) : ring_(ring), in_ring_(tenant_slots) {}

HandoffRing::~HandoffRing() {
  HandedPacket packet;
  while (rte_ring_sc_dequeue_elem(ring_, &packet, sizeof packet) == 0) rte_pktmbuf_free(packet.mbuf);
  rte_ring_free(ring_);
}

void HandoffRing::begin() {
  const unsigned in_ring = rte_ring_count(ring_);  // it only falls meanwhile
  for (; put_ - gone_ != in_ring; ++gone_) --in_ring_[tenant_of_[gone_ % tenant_of_.size()]];
  free_ = kPacketsMax - in_ring;
  batched_ = 0;
}

bool HandoffRing::add(rte_mbuf* mbuf, const PacketMeta& meta, uint64_t received_tsc) {
  uint16_t& of_tenant = in_ring_[meta.tenant.value];
  if (of_tenant >= free_) return false;
  ++of_tenant;
  --free_;
  tenant_of_[put_++ % tenant_of_.size()] = meta.tenant.value;
  HandoffNote& note = note_of(mbuf);
  note.meta = meta;
  note.meta.forget_session();
  note.received_tsc = received_tsc;
  batch_[batched_++] = {mbuf, 0};
  return true;
}

void HandoffRing::trace_last(const TraceTag& tag) {
  HandedPacket& last = batch_[batched_ - 1];
  last.traced = 1;
  note_of(last.mbuf).trace = tag;
}

void HandoffRing::send() {
  if (batched_ == 0) return;
  // There is room: nobody else puts anything in.
  rte_ring_sp_enqueue_bulk_elem(ring_, batch_.data(), sizeof(HandedPacket), batched_, nullptr);
  batched_ = 0;
}

unsigned HandoffRing::take(Burst& burst) {
  std::array<HandedPacket, kBurstMax> packets;
  const unsigned n = rte_ring_sc_dequeue_burst_elem(ring_, packets.data(), sizeof(HandedPacket), kBurstMax, nullptr);
  for (unsigned i = 0; i < n; ++i) {
    rte_prefetch0(packets[i].mbuf);
    rte_prefetch0(&note_of(packets[i].mbuf));
  }
  burst.size = static_cast<uint8_t>(n);
  burst.dropped.clear();
  burst.traced_mask = 0;
  burst.taken_over = 0;
  burst.uplink = burst.downlink = burst.uncounted = burst.waited = 0;
  for (unsigned i = 0; i < n; ++i) {
    burst.mbuf[i] = packets[i].mbuf;
    burst.taken_over |= uint64_t{1} << i;
    burst.waited |= uint64_t{1} << i;
    burst.meta[i] = note_of(packets[i].mbuf).meta;
    burst.received_tsc[i] = note_of(packets[i].mbuf).received_tsc;
    burst.uncounted |= uint64_t{burst.meta[i].made_here} << i;
    rte_prefetch0(rte_pktmbuf_mtod(packets[i].mbuf, const void*));
    if (packets[i].traced == 0) [[likely]]
      continue;
    burst.trace[i] = note_of(packets[i].mbuf).trace;
    burst.traced_mask |= uint64_t{1} << i;
  }
  burst.traced = burst.traced_mask != 0;
  return n;
}

uint32_t HandoffRing::handed() const { return __atomic_load_n(&ring_->prod.tail, __ATOMIC_ACQUIRE); }
uint32_t HandoffRing::taken() const { return __atomic_load_n(&ring_->cons.tail, __ATOMIC_ACQUIRE); }

Result<std::unique_ptr<HandoffRings>> HandoffRings::create(unsigned workers, uint32_t tenant_slots) {
  std::unique_ptr<HandoffRings> made(new HandoffRings);
  made->workers_ = workers;
  for (unsigned from = 0; from < workers; ++from) {
    for (unsigned to = 0; to < workers; ++to) {
      auto& place = made->rings_.emplace_back();
      if (from == to) continue;
      auto ring = HandoffRing::create(from, to, tenant_slots);
      if (!ring) return tl::unexpected<Error>(std::move(ring.error()));
      place = std::move(*ring);
    }
  }
  return made;
}

Handoff HandoffRings::ends_of(unsigned worker) const {
  Handoff ends;
  ends.self = WorkerIndex(static_cast<uint8_t>(worker));
  for (unsigned other = 0; other < workers_; ++other) {
    ends.to.push_back(const_cast<HandoffRing*>(ring(worker, other)));
    ends.from.push_back(const_cast<HandoffRing*>(ring(other, worker)));
  }
  return ends;
}

std::vector<uint32_t> HandoffRings::mark() const {
  std::vector<uint32_t> mark;
  for (const auto& ring : rings_) mark.push_back(ring ? ring->handed() : 0);
  return mark;
}

bool HandoffRings::passed(const std::vector<uint32_t>& mark) const {
  for (size_t i = 0; i < rings_.size(); ++i) {
    // Positions wrap: a ring is never longer than half of them.
    if (rings_[i] && static_cast<int32_t>(rings_[i]->taken() - mark[i]) < 0) return false;
  }
  return true;
}

}  // namespace demarc::dp
