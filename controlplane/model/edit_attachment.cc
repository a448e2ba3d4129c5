#include <algorithm>

#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/validate_address.h"
#include "controlplane/model/validate_name.h"

namespace demarc::cp {
namespace {

constexpr size_t kPortNameMax = 64;

// "p0, p1, p2", cut after 16.
std::string list_ports(const std::vector<std::string>& ports) {
  if (ports.empty()) return "none";
  std::string out;
  for (size_t i = 0; i < ports.size() && i < 16; ++i) out += (i == 0 ? "" : ", ") + ports[i];
  return ports.size() > 16 ? out + fmt::format(" and {} more", ports.size() - 16) : out;
}

Status check_port(const std::optional<DataPlaneLimits>& limits, const std::string& subject, const std::string& port) {
  if (port.empty() || port.size() > kPortNameMax)
    return failf(ErrorCode::invalid, "{}: port {}: the name of a port has 1 to {} characters", subject,
                 quoted_text(port), kPortNameMax);
  if (!limits || std::find(limits->ports.begin(), limits->ports.end(), port) != limits->ports.end()) return {};
  return failf(ErrorCode::not_found, "{}: the data plane has no port {}; its ports: {}", subject, quoted_text(port),
               list_ports(limits->ports));
}

// To whom else a (port, VLAN) belongs is nobody's affair but the installation's operator's.
Status check_vlan(const Model& model, const Attachment& a, const std::string& subject) {
  if (a.vlan > kVlanMax)
    return failf(ErrorCode::invalid, "{}: VLAN {}: must be from 1 to 4094, or 0 for untagged", subject, a.vlan.value);
  const Attachment* other = model.attachment_at(a.port, a.vlan);
  if (other == nullptr) return {};
  const std::string where = a.vlan == kUntagged ? "untagged" : fmt::format("VLAN {}", a.vlan.value);
  if (other->tenant != a.tenant)
    return failf(ErrorCode::conflict, "{}: port {} {} is already attached; choose another port or VLAN", subject,
                 a.port, where);
  return failf(ErrorCode::conflict, "{}: port {} {} is already attached: it is attachment {}", subject, a.port, where,
               other->name);
}

Status check_address(const Model& model, const Attachment& a, const std::string& subject) {
  const uint8_t length = a.address.prefix_length;
  if (length < kLinkPrefixLengthMin || length > kLinkPrefixLengthMax)
    return failf(ErrorCode::invalid, "{}: address {}: the length of a link's prefix must be from 8 to 31", subject,
                 to_string(a.address));
  const Ipv4Prefix link = a.address.prefix();
  if (Status s = validate_on_link(subject, a.address.address, link); !s) return s;
  if (const Attachment* other = overlapping_attachment(model, a.vrf, link))
    return failf(ErrorCode::conflict,
                 "{}: its prefix {} overlaps {} of attachment {} in VRF {}; links of one VRF must be apart", subject,
                 to_string(link), to_string(other->address.prefix()), other->name, vrf_name(model, a.vrf));
  if (const UePool* pool = overlapping_pool(model, a.vrf, link))
    return failf(ErrorCode::conflict, "{}: its prefix {} overlaps {} of UE pool {} in VRF {}", subject, to_string(link),
                 to_string(pool->prefix), pool->name, vrf_name(model, a.vrf));
  if (model.route(a.vrf, link) != nullptr)
    return failf(ErrorCode::conflict,
                 "{}: VRF {} has a route to its prefix {}; remove the route first: a link needs none", subject,
                 vrf_name(model, a.vrf), to_string(link));
  auto it = model.index.endpoints_by_address.lower_bound({a.vrf, Ipv4Address{link.value}});
  for (; it != model.index.endpoints_by_address.end() && it->first.first == a.vrf && link.contains(it->first.second);
       ++it)
    if (Status s = validate_on_link("GTP-U endpoint " + endpoint_name(model, it->second), it->first.second, link); !s)
      return failf(ErrorCode::conflict, "{}: {}", subject, s.error().message);
  return {};
}

}  // namespace

Result<Attachment> Edit::add_attachment(Attachment a) {
  auto tenant = need_tenant(model_, a.tenant);
  if (!tenant) return forward(tenant);
  if (Status s = check_name("attachment", a.name, model_.attachment(a.tenant, a.name) != nullptr, " in this tenant");
      !s)
    return forward(s);
  const std::string subject = "attachment " + a.name;
  auto vrf = need_vrf(model_, a.tenant, a.vrf);
  if (!vrf) return failf(vrf.error().code, "{}: {}", subject, vrf.error().message);
  if (Status s = check_port(limits_, subject, a.port); !s) return forward(s);
  if (Status s = check_vlan(model_, a, subject); !s) return forward(s);
  if (Status s = check_address(model_, a, subject); !s) return forward(s);
  if (Status s = check_share(a.tenant, Shared::attachments); !s) return forward(s);
  auto id = new_id(object_kind<Attachment>);
  if (!id) return forward(id);
  a.id = AttachmentId{*id};
  change(std::nullopt, a);
  return a;
}

Status Edit::remove_attachment(AttachmentId id) {
  auto it = model_.attachments.find(id);
  if (it == model_.attachments.end()) return failf(ErrorCode::not_found, "there is no attachment with id {}", id.value);
  const Attachment& a = it->second;
  const Ipv4Prefix link = a.address.prefix();
  auto route = model_.index.routes_by_gateway.lower_bound({a.vrf, Ipv4Address{link.value}, RouteId{}});
  if (route != model_.index.routes_by_gateway.end() && std::get<VrfId>(*route) == a.vrf &&
      link.contains(std::get<Ipv4Address>(*route)))
    return still_used("attachment " + a.name,
                      fmt::format("route {} via {}", to_string(model_.routes.at(std::get<RouteId>(*route)).prefix),
                                  to_string(std::get<Ipv4Address>(*route))));
  change(a, std::nullopt);
  return {};
}

}  // namespace demarc::cp
