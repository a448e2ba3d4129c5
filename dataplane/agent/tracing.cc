#include "dataplane/agent/tracing.h"

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "dataplane/agent/trace_notes.h"

namespace demarc::dp {

void Tracing::ask_workers(TenantSlot slot, TraceRequest request) {
  for (WorkerShared& worker : workers_) worker.trace->ask(slot, request);
}

void Tracing::start(uint64_t request, TenantId tenant, uint32_t packets) {
  const auto slot = state_.slots.of(schema::EntryKind::tenant).find(tenant, tenant.value);
  if (!slot) {
    Trace nobody;
    nobody.request = request;
    if (packets != 0) send(nobody, /*last=*/true);
    return;
  }
  const TenantSlot at(static_cast<uint16_t>(*slot));
  if (const auto it = traces_.find(at); it != traces_.end()) {
    const bool same = it->second.request == request;
    if (same == (packets != 0)) return;  // said twice; or the end of one that is over
    finish(it, same ? "" : "another trace of this tenant began");
  }
  if (packets == 0) return;
  Trace& trace = traces_[at];
  trace.request = request;
  trace.tenant = tenant;
  trace.generation = ++generation_;
  trace.wanted = std::min(packets, kPacketsMax);
  ask_workers(at, {trace.generation, trace.wanted});
}

void Tracing::stop() {
  for (const auto& [slot, trace] : traces_) ask_workers(slot, {++generation_, 0});
  traces_.clear();
}

Tracing::Traces::iterator Tracing::finish(Traces::iterator it, std::string error) {
  ask_workers(it->first, {++generation_, 0});
  send(it->second, /*last=*/true, std::move(error));
  return traces_.erase(it);
}

void Tracing::send(Trace& trace, bool last, std::string error) {
  trace.ready.request = trace.request;
  trace.ready.last = last;
  trace.ready.error = std::move(error);
  send_(trace.ready);
  trace.ready = {};
}

void Tracing::complete_due(Trace& trace, uint64_t now_ns) {
  for (auto it = trace.building.begin(); it != trace.building.end();) {
    const bool due = it->second.complete || now_ns - it->second.started_ns > kPacketWaitNs;
    it->second.complete = it->second.ended_elsewhere;
    it = due ? complete(trace, it) : std::next(it);
  }
}

void Tracing::poll(uint64_t now_ns) {
  for (const WorkerShared& worker : workers_) drain(worker, now_ns);
  for (auto it = traces_.begin(); it != traces_.end();) {
    Trace& trace = it->second;
    complete_due(trace, now_ns);
    const auto slot = state_.slots.of(schema::EntryKind::tenant).find(trace.tenant, trace.tenant.value);
    const bool tenant_gone = slot != it->first.value;
    if (trace.sent >= trace.wanted || tenant_gone) {
      it = finish(it);
      continue;
    }
    if (!trace.ready.packets.empty()) send(trace, /*last=*/false);
    ++it;
  }
}

void Tracing::drain(const WorkerShared& worker, uint64_t now_ns) {
  std::array<TraceRecord, 32> records;
  // Bounded by the ring: what comes meanwhile is for the next poll.
  for (unsigned left = kTraceRingSize; left > 0;) {
    const unsigned n = rte_ring_sc_dequeue_burst_elem(worker.trace_ring, records.data(), sizeof(TraceRecord),
                                                      std::min<unsigned>(left, records.size()), nullptr);
    if (n == 0) return;
    for (unsigned i = 0; i < n; ++i) take(worker, records[i], now_ns);
    left -= n;
  }
}

void Tracing::begin_packet(Building& building, const TraceRecord& record) {
  building.port = PortIndex(record.port);
  const auto port = std::ranges::find(state_.ports, building.port, &AgentPort::index);
  if (port != state_.ports.end()) building.packet.port = port->name;
  building.packet.length = record.frame_bytes;
  building.packet.head.assign(record.head, record.head + std::min<size_t>(record.head_size, sizeof record.head));
}

void Tracing::add_step(Building& building, const TraceRecord& record) {
  auto step = std::make_unique<schema::TraceStepT>();
  step->cycles = record.cycles;
  if (record.kind == TraceRecord::Kind::end) {
    step->stage = "end";
    step->note = fate_note(record, state_);
    building.packet.drop = record.meta.drop;
  } else {
    if (static_cast<size_t>(record.stage) < kStageCount) step->stage = kStages[static_cast<size_t>(record.stage)].name;
    step->note = stage_note(record, building.port, building.packet.head, state_);
  }
  building.packet.steps.push_back(std::move(step));
}

// Of a packet that was handed over, the rings of two workers tell, and the second may be read first: what the first
// wrote is all there when the rings are read once more, and then the steps are put in order.
void Tracing::take(const WorkerShared& worker, const TraceRecord& record, uint64_t now_ns) {
  const auto found = traces_.find(record.meta.tenant);
  if (found == traces_.end() || found->second.generation != record.generation) return;  // of one that is over
  Trace& trace = found->second;
  const bool elsewhere = record.worker != worker.index;
  auto it = trace.building.find({record.worker, record.packet});
  if (it == trace.building.end()) {
    if (record.kind != TraceRecord::Kind::received && !elsewhere) return;  // its beginning was lost
    it = trace.building.try_emplace({record.worker, record.packet}).first;
    it->second.packet.worker = record.worker;
    it->second.started_ns = now_ns;
  }
  if (record.kind == TraceRecord::Kind::received) return begin_packet(it->second, record);
  add_step(it->second, record);
  if (record.kind != TraceRecord::Kind::end) return;
  if (elsewhere) {
    it->second.ended_elsewhere = true;
  } else {
    complete(trace, it);
  }
}

std::map<Tracing::Key, Tracing::Building>::iterator Tracing::complete(Trace& trace,
                                                                      std::map<Key, Building>::iterator it) {
  if (trace.sent < trace.wanted) {
    std::ranges::stable_sort(it->second.packet.steps, {}, &schema::TraceStepT::cycles);
    it->second.packet.packet = trace.sent++;
    trace.ready.packets.push_back(std::make_unique<schema::TracedPacketT>(std::move(it->second.packet)));
  }
  return trace.building.erase(it);
}

}  // namespace demarc::dp
