// Tiers of tenants: what may be promised. Not for use outside of model/.
#pragma once

#include "common/base/result.h"
#include "controlplane/model/capacity.h"

namespace demarc::cp {

// Whether `tenant`, which is in the model, may have this tier from now on. With `overbook` the guarantees of all
// tenants together may be more than there is. What was overbooked before may stay so; only more of it is refused.
// Errors: `invalid`, a figure out of range, a worker that is not there; `conflict`, a worker that is another tenant's;
// `exhausted`, more promised than there is, or no worker left that tenants share.
Status check_tier(const Tier& tier, const Tenant& tenant, const Model& model,
                  const std::optional<DataPlaneLimits>& limits, const WorkerCapacity& worker, bool overbook);

}  // namespace demarc::cp
