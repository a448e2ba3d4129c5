#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/validate_address.h"

namespace demarc::cp {
namespace {

Status check_prefix(const Model& model, const Route& r, const std::string& subject) {
  if (Status s = validate_route_prefix("route", r.prefix); !s) return s;
  if (const Route* other = model.route(r.vrf, r.prefix))
    return failf(ErrorCode::conflict, "{}: VRF {} has this route already, via {}", subject, vrf_name(model, r.vrf),
                 to_string(other->gateway));
  const Attachment* link = model.attachment_holding(r.vrf, Ipv4Address{r.prefix.value});
  if (link != nullptr && link->address.prefix() == r.prefix)
    return failf(ErrorCode::conflict, "{}: it is the link of attachment {}, which needs no route", subject, link->name);
  return {};
}

Status check_gateway(const Model& model, const Route& r, const std::string& subject) {
  const Attachment* link = model.attachment_holding(r.vrf, r.gateway);
  if (link == nullptr)
    return failf(
        ErrorCode::invalid,
        "{}: gateway {} is inside the prefix of no attachment of VRF {}; it must be a neighbour on one of its links",
        subject, to_string(r.gateway), vrf_name(model, r.vrf));
  if (link->address.address == r.gateway)
    return failf(ErrorCode::invalid, "{}: gateway {} is our own address on attachment {}; it must be a neighbour's",
                 subject, to_string(r.gateway), link->name);
  auto endpoint = model.index.endpoints_by_address.find({r.vrf, r.gateway});
  if (endpoint != model.index.endpoints_by_address.end())
    return failf(ErrorCode::invalid,
                 "{}: gateway {} is our own address, of GTP-U endpoint {}; it must be a neighbour's", subject,
                 to_string(r.gateway), endpoint_name(model, endpoint->second));
  return validate_on_link(subject + ": gateway", r.gateway, link->address.prefix());
}

}  // namespace

Result<Route> Edit::add_route(Route r) {
  auto tenant = need_tenant(model_, r.tenant);
  if (!tenant) return forward(tenant);
  const std::string subject = "route " + to_string(r.prefix);
  auto vrf = need_vrf(model_, r.tenant, r.vrf);
  if (!vrf) return failf(vrf.error().code, "{}: {}", subject, vrf.error().message);
  if (Status s = check_prefix(model_, r, subject); !s) return forward(s);
  if (Status s = check_gateway(model_, r, subject); !s) return forward(s);
  if (Status s = check_share(r.tenant, Shared::routes); !s) return forward(s);
  auto id = new_id(object_kind<Route>);
  if (!id) return forward(id);
  r.id = RouteId{*id};
  change(std::nullopt, r);
  return r;
}

Status Edit::remove_route(RouteId id) {
  auto it = model_.routes.find(id);
  if (it == model_.routes.end()) return failf(ErrorCode::not_found, "there is no route with id {}", id.value);
  change(it->second, std::nullopt);
  return {};
}

}  // namespace demarc::cp
