#include <algorithm>

#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/validate_address.h"
#include "controlplane/model/validate_framed.h"
#include "controlplane/model/validate_name.h"
#include "controlplane/model/validate_opaque.h"

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

// To whom else a (port, outer VLAN, VLAN) belongs is nobody's affair but the installation's operator's.
Status check_vlan(const Model& model, const Attachment& a, const std::string& subject) {
  if (a.vlan > kVlanMax)
    return failf(ErrorCode::invalid, "{}: VLAN {}: must be from 1 to 4094, or 0 for untagged", subject, a.vlan.value);
  if (a.outer_vlan > kVlanMax)
    return failf(ErrorCode::invalid, "{}: outer VLAN {}: must be from 1 to 4094, or 0 for none", subject,
                 a.outer_vlan.value);
  if (a.outer_vlan != kUntagged && a.vlan == kUntagged)
    return failf(ErrorCode::invalid, "{}: outer VLAN {} needs a VLAN inside of it, from 1 to 4094", subject,
                 a.outer_vlan.value);
  const Attachment* other = model.attachment_at(a.port, a.outer_vlan, a.vlan);
  if (other == nullptr) return {};
  std::string where = a.vlan == kUntagged ? "untagged" : fmt::format("VLAN {}", a.vlan.value);
  if (a.outer_vlan != kUntagged) where = fmt::format("outer VLAN {} ", a.outer_vlan.value) + where;
  if (other->tenant != a.tenant)
    return failf(ErrorCode::conflict, "{}: port {} {} is already attached; choose another port or VLAN", subject,
                 a.port, where);
  return failf(ErrorCode::conflict, "{}: port {} {} is already attached: it is attachment {}", subject, a.port, where,
               other->name);
}

// `link`: of one family of the attachment.
Status check_link(const Model& model, const Attachment& a, const IpPrefix& link, const std::string& subject) {
  if (const auto* other = find_overlapping(model.index.attachments_by_prefix, a.vrf, link))
    return failf(ErrorCode::conflict,
                 "{}: its prefix {} overlaps {} of attachment {} in VRF {}; links of one VRF must be apart", subject,
                 to_string(link), to_string(other->first.second), model.attachments.at(other->second).name,
                 vrf_name(model, a.vrf));
  if (const auto* pool = find_overlapping(model.index.pools_by_prefix, a.vrf, link))
    return failf(ErrorCode::conflict, "{}: its prefix {} overlaps {} of UE pool {} in VRF {}", subject, to_string(link),
                 to_string(pool->first.second), model.pools.at(pool->second).name, vrf_name(model, a.vrf));
  if (Status s = check_no_framed_route(model, a.vrf, link, subject + ": its prefix"); !s) return s;
  if (model.route(a.vrf, link) != nullptr)
    return failf(ErrorCode::conflict,
                 "{}: VRF {} has a route to its prefix {}; remove the route first: a link needs none", subject,
                 vrf_name(model, a.vrf), to_string(link));
  const auto& endpoints = model.index.endpoints_by_address;
  auto it = endpoints.lower_bound({a.vrf, link.first()});
  for (; it != endpoints.end() && it->first.first == a.vrf && link.contains(it->first.second); ++it)
    if (Status s = validate_on_link("GTP-U endpoint " + endpoint_name(model, it->second), it->first.second, link); !s)
      return failf(ErrorCode::conflict, "{}: {}", subject, s.error().message);
  return {};
}

Status check_addresses(const Model& model, const Attachment& a, const std::string& subject) {
  if (!a.address && !a.ipv6)
    return failf(ErrorCode::invalid, "{}: it has no address; it needs an IPv4 or an IPv6 address, or both", subject);
  if (a.address) {
    if (Status s = validate_interface(subject, *a.address); !s) return s;
    if (Status s = check_link(model, a, a.address->prefix(), subject); !s) return s;
  }
  if (!a.ipv6) return {};
  if (Status s = validate_interface(subject, *a.ipv6); !s) return s;
  return check_link(model, a, a.ipv6->prefix(), subject);
}

Status check_options(const AttachmentOptions& options, const std::string& subject) {
  return check_mtu(options.mtu, subject);
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
  if (Status s = check_addresses(model_, a, subject); !s) return forward(s);
  if (Status s = check_options(a.options, subject); !s) return forward(s);
  if (Status s = check_bridge_port(model_, a.vrf, subject); !s) return forward(s);
  if (Status s = check_share(a.tenant, Shared::attachments); !s) return forward(s);
  auto id = new_id(object_kind<Attachment>);
  if (!id) return forward(id);
  a.id = AttachmentId{*id};
  change(std::nullopt, a);
  return a;
}

Result<Attachment> Edit::set_attachment(AttachmentId id, const AttachmentOptions& options) {
  auto it = model_.attachments.find(id);
  if (it == model_.attachments.end()) return failf(ErrorCode::not_found, "there is no attachment with id {}", id.value);
  Attachment after = it->second;
  if (Status s = check_options(options, "attachment " + after.name); !s) return forward(s);
  if (after.options == options) return after;
  after.options = options;
  change(it->second, after);
  return after;
}

Status Edit::remove_attachment(AttachmentId id) {
  auto it = model_.attachments.find(id);
  if (it == model_.attachments.end()) return failf(ErrorCode::not_found, "there is no attachment with id {}", id.value);
  const Attachment& a = it->second;
  if (auto used = model_.index.routes_by_attachment.lower_bound({id, RouteId{}});
      used != model_.index.routes_by_attachment.end() && used->first == id) {
    const Route& route = model_.routes.at(used->second);
    const auto hop = std::ranges::find(route.next_hops, id, &NextHop::attachment);
    return still_used("attachment " + a.name,
                      fmt::format("route {} via {}", to_string(route.prefix), to_string(hop->gateway)));
  }
  if (const SessionKey* session = user_of_bridge(model_, a.vrf); session != nullptr)
    return still_used("attachment " + a.name, fmt::format("Ethernet session {:#x}", session->second.value));
  change(a, std::nullopt);
  return {};
}

}  // namespace demarc::cp
