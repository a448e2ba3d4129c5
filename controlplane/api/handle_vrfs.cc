#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<Vrf>& row) {
  return {{"name", row.object.name}, {"role", row.object.role == VrfRole::access ? "access" : "core"}};
}

}  // namespace

Result<Rows> list_vrfs(const Model& model, const Call& call) {
  return list_of(model, call, model.index.vrf_names, model.vrfs, show);
}

Result<json> add_vrf(Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  Vrf vrf;
  vrf.tenant = (*tenant)->id;
  vrf.name = call.body["name"].get<std::string>();
  vrf.role = call.body["role"] == "access" ? VrfRole::access : VrfRole::core;
  const auto added = edit.add_vrf(vrf);
  if (!added) return tl::unexpected(added.error());
  return show({*added, vrf_name_for(edit.model(), *added)});
}

Result<json> remove_vrf(Edit& edit, const Call& call) { return remove_named(edit, call, find_vrf, &Edit::remove_vrf); }

}  // namespace demarc::cp::handlers
