#include "dataplane/worker/port_output.h"

#include "dataplane/stages/packet.h"
#include "dataplane/worker/capturer.h"

namespace demarc::dp {
namespace {

// A driver that takes nothing may choke on its first frame alone (one longer than its MTU) or be full. The rest is
// tried this often without the frame at its head.
constexpr unsigned kRefusalsMax = 4;

}  // namespace

void WorkerPorts::port_output(StageContext& context, Burst& burst, Lane& lane) {
  // By far the most bursts have one egress port, and then `rest` is empty after one round.
  Lane todo = lane;
  while (!todo.empty()) {
    Lane same, rest;
    const PortQueue* queue = nullptr;
    for (const uint8_t i : todo) {
      const AttachmentRow* egress = context.topology().attachment_or_null(burst.meta[i].egress);
      if (egress == nullptr || egress->port.value >= queues_.size()) {
        drop(burst, i, DropReason::table_changed);
        continue;
      }
      const PortQueue* own = &queues_[egress->port.value];
      if (queue == nullptr) queue = own;
      (own == queue ? same : rest).push(i);
    }
    if (queue == nullptr) break;
    if (context.capture != nullptr)
      context.capture->sending(burst, same.index.data(), same.size,
                               PortIndex(static_cast<uint16_t>(queue - queues_.data())));
    send(context, burst, *queue, same);
    todo = rest;
  }
  lane.clear();
}

void WorkerPorts::send(StageContext& context, Burst& burst, const PortQueue& queue, const Lane& lane) {
  std::array<rte_mbuf*, kBurstMax> packets;
  std::array<uint32_t, kBurstMax> bytes;  // a packet that was sent cannot be looked at any more
  for (unsigned n = 0; n < lane.size; ++n) {
    packets[n] = burst.mbuf[lane.index[n]];
    bytes[n] = rte_pktmbuf_pkt_len(packets[n]);
  }
  TenantSum counter(context, Counter::sent_packets, Counter::sent_bytes);
  unsigned refusals = 0;
  for (unsigned next = 0; next < lane.size;) {
    const unsigned left = lane.size - next;
    const unsigned sent = refusals < kRefusalsMax ? queue.transmit(&packets[next], static_cast<uint16_t>(left)) : 0;
    for (unsigned n = next; n < next + sent; ++n) {
      PacketMeta& meta = burst.meta[lane.index[n]];
      meta.fate = PacketFate::sent;
      counter.add(meta.tenant, bytes[n]);
    }
    next += sent;
    if (sent != 0 || next == lane.size) continue;
    ++refusals;
    drop(burst, lane.index[next++], queue.link_up() ? DropReason::port_tx_full : DropReason::port_down);
  }
}

}  // namespace demarc::dp
