#include "controlplane/api/named.h"
#include "controlplane/api/target.h"

namespace demarc::cp::handlers {
namespace {

// A route with the names that it is shown with.
struct Row {
  Route route;
  std::string vrf;
  std::vector<std::string> attachments;  // of its next hops, in their order
};

Row row_of(const Model& model, const Route& route) {
  Row row{route, vrf_name_of(model, route.vrf), {}};
  for (const NextHop& hop : route.next_hops) {
    const auto it = model.attachments.find(hop.attachment);
    row.attachments.push_back(it != model.attachments.end() ? it->second.name : "");
  }
  return row;
}

json show(const Row& row) {
  json out{{"id", row.route.id.value}, {"vrf", row.vrf}, {"prefix", to_string(row.route.prefix)}};
  for (size_t i = 0; i < row.route.next_hops.size(); ++i) {
    json hop{{"gateway", to_string(row.route.next_hops[i].gateway)}, {"attachment", row.attachments[i]}};
    if (i == 0) {
      out.update(hop);
    } else {
      out["more_next_hops"].push_back(std::move(hop));
    }
  }
  return out;
}

// The place in the list behind which a page starts: VRFs by name, then prefixes. As text: internet,10.20.0.0,16
// (a query holds no slash).
struct Cursor {
  std::string vrf;
  IpPrefix prefix;
};

Result<Cursor> cursor_of(const std::string& after) {
  if (after.empty()) return Cursor{};
  const size_t first = after.find(','), last = after.rfind(',');
  if (first == last) return no_cursor(after);
  const auto prefix = parse_ip_prefix(after.substr(first + 1, last - first - 1) + "/" + after.substr(last + 1));
  if (!prefix) return no_cursor(after);
  return Cursor{after.substr(0, first), *prefix};
}

std::string text_of(const Row& row) {
  const IpPrefix& prefix = row.route.prefix;
  return row.vrf + "," + to_string(prefix.first()) + "," + std::to_string(prefix.length());
}

// The next hop that `object` names, in a route of this tenant.
Result<NextHop> next_hop_from(const Model& model, const Tenant& tenant, const json& object) {
  const auto gateway = parse_ip(object.at("gateway").get_ref<const std::string&>());
  if (!gateway) return tl::unexpected(gateway.error());
  NextHop hop{*gateway, {}};
  if (const auto name = object.find("attachment"); name != object.end()) {
    const auto attachment = find_attachment(model, tenant, name->get_ref<const std::string&>());
    if (!attachment) return tl::unexpected(attachment.error());
    hop.attachment = (*attachment)->id;
  }
  return hop;
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
  std::vector<Row> rows;
  for (auto vrf = vrfs.lower_bound(cursor->vrf); vrf != vrfs.end(); ++vrf) {
    auto it = vrf->first == cursor->vrf ? by_prefix.upper_bound({vrf->second, cursor->prefix})
                                        : by_prefix.lower_bound({vrf->second, Ipv6Prefix{}});
    for (; it != by_prefix.end() && it->first.first == vrf->second; ++it) {
      if (rows.size() == page->limit) {
        std::string next = text_of(rows.back());
        return render_later(std::move(rows), std::move(next), show);
      }
      rows.push_back(row_of(model, model.routes.at(it->second)));
    }
  }
  return render_later(std::move(rows), "", show);
}

Result<json> add_route(Edit& edit, const Call& call) {
  const auto at = tenant_and_vrf(edit.model(), call);
  if (!at) return tl::unexpected(at.error());
  const auto prefix = parse_ip_prefix(call.body["prefix"].get_ref<const std::string&>());
  if (!prefix) return tl::unexpected(prefix.error());
  Route route;
  route.tenant = at->tenant->id;
  route.vrf = at->vrf->id;
  route.prefix = *prefix;
  std::vector<const json*> hops{&call.body};
  if (const auto more = call.body.find("more_next_hops"); more != call.body.end())
    for (const json& hop : *more) hops.push_back(&hop);
  for (const json* object : hops) {
    const auto hop = next_hop_from(edit.model(), *at->tenant, *object);
    if (!hop) return tl::unexpected(hop.error());
    route.next_hops.push_back(*hop);
  }
  const auto added = edit.add_route(route);
  if (!added) return tl::unexpected(added.error());
  return show(row_of(edit.model(), *added));
}

Result<json> remove_route(Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  const auto vrf = find_vrf(edit.model(), **tenant, call.param("vrf"));
  if (!vrf) return tl::unexpected(vrf.error());
  const auto prefix = parse_ip_prefix(call.param("address") + "/" + call.param("length"));
  if (!prefix) return tl::unexpected(prefix.error());
  const Route* route = edit.model().route((*vrf)->id, *prefix);
  if (route == nullptr)
    return fail(ErrorCode::not_found, "VRF " + in_quotes((*vrf)->name) + " has no route " + to_string(*prefix));
  if (auto removed = edit.remove_route(route->id); !removed) return tl::unexpected(removed.error());
  return json::object();
}

}  // namespace demarc::cp::handlers
