// Quotas of one tenant. Only operators set them: the sentences may speak of other tenants.
#include <algorithm>

#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/shares.h"

namespace demarc::cp {
namespace {

Status check_limit(const EntryQuota& quota, const Shares& shares) {
  const uint64_t limit = *quota.limit;
  const bool calls = quota.what == Shared::api_calls;
  if (calls && (limit == 0 || limit > kApiCallsMax))
    return failf(ErrorCode::invalid, "limit {}: must be from 1 to {} {}", limit, kApiCallsMax, quota_words(quota.what));
  if (limit > kQuotaLimitMax) return failf(ErrorCode::invalid, "limit {}: must be at most {}", limit, kQuotaLimitMax);
  if (shares.capacity() && limit > *shares.capacity())
    return failf(ErrorCode::invalid, "limit {}: the data plane has room for {} {} of all tenants together", limit,
                 *shares.capacity(), quota_words(quota.what));
  return {};
}

Status check_reserved(const EntryQuota& quota, const Shares& shares) {
  if (!reservable(quota.what))
    return failf(ErrorCode::invalid,
                 "{} cannot be reserved: no table of the data plane bounds them; give a limit alone",
                 quota_words(quota.what));
  if (!shares.capacity())
    return failf(ErrorCode::unavailable,
                 "no data plane has connected yet, so how many {} there are to reserve is not known; try again then",
                 quota_words(quota.what));
  if (const uint64_t limit = shares.limit_with(&quota); *quota.reserved > limit)
    return failf(ErrorCode::invalid,
                 "reserved {}: is above the tenant's limit of {} {}; raise the limit, or reserve less", *quota.reserved,
                 limit, quota_words(quota.what));
  return {};
}

// What is reserved for the tenant from now on must be there, whatever the others do.
Status check_room(const Shares& shares, const Tenant& tenant, Shared what, const EntryQuota* after) {
  if (!reservable(what) || !shares.capacity()) return {};
  const uint64_t used = shares.used(tenant.id), reserved = shares.reserved_with(after);
  if (reserved <= std::max(used, shares.reserved(tenant.id))) return {};
  const uint64_t kept = shares.kept_for_others(tenant.id), capacity = *shares.capacity();
  if (kept + reserved <= capacity) return {};
  return failf(ErrorCode::exhausted,
               "{} {} cannot be reserved for tenant {}: the data plane has room for {}, of which {} are taken by other "
               "tenants or reserved for them; {} are left",
               reserved, quota_words(what), tenant.name, capacity, kept, capacity - std::min(kept, capacity));
}

}  // namespace

Result<Quota> Edit::set_quota(TenantId id, Shared what, std::optional<uint64_t> limit,
                              std::optional<uint64_t> reserved) {
  auto tenant = need_tenant(model_, id);
  if (!tenant) return forward(tenant);
  if (!limit && !reserved) return failf(ErrorCode::invalid, "a quota has a limit, a reservation or both; give one");
  const EntryQuota* before = model_.entry_quota(id, what);
  EntryQuota after = before != nullptr ? *before : EntryQuota{id, what, {}, {}};
  if (limit) after.limit = limit;
  if (reserved) after.reserved = reserved;
  const Shares shares(model_, limits_, share_, what);
  if (limit)
    if (Status s = check_limit(after, shares); !s) return forward(s);
  if (after.reserved && (reserved || shares.capacity()))
    if (Status s = check_reserved(after, shares); !s) return forward(s);
  if (Status s = check_room(shares, **tenant, what, &after); !s) return forward(s);
  if (before == nullptr) {
    change(std::nullopt, after);
  } else if (*before != after) {
    change(EntryQuota(*before), after);
  }
  return quota(id, what);
}

Status Edit::unset_quota(TenantId id, Shared what) {
  auto tenant = need_tenant(model_, id);
  if (!tenant) return forward(tenant);
  const EntryQuota* before = model_.entry_quota(id, what);
  if (before == nullptr)
    return failf(ErrorCode::not_found, "tenant {} has no quota of its own of {}", (*tenant)->name, quota_name(what));
  if (Status s = check_room(Shares(model_, limits_, share_, what), **tenant, what, nullptr); !s) return s;
  change(EntryQuota(*before), std::nullopt);
  return {};
}

}  // namespace demarc::cp
