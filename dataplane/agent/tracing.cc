#include "dataplane/agent/tracing.h"

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <algorithm>
#include <array>
#include <memory>

#include "dataplane/agent/trace_notes.h"

namespace demarc::dp {

void Tracing::ask_workers(TenantSlot tenant, uint32_t packets) {
  ++generation_;
  for (WorkerShared& worker : workers_) {
    worker.trace.tenant.store(tenant.value, std::memory_order_relaxed);
    worker.trace.packets.store(packets, std::memory_order_relaxed);
    worker.trace.generation.store(generation_, std::memory_order_release);
  }
}

void Tracing::start(uint64_t request, TenantId tenant, uint32_t packets) {
  if (active() && request_ == request && packets != 0) return;  // said twice
  if (active()) finish();
  if (packets == 0) return;
  request_ = request;
  const auto slot = state_.slots.of(schema::EntryKind::tenant).find(tenant, tenant.value);
  if (!slot) {
    send(/*last=*/true);
    return;
  }
  tenant_ = tenant;
  slot_ = TenantSlot(static_cast<uint16_t>(*slot));
  wanted_ = std::min(packets, kPacketsMax);
  sent_ = 0;
  ask_workers(slot_, wanted_);
}

void Tracing::stop() {
  if (!active()) return;
  ask_workers(kHouse, 0);
  wanted_ = 0;
  building_.clear();
  ready_ = {};
}

void Tracing::finish() {
  send(/*last=*/true);
  stop();
}

void Tracing::send(bool last) {
  ready_.request = request_;
  ready_.last = last;
  send_(ready_);
  ready_ = {};
}

void Tracing::poll(uint64_t now_ns) {
  for (const WorkerShared& worker : workers_) drain(worker, now_ns);
  if (!active()) return;
  for (auto it = building_.begin(); it != building_.end() && active();) {
    const auto next = std::next(it);
    if (now_ns - it->second.started_ns > kPacketWaitNs) complete(it);
    it = next;
  }
  const bool tenant_gone = state_.slots.of(schema::EntryKind::tenant).find(tenant_, tenant_.value) != slot_.value;
  if (sent_ >= wanted_ || tenant_gone) {
    finish();
  } else if (!ready_.packets.empty()) {
    send(/*last=*/false);
  }
}

void Tracing::drain(const WorkerShared& worker, uint64_t now_ns) {
  std::array<TraceRecord, 32> records;
  // Bounded by the ring: what comes meanwhile is for the next poll.
  for (unsigned left = kTraceRingSize; left > 0;) {
    const unsigned n = rte_ring_sc_dequeue_burst_elem(worker.trace_ring, records.data(), sizeof(TraceRecord),
                                                      std::min<unsigned>(left, records.size()), nullptr);
    if (n == 0) return;
    for (unsigned i = 0; i < n; ++i)
      if (active() && records[i].generation == generation_) take(worker, records[i], now_ns);
    left -= n;
  }
}

void Tracing::take(const WorkerShared& worker, const TraceRecord& record, uint64_t now_ns) {
  const Key key{worker.index, record.packet};
  if (record.kind == TraceRecord::Kind::received) {
    Building& building = building_[key];
    building.port = PortIndex(record.port);
    building.started_ns = now_ns;
    building.packet.worker = worker.index;
    const auto port = std::ranges::find(state_.ports, building.port, &AgentPort::index);
    if (port != state_.ports.end()) building.packet.port = port->name;
    building.packet.length = record.frame_bytes;
    building.packet.head.assign(record.head, record.head + std::min<size_t>(record.head_size, sizeof record.head));
    return;
  }
  const auto it = building_.find(key);
  if (it == building_.end()) return;  // its beginning was lost
  auto step = std::make_unique<schema::TraceStepT>();
  step->cycles = record.cycles;
  if (record.kind == TraceRecord::Kind::step) {
    if (static_cast<size_t>(record.stage) < kStageCount) step->stage = kStages[static_cast<size_t>(record.stage)].name;
    step->note = stage_note(record, it->second.port, state_);
    it->second.packet.steps.push_back(std::move(step));
    return;
  }
  step->stage = "end";
  step->note = fate_note(record, state_);
  it->second.packet.steps.push_back(std::move(step));
  it->second.packet.drop = record.meta.drop;
  complete(it);
}

void Tracing::complete(std::map<Key, Building>::iterator it) {
  if (sent_ < wanted_) {
    it->second.packet.packet = sent_++;
    ready_.packets.push_back(std::make_unique<schema::TracedPacketT>(std::move(it->second.packet)));
  }
  building_.erase(it);
}

}  // namespace demarc::dp
