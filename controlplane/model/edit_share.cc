// What one tenant may have, so that another finds room (tenant_share.h). The sentences tell a tenant of itself alone.
#include <algorithm>

#include "common/base/rule_bytes.h"
#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/session_keys.h"
#include "controlplane/model/session_rule_bytes.h"

namespace demarc::cp {
namespace {

// One kind of thing, as far as all tenants together are concerned.
struct Table {
  const char* name;
  uint64_t most_of_one;              // whatever the data plane holds
  std::optional<uint64_t> capacity;  // of the data plane, when it bounds these and has said so
  uint64_t entries;                  // of all tenants
};

constexpr uint64_t kKeysOfASession = 2;  // dataplane/tables/session_table.h: each table of keys has 2 × sessions

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
    case Shared::vrfs: return {"VRFs", share.vrfs, bounded(&DataPlaneLimits::vrfs), m.vrfs.size()};
    case Shared::attachments:
      return {"attachments", share.attachments, bounded(&DataPlaneLimits::attachments), m.attachments.size()};
    case Shared::gtpu_endpoints:
      return {"GTP-U endpoints", share.gtpu_endpoints, bounded(&DataPlaneLimits::gtpu_endpoints), m.endpoints.size()};
    case Shared::ue_pools: return {"UE pools", share.ue_pools, std::nullopt, m.pools.size()};
    case Shared::routes: return {"routes", share.routes, bounded(&DataPlaneLimits::routes), m.routes.size()};
    case Shared::sessions: return {"sessions", share.sessions, bounded(&DataPlaneLimits::sessions), m.sessions.size()};
    case Shared::f_teids:
      return {"local F-TEIDs in its sessions", keys, bounded(&DataPlaneLimits::sessions, kKeysOfASession),
              m.index.sessions_by_f_teid.size()};
    case Shared::ue_addresses:
      return {"UE addresses in its sessions", keys, bounded(&DataPlaneLimits::sessions, kKeysOfASession),
              m.index.sessions_by_ue.size()};
    case Shared::framed_routes:
      return {"framed routes in its sessions", framed_routes_of(share.sessions),
              limits ? std::optional(framed_routes_of(limits->sessions)) : std::nullopt,
              m.index.sessions_by_framed_route.size()};
    case Shared::rule_kib:
      return {"KiB of compiled SDF filters in its sessions", rule_kib_of(share.sessions),
              limits ? std::optional(rule_kib_of(limits->sessions)) : std::nullopt, kib_of_all(m)};
    case Shared::api_keys: break;
  }
  return {"API keys", share.api_keys, std::nullopt, m.keys.size()};
}

// What one tenant may have at the most. A table of one entry is somebody's, too.
uint64_t most_of(const Table& table, const TenantShare& share) {
  if (!table.capacity) return table.most_of_one;
  return std::min(table.most_of_one, std::max<uint64_t>(*table.capacity * share.at_most_percent / 100, 1));
}

// What is reserved for each tenant, one that is yet to come among them.
uint64_t reserved_of(uint64_t capacity, const Model& m, const TenantShare& share) {
  return std::min(capacity * share.reserved_percent / 100, capacity / (2 * (m.tenants.size() + 1)));
}

// What is not for this tenant: the entries of the others, or what is reserved for them when they have less.
uint64_t kept_for_others(const Model& m, TenantId tenant, Shared kind, uint64_t reserved) {
  uint64_t kept = reserved;  // of the one that is yet to come
  for (const auto& [id, other] : m.tenants)
    if (id != tenant) kept += std::max<uint64_t>(m.count(id, kind), reserved);
  return kept;
}

}  // namespace

std::vector<Quota> Edit::quotas(TenantId tenant) const {
  std::vector<Quota> out;
  for (size_t n = 0; n < kSharedKinds; ++n) {
    const auto kind = static_cast<Shared>(n);
    const Table table = table_of(kind, model_, limits_, share_);
    Quota& quota = out.emplace_back(table.name, model_.count(tenant, kind), most_of(table, share_));
    if (table.capacity) quota.reserved = std::min(reserved_of(*table.capacity, model_, share_), quota.limit);
  }
  return out;
}

Status Edit::check_share(TenantId tenant, Shared kind, size_t more) const {
  const Table table = table_of(kind, model_, limits_, share_);
  const uint64_t now = model_.count(tenant, kind);
  const std::string& name = model_.tenants.at(tenant).name;
  const uint64_t most = most_of(table, share_);
  if (now + more > most) return failf(ErrorCode::exhausted, "tenant {} may have {} {}", name, most, table.name);
  if (!table.capacity) return {};
  const uint64_t reserved = reserved_of(*table.capacity, model_, share_);
  const uint64_t taken = now + more <= reserved ? table.entries - now : kept_for_others(model_, tenant, kind, reserved);
  if (taken + now + more <= *table.capacity) return {};
  return failf(ErrorCode::exhausted, "tenant {} may have {} {} at present", name, now, table.name);
}

Status Edit::check_session_keys(const Session& session, const Session* before) const {
  const SessionKeys had = before == nullptr ? SessionKeys{} : session_keys(*before);
  const SessionKeys has = session_keys(session);
  auto check = [&](Shared kind, size_t then, size_t now) -> Status {
    return now <= then ? Status{} : check_share(session.tenant, kind, now - then);
  };
  if (Status s = check(Shared::f_teids, had.f_teids.size(), has.f_teids.size()); !s) return s;
  if (Status s = check(Shared::ue_addresses, had.ues.size(), has.ues.size()); !s) return s;
  if (Status s = check(Shared::framed_routes, had.framed.size(), has.framed.size()); !s) return s;
  return check(Shared::rule_kib, before == nullptr ? 0 : session_rule_kib(*before), session_rule_kib(session));
}

}  // namespace demarc::cp
