#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<GtpuEndpoint>& row) {
  const GtpuEndpoint& e = row.object;
  json out{{"name", e.name}, {"vrf", row.vrf}};
  if (e.address) out["address"] = to_string(*e.address);
  if (e.ipv6) out["ipv6"] = to_string(*e.ipv6);
  add_options(e.options, out);
  return out;
}

}  // namespace

Result<Rows> list_endpoints(const Model& model, const Call& call) {
  return list_of(model, call, model.index.endpoint_names, model.endpoints, show);
}

Result<json> add_endpoint(Edit& edit, const Call& call) {
  const auto at = tenant_and_vrf(edit.model(), call);
  if (!at) return tl::unexpected(at.error());
  const auto address = maybe(call.body, "address", parse_ipv4);
  if (!address) return tl::unexpected(address.error());
  const auto ipv6 = maybe(call.body, "ipv6", parse_ipv6);
  if (!ipv6) return tl::unexpected(ipv6.error());
  GtpuEndpoint endpoint;
  endpoint.tenant = at->tenant->id;
  endpoint.name = call.body["name"].get<std::string>();
  endpoint.vrf = at->vrf->id;
  endpoint.address = *address;
  endpoint.ipv6 = *ipv6;
  endpoint.options = options_from(call.body, GtpuEndpointOptions{});
  const auto added = edit.add_endpoint(endpoint);
  if (!added) return tl::unexpected(added.error());
  return show({*added, vrf_name_for(edit.model(), *added)});
}

Result<json> set_endpoint(Edit& edit, const Call& call) {
  const auto set = set_named(edit, call, find_endpoint, &Edit::set_endpoint);
  if (!set) return tl::unexpected(set.error());
  return show({*set, vrf_name_for(edit.model(), *set)});
}

Result<json> remove_endpoint(Edit& edit, const Call& call) {
  return remove_named(edit, call, find_endpoint, &Edit::remove_endpoint);
}

}  // namespace demarc::cp::handlers
