#include "controlplane/api/named.h"
#include "controlplane/api/target.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<Route>& row) {
  return {{"id", row.object.id.value},
          {"vrf", row.vrf},
          {"prefix", to_string(row.object.prefix)},
          {"gateway", to_string(row.object.gateway)}};
}

// The place in the list behind which a page starts: VRFs by name, then prefixes. As text: internet,10.20.0.0,16
// (a query holds no slash).
struct Cursor {
  std::string vrf;
  Ipv4Prefix prefix;
};

Result<Cursor> cursor_of(const std::string& after) {
  if (after.empty()) return Cursor{};
  const size_t first = after.find(','), last = after.rfind(',');
  if (first == last) return no_cursor(after);
  const auto prefix = parse_ipv4_prefix(after.substr(first + 1, last - first - 1) + "/" + after.substr(last + 1));
  if (!prefix) return no_cursor(after);
  return Cursor{after.substr(0, first), *prefix};
}

std::string text_of(const Named<Route>& row) {
  const Ipv4Prefix& prefix = row.object.prefix;
  return row.vrf + "," + to_string(Ipv4Address{prefix.value}) + "," + std::to_string(prefix.length);
}

}  // namespace

Result<Rows> list_routes(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto page = page_of(call);
  if (!page) return tl::unexpected(page.error());
  const auto cursor = cursor_of(page->after);
  if (!cursor) return tl::unexpected(cursor.error());
  const auto& vrfs = model.index.vrf_names.of((*tenant)->id);
  const auto& by_prefix = model.index.routes_by_prefix;
  std::vector<Named<Route>> rows;
  for (auto vrf = vrfs.lower_bound(cursor->vrf); vrf != vrfs.end(); ++vrf) {
    auto it = vrf->first == cursor->vrf ? by_prefix.upper_bound({vrf->second, cursor->prefix})
                                        : by_prefix.lower_bound({vrf->second, Ipv4Prefix{}});
    for (; it != by_prefix.end() && it->first.first == vrf->second; ++it) {
      if (rows.size() == page->limit) {
        std::string next = text_of(rows.back());
        return render_later(std::move(rows), std::move(next), show);
      }
      rows.push_back({model.routes.at(it->second), vrf->first});
    }
  }
  return render_later(std::move(rows), "", show);
}

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
  return show({*added, vrf_name_for(edit.model(), *added)});
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
