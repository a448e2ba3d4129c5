#include "controlplane/api/named.h"
#include "controlplane/api/options_json.h"
#include "controlplane/api/tier_json.h"

namespace demarc::cp::handlers {
namespace {

struct Row {
  Tenant tenant;
  uint32_t vrfs, attachments, sessions;
};

Row row_of(const Model& model, const Tenant& tenant) {
  return {tenant, model.count(tenant.id, Shared::vrfs), model.count(tenant.id, Shared::attachments),
          model.count(tenant.id, Shared::sessions)};
}

json show(const Row& row) {
  json out{{"name", row.tenant.name},
           {"id", row.tenant.id.value},
           {"state", row.tenant.suspended ? "suspended" : "active"},
           {"vrfs", row.vrfs},
           {"attachments", row.attachments},
           {"sessions", row.sessions},
           {"tier", tier_json(row.tenant.tier)}};
  add_rates(row.tenant.rates, out);
  return out;
}

json tenant_json(const Model& model, const Tenant& tenant) { return show(row_of(model, tenant)); }

Result<json> set_suspended(Edit& edit, const Call& call, bool suspended) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  const TenantId id = (*tenant)->id;
  if (auto set = edit.set_tenant_suspended(id, suspended); !set) return tl::unexpected(set.error());
  return tenant_json(edit.model(), edit.model().tenants.at(id));
}

}  // namespace

// By id; the cursor is the last one's.
Result<Rows> list_tenants(const Model& model, const Call& call) {
  const auto page = page_of(call);
  if (!page) return tl::unexpected(page.error());
  const auto after = number_after(call, UINT32_MAX);
  if (!after) return tl::unexpected(after.error());
  std::vector<Row> rows;
  auto it = model.tenants.upper_bound(TenantId{static_cast<uint32_t>(*after)});
  for (; it != model.tenants.end() && rows.size() < page->limit; ++it) rows.push_back(row_of(model, it->second));
  std::string next = it == model.tenants.end() ? "" : std::to_string(rows.back().tenant.id.value);
  return render_later(std::move(rows), std::move(next), show);
}

Result<json> get_tenant(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  return tenant_json(model, **tenant);
}

Result<json> add_tenant(Edit& edit, const Call& call) {
  const auto tenant = edit.add_tenant(call.body["name"].get<std::string>());
  if (!tenant) return tl::unexpected(tenant.error());
  return tenant_json(edit.model(), *tenant);
}

Result<json> set_tenant(Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  auto set = edit.set_tenant((*tenant)->id, rates_from(call.body, (*tenant)->rates));
  if (const auto tier = call.body.find("tier"); set && tier != call.body.end())
    set = edit.set_tier(set->id, tier_from(*tier, set->tier), tier->value("overbook", false));
  if (!set) return tl::unexpected(set.error());
  return tenant_json(edit.model(), *set);
}

Result<json> remove_tenant(Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  const auto force = call.flag("force");
  if (!force) return tl::unexpected(force.error());
  if (auto removed = edit.remove_tenant((*tenant)->id, *force); !removed) return tl::unexpected(removed.error());
  return json::object();
}

Result<json> suspend_tenant(Edit& edit, const Call& call) { return set_suspended(edit, call, true); }
Result<json> resume_tenant(Edit& edit, const Call& call) { return set_suspended(edit, call, false); }

}  // namespace demarc::cp::handlers
