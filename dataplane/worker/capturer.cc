#include "dataplane/worker/capturer.h"

#include <rte_mbuf.h>
#include <rte_ring.h>

#include <bit>

#include "dataplane/tables/session_table.h"
#include "dataplane/tables/topology.h"

namespace demarc::dp {
namespace {

uint64_t bit(unsigned i) { return uint64_t{1} << i; }
CaptureMark& mark_of(rte_mbuf* m) { return *static_cast<CaptureMark*>(rte_mbuf_to_priv(m)); }

// On which a packet came in: of those of one burst, when another worker handed them over, each at its own.
PortIndex port_of(const Burst& burst, const PacketMeta& meta, const Topology& topology) {
  const AttachmentRow* const row = topology.attachment_or_null(meta.attachment);
  return row == nullptr ? burst.port : row->port;
}

}  // namespace

Capturer::~Capturer() {
  drop_copies(received_, received_mask_);
  drop_copies(sending_, sending_mask_);
}

void Capturer::read_orders() {
  changes_ = queue_->control->changes.load(std::memory_order_acquire);
  wanted_ = 0;
  for (uint32_t slot = 0; slot < queue_->control->slots; ++slot) {
    const CaptureOrder& asked = queue_->control->orders[slot];
    Order& order = orders_[slot];
    order.generation = asked.generation.load(std::memory_order_acquire);
    if (order.generation == 0) continue;
    order.up_seid = asked.up_seid.load(std::memory_order_relaxed);
    order.snap_length = asked.snap_length.load(std::memory_order_relaxed);
    order.drops_only = asked.drops_only.load(std::memory_order_relaxed);
    ++wanted_;
  }
}

const Capturer::Order* Capturer::order_of(const PacketMeta& meta) const {
  if (meta.tenant.value >= orders_.size()) return nullptr;
  const Order& order = orders_[meta.tenant.value];
  return order.generation == 0 ? nullptr : &order;
}

// Null, and counted, when the tenant's share is used up or the pool is empty.
rte_mbuf* Capturer::copy(const Burst& burst, uint8_t i, const Order& order, PortIndex port,
                         CaptureDirection direction) {
  const TenantSlot tenant = burst.meta[i].tenant;
  const uint64_t waiting = handed_[tenant.value] - queue_->taken[tenant.value].read();
  rte_mbuf* copy = nullptr;
  if (waiting < kCaptureBuffersPerTenant) copy = rte_pktmbuf_copy(burst.mbuf[i], queue_->pool, 0, order.snap_length);
  if (copy == nullptr) {
    queue_->lost[tenant.value].add(1);
    return nullptr;
  }
  mark_of(copy) = {.tsc = burst.now_tsc,
                   .up_seid = 0,
                   .generation = order.generation,
                   .frame_bytes = rte_pktmbuf_pkt_len(burst.mbuf[i]),
                   .port = port.value,
                   .tenant = tenant,
                   .drop = kNotDropped,
                   .direction = direction};
  return copy;
}

void Capturer::copy_into(Copies& copies, uint64_t& mask, const Burst& burst, uint8_t i, PortIndex port,
                         CaptureDirection direction) {
  const Order* order = order_of(burst.meta[i]);
  if (order == nullptr) return;
  copies[i] = copy(burst, i, *order, port, direction);
  if (copies[i] != nullptr) mask |= bit(i);
}

void Capturer::received(const Burst& burst) {
  drop_copies(received_, received_mask_);
  received_of_ = &burst;
  came_by_.fill(0);
  for (uint8_t i = 0; i < burst.size; ++i)
    copy_into(received_, received_mask_, burst, i, burst.port, CaptureDirection::received);
}

void Capturer::sending(const Burst& burst, const uint8_t* indices, unsigned count, PortIndex port) {
  for (unsigned n = 0; n < count; ++n) {
    const Order* order = order_of(burst.meta[indices[n]]);
    if (order == nullptr || order->drops_only) continue;
    if ((sending_mask_ & bit(indices[n])) != 0) continue;
    copy_into(sending_, sending_mask_, burst, indices[n], port, CaptureDirection::sent);
  }
}

uint64_t Capturer::session_of(const PacketMeta& meta) {
  return meta.session == nullptr ? 0 : meta.session->up_seid.value;
}

void Capturer::hand_over(rte_mbuf* copy, const PacketMeta& meta, uint64_t came_by) {
  CaptureMark& mark = mark_of(copy);
  const Order& order = orders_[mark.tenant.value];
  const uint64_t last = session_of(meta);
  mark.up_seid = came_by != 0 ? came_by : last;
  if (mark.direction == CaptureDirection::received) mark.drop = meta.drop;
  const bool wanted = (order.up_seid == 0 || order.up_seid == mark.up_seid || order.up_seid == last) &&
                      (!order.drops_only || mark.drop != kNotDropped);
  const uint16_t buffers = copy->nb_segs;
  if (wanted && rte_ring_sp_enqueue(queue_->ring, copy) == 0) {
    handed_[mark.tenant.value] += buffers;
    return;
  }
  if (wanted) queue_->lost[mark.tenant.value].add(1);
  rte_pktmbuf_free(copy);
}

void Capturer::finish(const Burst& burst, const Topology& topology) {
  const bool has_received = &burst == received_of_;
  // A drop of a packet that was not received in this burst (held before, or made here) is copied as it is now.
  for (const uint8_t i : burst.dropped) {
    if (has_received && (received_mask_ & bit(i)) != 0) continue;
    const Order* order = order_of(burst.meta[i]);
    if (order == nullptr) continue;
    const PortIndex port = port_of(burst, burst.meta[i], topology);
    rte_mbuf* late = copy(burst, i, *order, port, CaptureDirection::received);
    if (late != nullptr) hand_over(late, burst.meta[i]);
  }
  if (has_received) {
    for (uint64_t left = received_mask_; left != 0; left &= left - 1) {
      const auto i = static_cast<unsigned>(std::countr_zero(left));
      if (burst.meta[i].fate == PacketFate::on_the_way) continue;
      hand_over(received_[i], burst.meta[i], came_by_[i]);
      received_mask_ &= ~bit(i);
    }
    if (received_mask_ == 0) received_of_ = nullptr;
  }
  for (uint64_t left = sending_mask_; left != 0; left &= left - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(left));
    // What the port refused is told by the copy that was received.
    if (burst.meta[i].fate == PacketFate::sent)
      hand_over(sending_[i], burst.meta[i]);
    else
      rte_pktmbuf_free(sending_[i]);
  }
  sending_mask_ = 0;
}

void Capturer::drop_copies(Copies& copies, uint64_t& mask) {
  for (uint64_t left = mask; left != 0; left &= left - 1)
    rte_pktmbuf_free(copies[static_cast<size_t>(std::countr_zero(left))]);
  mask = 0;
}

}  // namespace demarc::dp
