#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/validate_address.h"

namespace demarc::cp {
namespace {

Status check_address(const Model& model, const GtpuEndpoint& e, const std::string& subject) {
  if (Status s = validate_host_address(subject, e.address); !s) return s;
  if (const Attachment* a = model.attachment_holding(e.vrf, e.address))
    if (Status s = validate_on_link(subject, e.address, a->address.prefix()); !s) return s;
  if (auto it = model.index.endpoints_by_address.find({e.vrf, e.address}); it != model.index.endpoints_by_address.end())
    return failf(ErrorCode::conflict, "{}: address {} in VRF {} is GTP-U endpoint {} already", subject,
                 to_string(e.address), vrf_name(model, e.vrf), endpoint_name(model, it->second));
  auto route = model.index.routes_by_gateway.lower_bound({e.vrf, e.address, RouteId{}});
  if (route != model.index.routes_by_gateway.end() && std::get<VrfId>(*route) == e.vrf &&
      std::get<Ipv4Address>(*route) == e.address)
    return failf(ErrorCode::conflict, "{}: address {} is the gateway of route {} in VRF {}; it cannot be ours too",
                 subject, to_string(e.address), to_string(model.routes.at(std::get<RouteId>(*route)).prefix),
                 vrf_name(model, e.vrf));
  return {};
}

}  // namespace

Result<GtpuEndpoint> Edit::add_endpoint(GtpuEndpoint e) {
  auto tenant = need_tenant(model_, e.tenant);
  if (!tenant) return forward(tenant);
  if (Status s = check_name("GTP-U endpoint", e.name, model_.endpoint(e.tenant, e.name) != nullptr, " in this tenant");
      !s)
    return forward(s);
  const std::string subject = "GTP-U endpoint " + e.name;
  auto vrf = need_vrf_of(model_, e.tenant, e.vrf, VrfRole::access, subject);
  if (!vrf) return forward(vrf);
  if (Status s = check_address(model_, e, subject); !s) return forward(s);
  if (Status s = check_share(e.tenant, Shared::gtpu_endpoints); !s) return forward(s);
  auto id = new_id(object_kind<GtpuEndpoint>);
  if (!id) return forward(id);
  e.id = GtpuEndpointId{*id};
  change(std::nullopt, e);
  return e;
}

Status Edit::remove_endpoint(GtpuEndpointId id) {
  auto it = model_.endpoints.find(id);
  if (it == model_.endpoints.end())
    return failf(ErrorCode::not_found, "there is no GTP-U endpoint with id {}", id.value);
  auto session = model_.index.sessions_by_endpoint.lower_bound({id, {}});
  if (session != model_.index.sessions_by_endpoint.end() && session->first == id)
    return still_used("GTP-U endpoint " + it->second.name, fmt::format("session {:#x}", session->second.second.value));
  change(it->second, std::nullopt);
  return {};
}

}  // namespace demarc::cp
