#include "controlplane/api/handlers.h"

namespace demarc::cp::handlers {
namespace {

json tenant_json(const Model& model, const Tenant& tenant) {
  return {{"name", tenant.name},
          {"id", tenant.id.value},
          {"state", tenant.suspended ? "suspended" : "active"},
          {"vrfs", model.count(tenant.id, Shared::vrfs)},
          {"attachments", model.count(tenant.id, Shared::attachments)},
          {"sessions", model.count(tenant.id, Shared::sessions)}};
}

Result<json> set_suspended(Edit& edit, const Call& call, bool suspended) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  const TenantId id = (*tenant)->id;
  if (auto set = edit.set_tenant_suspended(id, suspended); !set) return tl::unexpected(set.error());
  return tenant_json(edit.model(), edit.model().tenants.at(id));
}

}  // namespace

Result<json> list_tenants(const Model& model, const Call&) {
  json list = json::array();
  for (const auto& [id, tenant] : model.tenants) list.push_back(tenant_json(model, tenant));
  return items(std::move(list));
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
