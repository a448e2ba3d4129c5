#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/validate_rates.h"
#include "controlplane/model/validate_tier.h"

namespace demarc::cp {
namespace {

// "2 VRFs, 1 attachment", or empty.
std::string count_objects(const Model& model, TenantId id) {
  std::string out;
  auto add = [&out](size_t n, const char* one, const char* many) {
    if (n != 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", n, n == 1 ? one : many);
  };
  add(model.count(id, Shared::vrfs), "VRF", "VRFs");
  add(model.count(id, Shared::attachments), "attachment", "attachments");
  add(model.count(id, Shared::gtpu_endpoints), "GTP-U endpoint", "GTP-U endpoints");
  add(model.count(id, Shared::ue_pools), "UE pool", "UE pools");
  add(model.count(id, Shared::routes), "route", "routes");
  add(model.count(id, Shared::sessions), "session", "sessions");
  add(model.count(id, Shared::api_keys), "API key", "API keys");
  return out;
}

}  // namespace

Result<Tenant> Edit::add_tenant(const std::string& name) {
  if (Status s = check_name("tenant", name, model_.tenant(name) != nullptr, ""); !s) return forward(s);
  if (Status s = check_capacity(limits_, &DataPlaneLimits::tenants, model_.tenants.size(), "tenants"); !s)
    return forward(s);
  auto id = new_id(object_kind<Tenant>);
  if (!id) return forward(id);
  Tenant tenant{.id = TenantId{*id}, .name = name};
  change(std::nullopt, tenant);
  return tenant;
}

Status Edit::set_tenant_suspended(TenantId id, bool suspended) {
  auto tenant = need_tenant(model_, id);
  if (!tenant) return forward(tenant);
  if ((*tenant)->suspended == suspended) return {};
  Tenant after = **tenant;
  after.suspended = suspended;
  change(**tenant, after);
  return {};
}

Result<Tenant> Edit::set_tenant(TenantId id, const Rates& rates) {
  auto tenant = need_tenant(model_, id);
  if (!tenant) return forward(tenant);
  Tenant after = **tenant;
  if (Status s = check_rates(rates, "tenant " + after.name); !s) return forward(s);
  if (after.rates == rates) return after;
  after.rates = rates;
  change(**tenant, after);
  return after;
}

Result<Tenant> Edit::set_tier(TenantId id, const Tier& tier, bool overbook) {
  auto tenant = need_tenant(model_, id);
  if (!tenant) return forward(tenant);
  Tenant after = **tenant;
  if (after.tier == tier) return after;
  if (Status s = check_tier(tier, after, model_, limits_, share_.worker, overbook); !s) return forward(s);
  after.tier = tier;
  change(**tenant, after);
  return after;
}

CapacityBook Edit::capacity() const { return capacity_book(model_.tenants, limits_, share_.worker); }

Status Edit::remove_tenant(TenantId id, bool with_everything) {
  auto tenant = need_tenant(model_, id);
  if (!tenant) return forward(tenant);
  const Tenant removed = **tenant;
  if (!with_everything) {
    const std::string objects = count_objects(model_, id);
    if (!objects.empty())
      return failf(ErrorCode::conflict,
                   "tenant {} still has {}; remove them first, or use force to remove it with everything", removed.name,
                   objects);
  }
  remove_objects_of(id);
  change(removed, std::nullopt);
  return {};
}

// What depends on others goes before them: the store's foreign keys hold after each row.
void Edit::remove_objects_of(TenantId id) {
  for (size_t n = 0; n < kQuotaKinds; ++n)
    if (const EntryQuota* o = model_.entry_quota(id, static_cast<Shared>(n))) change(EntryQuota(*o), std::nullopt);
  for (const ApiKey* o : model_.keys_of(id)) change(*o, std::nullopt);
  for (const Session* o : model_.sessions_of(id)) change(*o, std::nullopt);
  for (const Route* o : model_.routes_of(id)) change(*o, std::nullopt);
  for (const UePool* o : model_.pools_of(id)) change(*o, std::nullopt);
  for (const GtpuEndpoint* o : model_.endpoints_of(id)) change(*o, std::nullopt);
  for (const Attachment* o : model_.attachments_of(id)) change(*o, std::nullopt);
  for (const Vrf* o : model_.vrfs_of(id)) change(*o, std::nullopt);
}

}  // namespace demarc::cp
