#include "controlplane/model/shares.h"

#include <algorithm>

#include "common/base/rule_bytes.h"

namespace demarc::cp {
namespace {

// One kind of thing, as far as all tenants together are concerned.
struct Table {
  uint64_t most_of_one;              // whatever the data plane holds
  std::optional<uint64_t> capacity;  // of the data plane, when it bounds these and has said so
  uint64_t entries = 0;              // of all tenants
};

constexpr uint64_t kKeysOfASession = 2;  // dataplane/tables/session_table.h: each table of keys has 2 × sessions
constexpr uint64_t kCapturesOfAll = 8;   // dataplane/worker/capture.h

// dataplane/tables/framed_routes.h: as many as a table of so many sessions has room for.
uint64_t framed_routes_of(uint64_t sessions) { return std::max<uint64_t>(sessions / 4, 1024); }

uint64_t rule_kib_of(uint32_t sessions) { return rule_bytes_max(sessions) / 1024; }
uint64_t kib_of_all(const Model& m) {
  uint64_t all = 0;
  for (const auto& [id, counts] : m.index.counts) all += counts[static_cast<size_t>(Shared::rule_kib)];
  return all;
}

Table table_of(Shared kind, const Model& m, const std::optional<DataPlaneLimits>& limits, const TenantShare& share) {
  auto bounded = [&limits](uint32_t DataPlaneLimits::*member, uint64_t times = 1) {
    return limits ? std::optional<uint64_t>((*limits).*member * times) : std::nullopt;
  };
  const uint64_t keys = share.sessions * kKeysOfASession;
  switch (kind) {
    case Shared::vrfs: return {share.vrfs, bounded(&DataPlaneLimits::vrfs), m.vrfs.size()};
    case Shared::attachments: return {share.attachments, bounded(&DataPlaneLimits::attachments), m.attachments.size()};
    case Shared::gtpu_endpoints:
      return {share.gtpu_endpoints, bounded(&DataPlaneLimits::gtpu_endpoints), m.endpoints.size()};
    case Shared::ue_pools: return {share.ue_pools, std::nullopt, m.pools.size()};
    case Shared::routes: return {share.routes, bounded(&DataPlaneLimits::routes), m.routes.size()};
    case Shared::sessions: return {share.sessions, bounded(&DataPlaneLimits::sessions), m.sessions.size()};
    case Shared::f_teids:
      return {keys, bounded(&DataPlaneLimits::sessions, kKeysOfASession), m.index.sessions_by_f_teid.size()};
    case Shared::ue_addresses:
      return {keys, bounded(&DataPlaneLimits::sessions, kKeysOfASession), m.index.sessions_by_ue.size()};
    case Shared::framed_routes:
      return {framed_routes_of(share.sessions),
              limits ? std::optional(framed_routes_of(limits->sessions)) : std::nullopt,
              m.index.sessions_by_framed_route.size()};
    case Shared::rule_kib:
      return {rule_kib_of(share.sessions), limits ? std::optional(rule_kib_of(limits->sessions)) : std::nullopt,
              kib_of_all(m)};
    case Shared::api_calls: return {share.api_calls_per_second, std::nullopt};
    case Shared::captures: return {share.captures, kCapturesOfAll};
    case Shared::api_keys: break;
  }
  return {share.api_keys, std::nullopt, m.keys.size()};
}

// What one tenant may have at the most. A table of one entry is somebody's, too.
uint64_t most_of(const Table& table, const TenantShare& share) {
  if (!table.capacity) return table.most_of_one;
  return std::min(table.most_of_one, std::max<uint64_t>(*table.capacity * share.at_most_percent / 100, 1));
}

}  // namespace

bool reservable(Shared kind) {
  return kind != Shared::ue_pools && kind != Shared::api_keys && static_cast<size_t>(kind) < kSharedKinds;
}

Shares::Shares(const Model& model, const std::optional<DataPlaneLimits>& limits, const TenantShare& share, Shared kind)
    : model_(model), kind_(kind) {
  const Table table = table_of(kind, model, limits, share);
  capacity_ = table.capacity;
  entries_ = table.entries;
  usual_limit_ = most_of(table, share);
  if (capacity_ && reservable(kind))
    usual_reserved_ =
        std::min(*capacity_ * share.reserved_percent / 100, *capacity_ / (2 * (model.tenants.size() + 1)));
}

uint64_t Shares::used(TenantId tenant) const {
  return static_cast<size_t>(kind_) < kSharedKinds ? model_.count(tenant, kind_) : 0;
}

uint64_t Shares::limit_with(const EntryQuota* own) const {
  if (own == nullptr || !own->limit) return usual_limit_;
  return capacity_ ? std::min(*own->limit, *capacity_) : *own->limit;
}

uint64_t Shares::reserved_with(const EntryQuota* own) const {
  const uint64_t reserved = own != nullptr && own->reserved ? *own->reserved : usual_reserved_;
  return std::min(reserved, limit_with(own));
}

// The kind is one that the model counts.
uint64_t Shares::kept_for_others(TenantId tenant) const {
  const uint64_t usual = reserved_with(nullptr);
  // Of every other and of the one that is yet to come, then what they have beyond that: no look-up for each tenant.
  uint64_t kept = usual * model_.tenants.size();
  for (const auto& [id, counts] : model_.index.counts)
    if (id != tenant) kept += std::max<uint64_t>(counts[static_cast<size_t>(kind_)], usual) - usual;
  for (const auto& [key, quota] : model_.entry_quotas)
    if (key.second == kind_ && key.first != tenant)
      kept = kept - std::max(used(key.first), usual) + std::max(used(key.first), reserved_with(&quota));
  return kept;
}

uint64_t Shares::not_for(TenantId tenant, uint64_t wanted) const {
  const EntryQuota* mine = own(tenant);
  if (wanted > reserved_with(mine)) return kept_for_others(tenant);
  uint64_t taken = entries_ - used(tenant);
  if (mine != nullptr && mine->reserved) return taken;
  for (const auto& [key, quota] : model_.entry_quotas) {
    if (key.second != kind_ || key.first == tenant || !quota.reserved) continue;
    const uint64_t has = used(key.first), kept = reserved_with(&quota);
    if (kept > has) taken += kept - has;
  }
  return taken;
}

}  // namespace demarc::cp
