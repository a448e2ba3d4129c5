#include "dataplane/agent/topology_model.h"

namespace demarc::dp {

using channel::EntryKey;
using schema::EntryKind;

bool TopologyModel::Tenant::empty() const {
  return !value && vrfs.empty() && attachments.empty() && endpoints.empty() && routes.empty();
}

namespace {

template <class Set, class Key>
void insert_or_erase(Set& set, Key key, bool add) {
  if (add) {
    set.insert(key);
  } else {
    set.erase(key);
  }
}

template <class Map, class Id>
auto find_in(const Map& map, Id id) -> decltype(&map.begin()->second) {
  const auto it = map.find(id);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

const TopologyModel::Tenant* TopologyModel::tenant(TenantId id) const { return find_in(tenants_, id); }

const VrfValue* TopologyModel::vrf(TenantId t, VrfId id) const {
  const Tenant* found = tenant(t);
  return found == nullptr ? nullptr : find_in(found->vrfs, id);
}

const AttachmentValue* TopologyModel::attachment(TenantId t, AttachmentId id) const {
  const Tenant* found = tenant(t);
  return found == nullptr ? nullptr : find_in(found->attachments, id);
}

const GtpuEndpointValue* TopologyModel::endpoint(TenantId t, GtpuEndpointId id) const {
  const Tenant* found = tenant(t);
  return found == nullptr ? nullptr : find_in(found->endpoints, id);
}

// Both copy the new value before they change anything: a failed allocation leaves the old one.
template <class Map, class Value>
std::optional<SmallValue> TopologyModel::exchange(Map& map, const EntryKey& key, std::optional<SmallValue>& value) {
  const typename Map::key_type id(static_cast<uint32_t>(key.id));
  const auto it = map.find(id);
  std::optional<Value> next;
  if (value) next = std::get<Value>(*value);
  std::optional<SmallValue> before;
  if (it != map.end()) {
    before = std::move(it->second);
    if (next) {
      it->second = std::move(*next);
    } else {
      map.erase(it);
    }
  } else if (next) {
    map.emplace(id, std::move(*next));
  }
  return before;
}

std::optional<SmallValue> TopologyModel::exchange_tenant(Tenant& tenant, std::optional<SmallValue>& value) {
  std::optional<TenantValue> next;
  if (value) next = std::get<TenantValue>(*value);
  std::optional<SmallValue> before;
  if (tenant.value) before = std::move(*tenant.value);
  tenant.value = std::move(next);
  return before;
}

std::optional<SmallValue> TopologyModel::set(const EntryKey& key, std::optional<SmallValue> value) {
  if (!value && !tenants_.contains(key.tenant)) return std::nullopt;
  Tenant& tenant = tenants_[key.tenant];
  std::optional<SmallValue> before;
  switch (key.kind) {
    case EntryKind::tenant: before = exchange_tenant(tenant, value); break;
    case EntryKind::vrf: before = exchange<decltype(tenant.vrfs), VrfValue>(tenant.vrfs, key, value); break;
    case EntryKind::attachment:
      before = exchange<decltype(tenant.attachments), AttachmentValue>(tenant.attachments, key, value);
      break;
    case EntryKind::gtpu_endpoint:
      before = exchange<decltype(tenant.endpoints), GtpuEndpointValue>(tenant.endpoints, key, value);
      break;
    case EntryKind::route: before = exchange<decltype(tenant.routes), RouteValue>(tenant.routes, key, value); break;
    case EntryKind::none:
    case EntryKind::session: break;
  }
  size_t& count = counts_[static_cast<size_t>(key.kind)];
  count += value.has_value();
  count -= before.has_value();
  if (before) index(key, *before, false);
  if (value) index(key, *value, true);
  if (tenant.empty()) tenants_.erase(key.tenant);
  return before;
}

std::optional<SmallValue> TopologyModel::get(const EntryKey& key) const {
  const Tenant* found = tenant(key.tenant);
  if (found == nullptr) return std::nullopt;
  const auto copy = [](const auto* value) {
    return value == nullptr ? std::nullopt : std::optional<SmallValue>(*value);
  };
  const auto id = static_cast<uint32_t>(key.id);
  switch (key.kind) {
    case EntryKind::tenant: return copy(found->value ? &*found->value : nullptr);
    case EntryKind::vrf: return copy(find_in(found->vrfs, VrfId(id)));
    case EntryKind::attachment: return copy(find_in(found->attachments, AttachmentId(id)));
    case EntryKind::gtpu_endpoint: return copy(find_in(found->endpoints, GtpuEndpointId(id)));
    case EntryKind::route: return copy(find_in(found->routes, RouteId(id)));
    case EntryKind::none:
    case EntryKind::session: break;
  }
  return std::nullopt;
}

void TopologyModel::index(const EntryKey& key, const SmallValue& value, bool add) {
  Tenant& tenant = tenants_[key.tenant];
  const auto id = static_cast<uint32_t>(key.id);
  VrfId vrf;
  if (const auto* a = std::get_if<AttachmentValue>(&value)) {
    vrf = a->vrf;
    auto& attachments = tenant.in_vrf[vrf].attachments;
    if (a->has_ipv4()) insert_or_erase(attachments, std::pair(first_of(a->address), AttachmentId(id)), add);
    if (a->has_ipv6()) insert_or_erase(attachments, std::pair(first_of(a->ipv6), AttachmentId(id)), add);
    insert_or_erase(demux_, DemuxKey(a->port.value, a->outer_vlan.value, a->vlan.value, key.tenant, AttachmentId(id)),
                    add);
  } else if (const auto* e = std::get_if<GtpuEndpointValue>(&value)) {
    vrf = e->vrf;
    auto& endpoints = tenant.in_vrf[vrf].endpoints;
    if (e->has_ipv4()) insert_or_erase(endpoints, std::pair(ip_of(e->ipv4), GtpuEndpointId(id)), add);
    if (e->has_ipv6()) insert_or_erase(endpoints, std::pair(ip_of(e->ipv6), GtpuEndpointId(id)), add);
  } else if (const auto* r = std::get_if<RouteValue>(&value)) {
    vrf = r->vrf;
    insert_or_erase(tenant.in_vrf[vrf].routes, std::tuple(r->first(), r->length(), RouteId(id)), add);
  } else {
    return;
  }
  if (const auto it = tenant.in_vrf.find(vrf); it != tenant.in_vrf.end() && it->second.empty()) tenant.in_vrf.erase(it);
}

}  // namespace demarc::dp
