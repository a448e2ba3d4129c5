#include "dataplane/agent/apply.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/channel/channel_limits.h"
#include "common/defs/counter.h"
#include "common/defs/drop_reason.h"
#include "dataplane/agent/transaction.h"

namespace demarc::dp {

namespace {

// A row of CountersReport with all its numbers, and what FlatBuffers adds, rounded up.
uint32_t report_bytes_per_tenant(size_t workers) {
  constexpr uint32_t kNumbers = kCounterCount + kDropReasonCount + kLogLinearBuckets;
  return kNumbers * 8 + static_cast<uint32_t>(workers) * 16 + 96;
}

uint32_t tenant_slots(const Capacities& capacities, std::span<const WorkerShared> workers) {
  uint32_t slots = workers.empty() ? capacities.tenants + 1 : kTenantSlotsMax;
  for (const WorkerShared& worker : workers) slots = std::min(slots, worker.tenant_slots);
  return std::min(slots, kTenantSlotsMax);
}

}  // namespace

Result<std::unique_ptr<Applier>> Applier::create(const Capacities& capacities, std::span<const AgentPort> ports,
                                                 SharedTables& tables, Reclaimer& reclaimer,
                                                 std::span<WorkerShared> workers) {
  const uint32_t slots = tenant_slots(capacities, workers);
  if (slots < capacities.tenants + 1)
    return fail(ErrorCode::invalid, fmt::format("capacity of {} tenants, but the workers have counters for {}",
                                                capacities.tenants, slots == 0 ? 0 : slots - 1));
  const uint32_t reported_max = channel::kMessageBytesMax / report_bytes_per_tenant(workers.size());
  if (capacities.tenants >= reported_max)
    return fail(ErrorCode::invalid, fmt::format("capacity of {} tenants: their counters must fit one report of {} "
                                                "bytes, which has room for {}",
                                                capacities.tenants, channel::kMessageBytesMax, reported_max - 1));
  // Twice the capacity: rows that are on their way out do not keep others from coming in.
  const Slots::Limits limits{slots, 2 * capacities.vrfs, 2 * capacities.attachments, 2 * capacities.gtpu_endpoints};
  const auto spenders = static_cast<unsigned>(std::max<size_t>(workers.size(), 1));
  TableState state{capacities, ports, {}, &tables, &reclaimer, {}, {}, Slots(limits), {}, LimitsCache(spenders),
                   nullptr,    0,     {}, nullptr};
  for (const AgentPort& port : ports) state.port_names.emplace(port.name, port.index);
  auto empty = Topology::build(make_topology_spec(state.model, state.slots, state.fibs, state.limits, ports));
  if (!empty) return tl::unexpected(std::move(empty.error()));
  state.topology = std::move(*empty);
  state.topology_version = 1;
  tables.topology.store(state.topology.get(), std::memory_order_release);
  return std::unique_ptr<Applier>(new Applier(std::move(state)));
}

Applier::~Applier() {
  state_.tables->topology.store(nullptr, std::memory_order_release);
  state_.reclaimer->retire([last = state_.topology.release()] { delete last; });
}

ApplyResult Applier::apply(std::span<const channel::TableUpdate> updates) { return Transaction(state_, updates).run(); }

}  // namespace demarc::dp
