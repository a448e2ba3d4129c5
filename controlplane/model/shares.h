// Shares: one kind of what tenants share, as it is divided now. Not for use outside of model/.
//
// Reservations hold because of three rules, which Edit keeps:
//   - a tenant beyond its reservation gets what is neither taken nor reserved for others, nor for a tenant yet to come;
//   - a reservation that was set for a tenant is set only where it fits beside all others; whoever has the reservation
//     that all have comes after it, for tenants may come until there is none left for the last;
//   - what all have is at most half of the table together (tenant_share.h), so that it never grows beyond what is there
//     when a tenant goes.
#pragma once

#include <cstdint>
#include <optional>

#include "controlplane/model/edit.h"
#include "controlplane/model/entry_quota.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

class Shares {
 public:
  // What is passed outlives this.
  Shares(const Model& model, const std::optional<DataPlaneLimits>& limits, const TenantShare& share, Shared kind);

  // Of the data plane (captures: of every one); none: nothing bounds these there, or none has been connected.
  std::optional<uint64_t> capacity() const { return capacity_; }
  uint64_t entries() const { return entries_; }  // of all tenants
  uint64_t used(TenantId tenant) const;

  // What is not set in `own`, which may be null, is what all have.
  uint64_t limit_with(const EntryQuota* own) const;
  uint64_t reserved_with(const EntryQuota* own) const;  // 0 for what is not reserved
  uint64_t limit(TenantId tenant) const { return limit_with(own(tenant)); }
  uint64_t reserved(TenantId tenant) const { return reserved_with(own(tenant)); }

  // What is not for this tenant: the entries of the others, or what is reserved for them when they have less, and what
  // is reserved for one that is yet to come.
  uint64_t kept_for_others(TenantId tenant) const;
  // What is not for this tenant when it is to have `wanted` entries.
  uint64_t not_for(TenantId tenant, uint64_t wanted) const;

 private:
  const EntryQuota* own(TenantId tenant) const { return model_.entry_quota(tenant, kind_); }

  const Model& model_;
  Shared kind_;
  uint64_t usual_limit_ = 0;
  uint64_t usual_reserved_ = 0;
  std::optional<uint64_t> capacity_;
  uint64_t entries_ = 0;
};

// Whether a table of the data plane bounds what all tenants have of it together: only then can some of it be reserved.
bool reservable(Shared kind);

}  // namespace demarc::cp
