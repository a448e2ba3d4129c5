#include "dataplane/agent/worker_sets.h"

#include "common/base/teid_owner.h"

namespace demarc::dp {

WorkerSets::WorkerSets(const TopologyModel& model, unsigned workers) : shared_(all_workers(workers)) {
  const uint64_t all = all_workers(workers);
  for (const auto& [id, tenant] : model.tenants()) {
    const uint64_t own = tenant.value->tier.workers & all;
    if (own != 0) own_.emplace(id, own);
    shared_ &= ~own;
  }
  if (shared_ == 0) shared_ = all;  // somebody must serve the others
}

uint64_t WorkerSets::of(TenantId tenant) const {
  const auto own = own_.find(tenant);
  return own == own_.end() ? shared_ : own->second;
}

}  // namespace demarc::dp
