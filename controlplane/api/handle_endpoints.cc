#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Model& model, const GtpuEndpoint& endpoint) {
  return {{"name", endpoint.name}, {"vrf", vrf_name_of(model, endpoint.vrf)}, {"address", to_string(endpoint.address)}};
}

}  // namespace

Result<json> list_endpoints(const Model& model, const Call& call) {
  return list_of(model, call, &Model::endpoints_of, show);
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
  return show(edit.model(), *added);
}

Result<json> remove_endpoint(Edit& edit, const Call& call) {
  return remove_named(edit, call, find_endpoint, &Edit::remove_endpoint);
}

}  // namespace demarc::cp::handlers
