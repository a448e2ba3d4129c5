// What one tenant may have, so that another finds room (tenant_share.h). The sentences tell a tenant of itself alone.
#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/session_keys.h"
#include "controlplane/model/session_rule_bytes.h"
#include "controlplane/model/shares.h"

namespace demarc::cp {

Quota Edit::quota(TenantId tenant, Shared kind) const {
  const Shares shares(model_, limits_, share_, kind);
  Quota quota{quota_name(kind), quota_words(kind), shares.used(tenant), shares.limit(tenant)};
  if (reservable(kind) && shares.capacity()) quota.reserved = shares.reserved(tenant);
  quota.own = model_.entry_quota(tenant, kind) != nullptr;
  return quota;
}

std::vector<Quota> Edit::quotas(TenantId tenant) const {
  std::vector<Quota> out;
  for (size_t n = 0; n < kQuotaKinds; ++n) out.push_back(quota(tenant, static_cast<Shared>(n)));
  return out;
}

Status Edit::check_share(TenantId tenant, Shared kind, size_t more) const {
  const Shares shares(model_, limits_, share_, kind);
  const uint64_t now = shares.used(tenant);
  const std::string& name = model_.tenants.at(tenant).name;
  const uint64_t most = shares.limit(tenant);
  if (now + more > most) return failf(ErrorCode::exhausted, "tenant {} may have {} {}", name, most, quota_words(kind));
  if (!shares.capacity() || shares.not_for(tenant, now + more) + now + more <= *shares.capacity()) return {};
  return failf(ErrorCode::exhausted, "tenant {} may have {} {} at present", name, now, quota_words(kind));
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
