// Of TopologyModel: what must hold between entries at the end of a transaction.
#include <fmt/format.h>

#include <iterator>
#include <type_traits>

#include "dataplane/agent/topology_model.h"

namespace demarc::dp {

using channel::EntryKey;
using schema::EntryKind;

namespace {

template <class... Args>
tl::unexpected<Complaint> complain(ErrorCode code, const EntryKey& key, const EntryKey& because_of,
                                   fmt::format_string<Args...> sentence, Args&&... args) {
  return tl::unexpected(
      Complaint{{code, describe(key) + ": " + fmt::format(sentence, std::forward<Args>(args)...)}, because_of});
}

// The elements just before and after `own` in its ordered set: the only ones that can clash with it.
template <class Set>
std::vector<typename Set::value_type> neighbours(const Set& set, const typename Set::value_type& own) {
  std::vector<typename Set::value_type> found;
  const auto it = set.find(own);
  if (it == set.end()) return found;
  if (it != set.begin()) found.push_back(*std::prev(it));
  if (std::next(it) != set.end()) found.push_back(*std::next(it));
  return found;
}

template <class Interface>
const Interface& address_of(const AttachmentValue& value) {
  if constexpr (std::is_same_v<Interface, Ipv6Interface>) {
    return value.ipv6;
  } else {
    return value.address;
  }
}

// Neither of these two can be a host's on a link with more than two addresses.
bool network_or_broadcast(const Ipv4Interface& link, Ipv4Address a) {
  if (link.prefix_length >= 31) return false;
  const uint32_t host = a.value & ~ipv4_mask(link.prefix_length);
  return host == 0 || host == ~ipv4_mask(link.prefix_length);
}

}  // namespace

Check TopologyModel::missing(const EntryKey& key, const char* prefix, const EntryKey& named) {
  return complain(ErrorCode::not_found, key, named, "{}{} does not exist", prefix, describe(named));
}

Check TopologyModel::check(const EntryKey& key) const {
  const Tenant* found = tenant(key.tenant);
  const EntryKey tenant_key{key.tenant, EntryKind::tenant, key.tenant.value};
  if (found == nullptr || !found->value) return missing(key, "", tenant_key);
  const auto id = static_cast<uint32_t>(key.id);
  switch (key.kind) {
    case EntryKind::attachment:
      if (const auto it = found->attachments.find(AttachmentId(id)); it != found->attachments.end())
        return check_attachment(key, *found, it->second);
      break;
    case EntryKind::gtpu_endpoint:
      if (const auto it = found->endpoints.find(GtpuEndpointId(id)); it != found->endpoints.end())
        return check_endpoint(key, *found, it->second);
      break;
    case EntryKind::route:
      if (const auto it = found->routes.find(RouteId(id)); it != found->routes.end())
        return check_route(key, *found, it->second);
      break;
    case EntryKind::none:
    case EntryKind::tenant:
    case EntryKind::vrf:
    case EntryKind::session: break;
  }
  return {};
}

Check TopologyModel::check_demux(const EntryKey& key, const AttachmentValue& value) const {
  const DemuxKey own(value.port.value, value.outer_vlan.value, value.vlan.value, key.tenant,
                     AttachmentId(static_cast<uint32_t>(key.id)));
  for (const auto& [port, outer, vlan, tenant, id] : neighbours(demux_, own)) {
    if (port != value.port.value || outer != value.outer_vlan.value || vlan != value.vlan.value) continue;
    std::string where = value.vlan == kUntagged && value.outer_vlan == kUntagged
                            ? fmt::format("untagged traffic on port {}", value.port_name)
                            : fmt::format("VLAN {} on port {}", value.vlan.value, value.port_name);
    if (value.outer_vlan != kUntagged) where += fmt::format(" inside VLAN {}", value.outer_vlan.value);
    // Who else is in the house is nobody's business.
    if (tenant != key.tenant) return complain(ErrorCode::conflict, key, {}, "{} is already attached", where);
    const EntryKey other{tenant, EntryKind::attachment, id.value};
    return complain(ErrorCode::conflict, key, other, "{} is already attached by attachment {}", where, id.value);
  }
  return {};
}

Check TopologyModel::check_attachment(const EntryKey& key, const Tenant& tenant, const AttachmentValue& value) const {
  const EntryKey vrf_key{key.tenant, EntryKind::vrf, value.vrf.value};
  if (!tenant.vrfs.contains(value.vrf)) return missing(key, "", vrf_key);
  if (auto ok = check_demux(key, value); !ok) return ok;
  Check ok;
  if (value.has_ipv4()) ok = check_overlap(key, tenant, value.vrf, value.address);
  if (ok && value.has_ipv6()) ok = check_overlap(key, tenant, value.vrf, value.ipv6);
  return ok;
}

// `own`: one of the addresses of the attachment `key`.
template <class Interface>
Check TopologyModel::check_overlap(const EntryKey& key, const Tenant& tenant, VrfId vrf, const Interface& own) const {
  const std::pair place(first_of(own), AttachmentId(static_cast<uint32_t>(key.id)));
  for (const auto& [first, id] : neighbours(tenant.in_vrf.at(vrf).attachments, place)) {
    if (first.is_ipv4() != place.first.is_ipv4()) continue;
    const Interface& other = address_of<Interface>(tenant.attachments.at(id));
    if (!other.prefix().overlaps(own.prefix())) continue;
    return complain(ErrorCode::conflict, key, {key.tenant, EntryKind::attachment, id.value},
                    "{} overlaps {} of attachment {} in vrf {}", to_string(own), to_string(other), id.value, vrf.value);
  }
  return {};
}

Check TopologyModel::check_endpoint(const EntryKey& key, const Tenant& tenant, const GtpuEndpointValue& value) const {
  const EntryKey vrf_key{key.tenant, EntryKind::vrf, value.vrf.value};
  const auto vrf = tenant.vrfs.find(value.vrf);
  if (vrf == tenant.vrfs.end()) return missing(key, "", vrf_key);
  if (vrf->second.core)
    return complain(ErrorCode::invalid, key, vrf_key, "vrf {} is a core VRF; an access VRF is needed", value.vrf.value);
  Check ok;
  if (value.has_ipv4()) ok = check_endpoint_address(key, tenant, value.vrf, ip_of(value.ipv4));
  if (ok && value.has_ipv6()) ok = check_endpoint_address(key, tenant, value.vrf, ip_of(value.ipv6));
  return ok;
}

Check TopologyModel::check_endpoint_address(const EntryKey& key, const Tenant& tenant, VrfId vrf,
                                            const IpAddress& own) const {
  const std::pair place(own, GtpuEndpointId(static_cast<uint32_t>(key.id)));
  for (const auto& [address, id] : neighbours(tenant.in_vrf.at(vrf).endpoints, place)) {
    if (address != own) continue;
    return complain(ErrorCode::conflict, key, {key.tenant, EntryKind::gtpu_endpoint, id.value},
                    "{} in vrf {} is already the address of gtpu_endpoint {}", to_string(own), vrf.value, id.value);
  }
  return {};
}

Check TopologyModel::check_gateway(const EntryKey& key, const RouteHop& hop, const AttachmentValue& attachment) {
  const EntryKey attachment_key{key.tenant, EntryKind::attachment, hop.attachment.value};
  const std::string text = to_string(hop.gateway);
  const auto not_inside = [&](const std::string& prefix) {
    return complain(ErrorCode::invalid, key, attachment_key, "gateway {} is not inside {} of attachment {}", text,
                    prefix, hop.attachment.value);
  };
  const auto is_no_gateway = [&](const char* what) {
    return complain(ErrorCode::invalid, key, attachment_key, "gateway {} is {} of attachment {}", text, what,
                    hop.attachment.value);
  };
  const bool is_ipv6 = !hop.gateway.is_ipv4();
  if (is_ipv6 ? !attachment.has_ipv6() : !attachment.has_ipv4())
    return complain(ErrorCode::invalid, key, attachment_key, "attachment {} has no {} address", hop.attachment.value,
                    is_ipv6 ? "IPv6" : "IPv4");
  if (is_ipv6) {
    const Ipv6Interface& link = attachment.ipv6;
    const Ipv6Address& gateway = hop.gateway.ipv6();
    if (!is_link_local(gateway) && !link.prefix().contains(gateway)) return not_inside(to_string(link.prefix()));
    if (gateway == link.address) return is_no_gateway("our own address");
    if (is_subnet_router_anycast({gateway, link.prefix_length}))
      return is_no_gateway("the subnet-router anycast address");
    return {};
  }
  const Ipv4Interface& link = attachment.address;
  const Ipv4Address gateway{hop.gateway.ipv4().host()};
  if (!link.prefix().contains(gateway)) return not_inside(to_string(link.prefix()));
  if (gateway == link.address) return is_no_gateway("our own address");
  if (network_or_broadcast(link, gateway)) return is_no_gateway("the network or broadcast address");
  return {};
}

Check TopologyModel::check_next_hop(const EntryKey& key, const Tenant& tenant, VrfId vrf, const RouteHop& hop) {
  const EntryKey attachment_key{key.tenant, EntryKind::attachment, hop.attachment.value};
  const auto attachment = tenant.attachments.find(hop.attachment);
  if (attachment == tenant.attachments.end()) return missing(key, "", attachment_key);
  if (attachment->second.vrf != vrf)
    return complain(ErrorCode::invalid, key, attachment_key, "attachment {} is in vrf {}, the route in vrf {}",
                    hop.attachment.value, attachment->second.vrf.value, vrf.value);
  return check_gateway(key, hop, attachment->second);
}

Check TopologyModel::check_route(const EntryKey& key, const Tenant& tenant, const RouteValue& value) const {
  if (!tenant.vrfs.contains(value.vrf)) return missing(key, "", {key.tenant, EntryKind::vrf, value.vrf.value});
  if (auto ok = check_next_hop(key, tenant, value.vrf, {value.attachment, value.gateway_ip()}); !ok) return ok;
  for (const RouteHop& hop : value.more)
    if (auto ok = check_next_hop(key, tenant, value.vrf, hop); !ok) return ok;
  const std::tuple own(value.first(), value.length(), RouteId(static_cast<uint32_t>(key.id)));
  for (const auto& [prefix, length, id] : neighbours(tenant.in_vrf.at(value.vrf).routes, own)) {
    if (prefix != value.first() || length != value.length()) continue;
    return complain(ErrorCode::conflict, key, {key.tenant, EntryKind::route, id.value},
                    "{}/{} in vrf {} has a route already, route {}", to_string(value.first()), value.length(),
                    value.vrf.value, id.value);
  }
  return {};
}

Check TopologyModel::check_tenant(TenantId id) const {
  const Tenant* found = tenant(id);
  if (found == nullptr) return {};
  const auto each = [&](const auto& map, EntryKind kind) -> Check {
    for (const auto& [entry, value] : map)
      if (auto ok = check({id, kind, entry.value}); !ok) return ok;
    return {};
  };
  Check ok = each(found->vrfs, EntryKind::vrf);
  if (ok) ok = each(found->attachments, EntryKind::attachment);
  if (ok) ok = each(found->endpoints, EntryKind::gtpu_endpoint);
  if (ok) ok = each(found->routes, EntryKind::route);
  return ok;
}

}  // namespace demarc::dp
