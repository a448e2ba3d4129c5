#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/validate_address.h"

namespace demarc::cp {
namespace {

Status check_address(const Model& model, VrfId vrf, const IpAddress& address, const std::string& subject) {
  if (Status s = validate_host_address(subject, address); !s) return s;
  if (const auto* link = find_holding(model.index.attachments_by_prefix, vrf, IpPrefix(address)))
    if (Status s = validate_on_link(subject, address, link->first.second); !s) return s;
  if (auto it = model.index.endpoints_by_address.find({vrf, address}); it != model.index.endpoints_by_address.end())
    return failf(ErrorCode::conflict, "{}: address {} in VRF {} is GTP-U endpoint {} already", subject,
                 to_string(address), vrf_name(model, vrf), endpoint_name(model, it->second));
  auto route = model.index.routes_by_gateway.lower_bound({vrf, address, RouteId{}});
  if (route != model.index.routes_by_gateway.end() && std::get<VrfId>(*route) == vrf &&
      std::get<IpAddress>(*route) == address)
    return failf(ErrorCode::conflict, "{}: address {} is the gateway of route {} in VRF {}; it cannot be ours too",
                 subject, to_string(address), to_string(model.routes.at(std::get<RouteId>(*route)).prefix),
                 vrf_name(model, vrf));
  return {};
}

Status check_addresses(const Model& model, const GtpuEndpoint& e, const std::string& subject) {
  if (!e.address && !e.ipv6)
    return failf(ErrorCode::invalid, "{}: it has no address; it needs an IPv4 or an IPv6 address, or both", subject);
  if (e.address)
    if (Status s = check_address(model, e.vrf, ip_address(*e.address), subject); !s) return s;
  if (!e.ipv6) return {};
  if (Status s = validate_not_mapped(subject, *e.ipv6); !s) return s;
  return check_address(model, e.vrf, *e.ipv6, subject);
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
  if (Status s = check_addresses(model_, e, subject); !s) return forward(s);
  if (Status s = check_share(e.tenant, Shared::gtpu_endpoints); !s) return forward(s);
  auto id = new_id(object_kind<GtpuEndpoint>);
  if (!id) return forward(id);
  e.id = GtpuEndpointId{*id};
  change(std::nullopt, e);
  return e;
}

Result<GtpuEndpoint> Edit::set_endpoint(GtpuEndpointId id, const GtpuEndpointOptions& options) {
  auto it = model_.endpoints.find(id);
  if (it == model_.endpoints.end())
    return failf(ErrorCode::not_found, "there is no GTP-U endpoint with id {}", id.value);
  GtpuEndpoint after = it->second;
  if (after.options == options) return after;
  after.options = options;
  change(it->second, after);
  return after;
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
