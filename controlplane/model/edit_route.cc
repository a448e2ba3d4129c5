#include <algorithm>

#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/validate_address.h"

namespace demarc::cp {
namespace {

constexpr size_t kNextHopsMax = 16;

Status check_prefix(const Model& model, const Route& r, const std::string& subject) {
  if (Status s = validate_route_prefix("route", r.prefix); !s) return s;
  if (const Route* other = model.route(r.vrf, r.prefix))
    return failf(ErrorCode::conflict, "{}: VRF {} has this route already, via {}", subject, vrf_name(model, r.vrf),
                 to_string(other->next_hops.front().gateway));
  const auto* link = find_holding(model.index.attachments_by_prefix, r.vrf, r.prefix);
  if (link != nullptr && link->first.second == r.prefix)
    return failf(ErrorCode::conflict, "{}: it is the link of attachment {}, which needs no route", subject,
                 model.attachments.at(link->second).name);
  return {};
}

// The attachment that is the way to a link-local gateway, which its address does not tell.
Status check_link_local(const Model& model, const Route& r, const NextHop& hop, const std::string& subject) {
  if (hop.attachment == AttachmentId{})
    return failf(ErrorCode::invalid, "{}: gateway {} is link-local: it needs the attachment that it is on", subject,
                 to_string(hop.gateway));
  auto it = model.attachments.find(hop.attachment);
  if (it == model.attachments.end() || it->second.vrf != r.vrf)
    return failf(ErrorCode::not_found, "{}: VRF {} has no attachment with id {}", subject, vrf_name(model, r.vrf),
                 hop.attachment.value);
  if (!it->second.ipv6)
    return failf(ErrorCode::invalid, "{}: attachment {} has no IPv6 address; gateway {} needs one there", subject,
                 it->second.name, to_string(hop.gateway));
  return {};
}

// Finds the attachment of a gateway that is inside of a link's prefix.
Status resolve_on_link(const Model& model, const Route& r, NextHop& hop, const std::string& subject) {
  const std::string gateway = to_string(hop.gateway);
  const auto* link = find_holding(model.index.attachments_by_prefix, r.vrf, IpPrefix(hop.gateway));
  if (link == nullptr)
    return failf(
        ErrorCode::invalid,
        "{}: gateway {} is inside the prefix of no attachment of VRF {}; it must be a neighbour on one of its links",
        subject, gateway, vrf_name(model, r.vrf));
  const Attachment& attachment = model.attachments.at(link->second);
  if (hop.attachment != AttachmentId{} && hop.attachment != attachment.id)
    return failf(ErrorCode::invalid, "{}: gateway {} is on the link of attachment {}, not of the one that is named",
                 subject, gateway, attachment.name);
  hop.attachment = attachment.id;
  const IpAddress own = hop.gateway.is_ipv4() ? ip_address(attachment.address->address) : attachment.ipv6->address;
  if (own == hop.gateway)
    return failf(ErrorCode::invalid, "{}: gateway {} is our own address on attachment {}; it must be a neighbour's",
                 subject, gateway, attachment.name);
  auto endpoint = model.index.endpoints_by_address.find({r.vrf, hop.gateway});
  if (endpoint != model.index.endpoints_by_address.end())
    return failf(ErrorCode::invalid,
                 "{}: gateway {} is our own address, of GTP-U endpoint {}; it must be a neighbour's", subject, gateway,
                 endpoint_name(model, endpoint->second));
  return validate_on_link(subject + ": gateway", hop.gateway, link->first.second);
}

// Checks each next hop, and fills in the attachment where the gateway tells it.
Status resolve_next_hops(const Model& model, Route& r, const std::string& subject) {
  if (r.next_hops.empty() || r.next_hops.size() > kNextHopsMax)
    return failf(ErrorCode::invalid, "{}: has {} gateways; it must have 1 to {}", subject, r.next_hops.size(),
                 kNextHopsMax);
  for (auto hop = r.next_hops.begin(); hop != r.next_hops.end(); ++hop) {
    const IpAddress& gateway = hop->gateway;
    if (gateway.is_ipv4() != r.prefix.is_ipv4())
      return failf(ErrorCode::invalid, "{}: gateway {} is {} address; the prefix needs {} one", subject,
                   to_string(gateway), gateway.is_ipv4() ? "an IPv4" : "an IPv6",
                   gateway.is_ipv4() ? "an IPv6" : "an IPv4");
    const bool link_local = !gateway.is_ipv4() && is_link_local(gateway.ipv6());
    if (Status s = link_local ? check_link_local(model, r, *hop, subject) : resolve_on_link(model, r, *hop, subject);
        !s)
      return s;
    if (std::find(r.next_hops.begin(), hop, *hop) != hop)
      return failf(ErrorCode::invalid, "{}: gateway {} is there twice; once is right", subject, to_string(gateway));
  }
  return {};
}

}  // namespace

Result<Route> Edit::add_route(Route r) {
  auto tenant = need_tenant(model_, r.tenant);
  if (!tenant) return forward(tenant);
  const std::string subject = "route " + to_string(r.prefix);
  auto vrf = need_vrf(model_, r.tenant, r.vrf);
  if (!vrf) return failf(vrf.error().code, "{}: {}", subject, vrf.error().message);
  if (Status s = check_prefix(model_, r, subject); !s) return forward(s);
  if (Status s = resolve_next_hops(model_, r, subject); !s) return forward(s);
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
