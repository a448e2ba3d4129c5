// report: what the agent tells the control plane of counters, ports and neighbors.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "common/base/ids.h"
#include "common/schema/channel_generated.h"
#include "dataplane/agent/apply.h"
#include "dataplane/agent/neighbors.h"

namespace demarc::dp {

std::vector<std::unique_ptr<schema::PortT>> report_ports(std::span<const AgentPort> ports);

// Every tenant that has an entry, and the house as tenant 0: each summed over the workers. `request` is left 0.
schema::CountersReportT report_counters(const TableState& state, std::span<const WorkerShared> workers,
                                        uint64_t wall_ns);

// Tenant 0: all. `request` is left 0.
schema::NeighborReportT report_neighbors(const TableState& state, const Neighbors& neighbors, TenantId tenant,
                                         uint64_t now_ns);

// Tenant 0: all. In reports of at most kPeersPerReport, at least one; the last one has `last`. `request` is left 0.
inline constexpr size_t kPeersPerReport = 10'000;
std::vector<schema::PeerReportT> report_peers(const TableState& state, const GtpuPeers& peers, TenantId tenant,
                                              uint64_t now_ns);

// Of one session of the tenant, as the data plane has it now. `request` is left 0.
schema::SessionUsageT report_session_usage(const TableState& state, TenantId tenant, Seid session);

std::unique_ptr<schema::CapacityT> report_capacity(const Capacities& capacities);

}  // namespace demarc::dp
