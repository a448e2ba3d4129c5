#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<GtpuEndpoint>& row) {
  return {{"name", row.object.name}, {"vrf", row.vrf}, {"address", to_string(row.object.address)}};
}

}  // namespace

Result<Rows> list_endpoints(const Model& model, const Call& call) {
  return list_of(model, call, model.index.endpoint_names, model.endpoints, show);
}

Result<json> add_endpoint(Edit& edit, const Call& call) {
  const auto at = tenant_and_vrf(edit.model(), call);
  if (!at) return tl::unexpected(at.error());
  const auto address = parse_ipv4(call.body["address"].get_ref<const std::string&>());
  if (!address) return tl::unexpected(address.error());
  GtpuEndpoint endpoint;
  endpoint.tenant = at->tenant->id;
  endpoint.name = call.body["name"].get<std::string>();
  endpoint.vrf = at->vrf->id;
  endpoint.address = *address;
  const auto added = edit.add_endpoint(endpoint);
  if (!added) return tl::unexpected(added.error());
  return show({*added, vrf_name_for(edit.model(), *added)});
}

Result<json> remove_endpoint(Edit& edit, const Call& call) {
  return remove_named(edit, call, find_endpoint, &Edit::remove_endpoint);
}

}  // namespace demarc::cp::handlers
