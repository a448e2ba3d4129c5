#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<Vrf>& row) {
  json out{{"name", row.object.name}, {"role", row.object.role == VrfRole::access ? "access" : "core"}};
  add_options(row.object.options, out);
  return out;
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
  vrf.options = options_from(call.body, VrfOptions{});
  const auto added = edit.add_vrf(vrf);
  if (!added) return tl::unexpected(added.error());
  return show({*added, vrf_name_for(edit.model(), *added)});
}

Result<json> set_vrf(Edit& edit, const Call& call) {
  const auto set = set_named(edit, call, find_vrf, &Edit::set_vrf);
  if (!set) return tl::unexpected(set.error());
  return show({*set, vrf_name_for(edit.model(), *set)});
}

Result<json> remove_vrf(Edit& edit, const Call& call) { return remove_named(edit, call, find_vrf, &Edit::remove_vrf); }

}  // namespace demarc::cp::handlers
