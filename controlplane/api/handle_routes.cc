#include "controlplane/api/named.h"
#include "controlplane/api/target.h"

namespace demarc::cp::handlers {
namespace {

json show(const Model& model, const Route& route) {
  return {{"id", route.id.value},
          {"vrf", vrf_name_of(model, route.vrf)},
          {"prefix", to_string(route.prefix)},
          {"gateway", to_string(route.gateway)}};
}

}  // namespace

Result<json> list_routes(const Model& model, const Call& call) { return list_of(model, call, &Model::routes_of, show); }

Result<json> add_route(Edit& edit, const Call& call) {
  const auto at = tenant_and_vrf(edit.model(), call);
  if (!at) return tl::unexpected(at.error());
  const auto prefix = parse_ipv4_prefix(call.body["prefix"].get_ref<const std::string&>());
  if (!prefix) return tl::unexpected(prefix.error());
  const auto gateway = parse_ipv4(call.body["gateway"].get_ref<const std::string&>());
  if (!gateway) return tl::unexpected(gateway.error());
  Route route;
  route.tenant = at->tenant->id;
  route.vrf = at->vrf->id;
  route.prefix = *prefix;
  route.gateway = *gateway;
  const auto added = edit.add_route(route);
  if (!added) return tl::unexpected(added.error());
  return show(edit.model(), *added);
}

Result<json> remove_route(Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  const auto vrf = find_vrf(edit.model(), **tenant, call.param("vrf"));
  if (!vrf) return tl::unexpected(vrf.error());
  const auto prefix = parse_ipv4_prefix(call.param("address") + "/" + call.param("length"));
  if (!prefix) return tl::unexpected(prefix.error());
  const Route* route = edit.model().route((*vrf)->id, *prefix);
  if (route == nullptr)
    return fail(ErrorCode::not_found, "VRF " + in_quotes((*vrf)->name) + " has no route " + to_string(*prefix));
  if (auto removed = edit.remove_route(route->id); !removed) return tl::unexpected(removed.error());
  return json::object();
}

}  // namespace demarc::cp::handlers
