// Of TopologyModel: what must hold between entries at the end of a transaction.
#include <fmt/format.h>

#include <iterator>

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
  const DemuxKey own(value.port.value, value.vlan.value, key.tenant, AttachmentId(static_cast<uint32_t>(key.id)));
  for (const auto& [port, vlan, tenant, id] : neighbours(demux_, own)) {
    if (port != value.port.value || vlan != value.vlan.value) continue;
    const std::string where = value.vlan == kUntagged
                                  ? fmt::format("untagged traffic on port {}", value.port_name)
                                  : fmt::format("VLAN {} on port {}", value.vlan.value, value.port_name);
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
  const std::pair own(value.address.prefix().value, AttachmentId(static_cast<uint32_t>(key.id)));
  for (const auto& [start, id] : neighbours(tenant.in_vrf.at(value.vrf).attachments, own)) {
    const Ipv4Interface& other = tenant.attachments.at(id).address;
    if (!other.prefix().overlaps(value.address.prefix())) continue;
    return complain(ErrorCode::conflict, key, {key.tenant, EntryKind::attachment, id.value},
                    "{} overlaps {} of attachment {} in vrf {}", to_string(value.address), to_string(other), id.value,
                    value.vrf.value);
  }
  return {};
}

Check TopologyModel::check_endpoint(const EntryKey& key, const Tenant& tenant, const GtpuEndpointValue& value) const {
  const EntryKey vrf_key{key.tenant, EntryKind::vrf, value.vrf.value};
  const auto vrf = tenant.vrfs.find(value.vrf);
  if (vrf == tenant.vrfs.end()) return missing(key, "", vrf_key);
  if (vrf->second.core)
    return complain(ErrorCode::invalid, key, vrf_key, "vrf {} is a core VRF; an access VRF is needed", value.vrf.value);
  const std::pair own(value.ipv4.value, GtpuEndpointId(static_cast<uint32_t>(key.id)));
  for (const auto& [address, id] : neighbours(tenant.in_vrf.at(value.vrf).endpoints, own)) {
    if (address != value.ipv4.value) continue;
    return complain(ErrorCode::conflict, key, {key.tenant, EntryKind::gtpu_endpoint, id.value},
                    "{} in vrf {} is already the address of gtpu_endpoint {}", to_string(value.ipv4), value.vrf.value,
                    id.value);
  }
  return {};
}

Check TopologyModel::check_route(const EntryKey& key, const Tenant& tenant, const RouteValue& value) const {
  if (!tenant.vrfs.contains(value.vrf)) return missing(key, "", {key.tenant, EntryKind::vrf, value.vrf.value});
  const EntryKey attachment_key{key.tenant, EntryKind::attachment, value.attachment.value};
  const auto attachment = tenant.attachments.find(value.attachment);
  if (attachment == tenant.attachments.end()) return missing(key, "", attachment_key);
  const Ipv4Interface& link = attachment->second.address;
  if (attachment->second.vrf != value.vrf)
    return complain(ErrorCode::invalid, key, attachment_key, "attachment {} is in vrf {}, the route in vrf {}",
                    value.attachment.value, attachment->second.vrf.value, value.vrf.value);
  if (!link.prefix().contains(value.gateway))
    return complain(ErrorCode::invalid, key, attachment_key, "gateway {} is not inside {} of attachment {}",
                    to_string(value.gateway), to_string(link.prefix()), value.attachment.value);
  if (value.gateway == link.address || network_or_broadcast(link, value.gateway))
    return complain(
        ErrorCode::invalid, key, attachment_key, "gateway {} is {} of attachment {}", to_string(value.gateway),
        value.gateway == link.address ? "our own address" : "the network or broadcast address", value.attachment.value);
  const std::tuple own(value.prefix.value, value.prefix.length, RouteId(static_cast<uint32_t>(key.id)));
  for (const auto& [prefix, length, id] : neighbours(tenant.in_vrf.at(value.vrf).routes, own)) {
    if (prefix != value.prefix.value || length != value.prefix.length) continue;
    return complain(ErrorCode::conflict, key, {key.tenant, EntryKind::route, id.value},
                    "{} in vrf {} has a route already, route {}", to_string(value.prefix), value.vrf.value, id.value);
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
