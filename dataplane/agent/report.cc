#include "dataplane/agent/report.h"

#include <rte_cycles.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "dataplane/stages/stage_id.h"

namespace demarc::dp {

using schema::EntryKind;

namespace {

// What lies before the first bucket and behind the last that has something is left out.
void report_latency(TenantSlot slot, std::span<const WorkerShared> workers, schema::TenantCountersT& report) {
  std::array<uint64_t, kLogLinearBuckets> sums{};
  for (const WorkerShared& worker : workers)
    if (slot.value < worker.tenant_slots)
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += worker.loads[slot.value].latency[i].read();
  const auto has = [](uint64_t n) { return n != 0; };
  const auto first = std::find_if(sums.begin(), sums.end(), has);
  const auto last = std::find_if(sums.rbegin(), std::make_reverse_iterator(first), has).base();
  report.latency_first = static_cast<uint16_t>(first - sums.begin());
  report.latency.assign(first, last);
}

void report_load(TenantSlot slot, std::span<const WorkerShared> workers, schema::TenantCountersT& report) {
  for (const WorkerShared& worker : workers) {
    const bool known = slot.value < worker.tenant_slots;
    report.worker_cycles.push_back(known ? worker.loads[slot.value].cycles.read() : 0);
    report.worker_packets.push_back(known ? worker.loads[slot.value].packets.read() : 0);
  }
}

std::unique_ptr<schema::TenantCountersT> report_tenant(TenantId id, TenantSlot slot,
                                                       std::span<const WorkerShared> workers) {
  auto report = std::make_unique<schema::TenantCountersT>();
  report->tenant = id.value;
  report->counters.resize(kCounterCount);
  report->drops.resize(kDropReasonCount);
  for (const WorkerShared& worker : workers) {
    if (slot.value >= worker.tenant_slots) continue;
    const TenantCounters& counters = worker.tenants[slot.value];
    for (size_t i = 0; i < kCounterCount; ++i) report->counters[i] += counters.counters[i].read();
    for (size_t i = 0; i < kDropReasonCount; ++i) report->drops[i] += counters.drops[i].read();
  }
  // While packets cross from worker to worker the two halves of the gauge may be read at moments that do not fit.
  uint64_t& held = report->counters[static_cast<size_t>(Counter::held_packets)];
  if (static_cast<int64_t>(held) < 0) held = 0;
  report_latency(slot, workers, *report);
  report_load(slot, workers, *report);
  return report;
}

std::unique_ptr<schema::WorkerReportT> report_worker(const WorkerShared& worker) {
  auto report = std::make_unique<schema::WorkerReportT>();
  report->index = worker.index;
  report->core = worker.core;
  report->tsc_hz = rte_get_tsc_hz();
  report->loops = worker.loops.read();
  report->busy_loops = worker.busy_loops.read();
  report->cycles = worker.cycles.read();
  report->busy_cycles = worker.busy_cycles.read();
  for (uint32_t slot = 0; slot < worker.tenant_slots; ++slot)
    report->shed_packets += worker.tenants[slot].drops[code(DropReason::overload)].read();
  for (size_t i = 0; i < kStageCount; ++i) {
    auto stage = std::make_unique<schema::StageCountersT>();
    stage->name = kStages[i].name;
    stage->calls = worker.stages[i].calls.read();
    stage->packets = worker.stages[i].packets.read();
    stage->cycles = worker.stages[i].cycles.read();
    report->stages.push_back(std::move(stage));
  }
  return report;
}

}  // namespace

std::vector<std::unique_ptr<schema::PortT>> report_ports(std::span<const AgentPort> ports) {
  std::vector<std::unique_ptr<schema::PortT>> reports;
  for (const AgentPort& port : ports) {
    auto report = std::make_unique<schema::PortT>();
    report->name = port.name;
    report->device = port.device;
    report->index = port.index.value;
    report->mac.assign(port.mac.begin(), port.mac.end());
    report->mtu = port.mtu;
    report->spread = port.spread;
    if (port.stats) {
      const AgentPort::Stats stats = port.stats();
      report->link_up = stats.link_up;
      report->rx_packets = stats.rx_packets;
      report->tx_packets = stats.tx_packets;
      report->rx_missed = stats.rx_missed;
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

schema::CountersReportT report_counters(const TableState& state, std::span<const WorkerShared> workers,
                                        uint64_t wall_ns) {
  schema::CountersReportT report;
  report.wall_ns = wall_ns;
  report.tenants.push_back(report_tenant(TenantId{}, kHouse, workers));
  for (const auto& [id, tenant] : state.model.tenants())
    report.tenants.push_back(report_tenant(id, state.slots.tenant(id), workers));
  for (const WorkerShared& worker : workers) report.workers.push_back(report_worker(worker));
  report.ports = report_ports(state.ports);
  return report;
}

schema::NeighborReportT report_neighbors(const TableState& state, const Neighbors& neighbors, TenantId tenant,
                                         uint64_t now_ns) {
  schema::NeighborReportT report;
  const KindSlots& attachments = state.slots.of(EntryKind::attachment);
  neighbors.for_each([&](AttachmentSlot slot, const IpAddress& address, const Neighbors::Entry& entry) {
    const KindSlots::Owner owner = attachments.owner(slot.value);
    if (tenant.value != 0 && owner.tenant != tenant) return;
    auto neighbor = std::make_unique<schema::NeighborT>();
    neighbor->tenant = owner.tenant.value;
    neighbor->attachment = owner.id;
    if (address.is_ipv4()) {
      neighbor->ipv4 = address.ipv4().host();
    } else {
      neighbor->ipv6.assign(address.ipv6().bytes.begin(), address.ipv6().bytes.end());
    }
    neighbor->mac.assign(entry.mac.begin(), entry.mac.end());
    neighbor->state = neighbor_state_name(entry.state);
    neighbor->age_ms = now_ns > entry.since_ns ? (now_ns - entry.since_ns) / 1'000'000 : 0;
    report.neighbors.push_back(std::move(neighbor));
  });
  return report;
}

std::vector<schema::PeerReportT> report_peers(const TableState& state, const GtpuPeers& peers, TenantId tenant,
                                              uint64_t now_ns) {
  std::vector<schema::PeerReportT> reports(1);
  const KindSlots& endpoints = state.slots.of(EntryKind::gtpu_endpoint);
  for (const auto& [path, peer] : peers.peers()) {
    const KindSlots::Owner owner = endpoints.owner(path.endpoint.value);
    if (tenant.value != 0 && owner.tenant != tenant) continue;
    if (reports.back().peers.size() == kPeersPerReport) reports.emplace_back();
    auto& row = reports.back().peers.emplace_back(std::make_unique<schema::PeerT>());
    row->tenant = owner.tenant.value;
    row->gtpu_endpoint = owner.id;
    if (path.address.is_ipv4()) {
      row->ipv4 = path.address.ipv4().host();
    } else {
      row->ipv6.assign(path.address.ipv6().bytes.begin(), path.address.ipv6().bytes.end());
    }
    row->state = peer_state_name(peer.state);
    row->sessions = peer.sessions;
    row->last_seen_ms = peer.echo_responses == 0 ? UINT64_MAX : (now_ns - peer.last_seen_ns) / 1'000'000;
    row->round_trip_us = peer.round_trip_us;
    row->echo_requests = peer.echo_requests;
    row->echo_responses = peer.echo_responses;
  }
  reports.back().last = true;
  return reports;
}

schema::SessionUsageT report_session_usage(const TableState& state, TenantId tenant, Seid session) {
  schema::SessionUsageT report;
  const std::optional<uint32_t> slot = state.slots.of(EntryKind::tenant).find(tenant, tenant.value);
  if (!slot) return report;
  const Session* const found = state.tables->sessions->find(TenantSlot{static_cast<uint16_t>(*slot)}, session);
  if (found == nullptr) return report;
  const UsageReading usage = found->usage->read();
  report.found = true;
  report.uplink_packets = usage.uplink_packets;
  report.uplink_bytes = usage.uplink_bytes;
  report.downlink_packets = usage.downlink_packets;
  report.downlink_bytes = usage.downlink_bytes;
  report.drops.assign(usage.drops.begin(), usage.drops.end());
  report.drops.push_back(usage.other_drops);
  return report;
}

std::unique_ptr<schema::CapacityT> report_capacity(const Capacities& capacities) {
  auto report = std::make_unique<schema::CapacityT>();
  report->tenants = capacities.tenants;
  report->vrfs = capacities.vrfs;
  report->attachments = capacities.attachments;
  report->gtpu_endpoints = capacities.gtpu_endpoints;
  report->routes = capacities.routes;
  report->sessions = capacities.sessions;
  return report;
}

}  // namespace demarc::dp
