#include "controlplane/model/model.h"

#include "controlplane/model/overlap.h"

namespace demarc::cp {
namespace {

template <class Map>
auto find_ptr(const Map& map, const typename Map::key_type& key) -> const typename Map::mapped_type* {
  auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

// The object that an index leads to.
template <class Index, class Key, class Map>
auto follow(const Index& index, const Key& key, const Map& objects) -> const typename Map::mapped_type* {
  auto it = index.find(key);
  return it == index.end() ? nullptr : find_ptr(objects, it->second);
}

// The object of the VRF whose prefix in the index contains this one.
template <class Index, class Map>
auto holding(const Index& index, const Map& objects, VrfId vrf, const IpPrefix& prefix) -> const
    typename Map::mapped_type* {
  const auto* entry = find_holding(index, vrf, prefix);
  return entry == nullptr ? nullptr : find_ptr(objects, entry->second);
}

template <class T, class Names, class Map>
std::vector<const T*> in_order(const Names& names, const Map& objects) {
  std::vector<const T*> out;
  out.reserve(names.size());
  for (const auto& [name, id] : names) out.push_back(find_ptr(objects, id));
  return out;
}

// Where each kind of object is kept, and under which key.
auto& map_of(Model& m, const Tenant&) { return m.tenants; }
auto& map_of(Model& m, const Vrf&) { return m.vrfs; }
auto& map_of(Model& m, const Attachment&) { return m.attachments; }
auto& map_of(Model& m, const GtpuEndpoint&) { return m.endpoints; }
auto& map_of(Model& m, const UePool&) { return m.pools; }
auto& map_of(Model& m, const Route&) { return m.routes; }
auto& map_of(Model& m, const Session&) { return m.sessions; }
auto& map_of(Model& m, const ApiKey&) { return m.keys; }
auto& map_of(Model& m, const EntryQuota&) { return m.entry_quotas; }

template <class T>
auto key_of(const T& o) {
  return o.id;
}
SessionKey key_of(const Session& o) { return {o.tenant, o.up_seid}; }
EntryQuotaKey key_of(const EntryQuota& o) { return {o.tenant, o.what}; }

}  // namespace

const Tenant* Model::tenant(std::string_view name) const { return follow(index.tenant_names, name, tenants); }
const Vrf* Model::vrf(TenantId t, std::string_view name) const { return follow(index.vrf_names.of(t), name, vrfs); }
const Attachment* Model::attachment(TenantId t, std::string_view name) const {
  return follow(index.attachment_names.of(t), name, attachments);
}
const GtpuEndpoint* Model::endpoint(TenantId t, std::string_view name) const {
  return follow(index.endpoint_names.of(t), name, endpoints);
}
const UePool* Model::pool(TenantId t, std::string_view name) const {
  return follow(index.pool_names.of(t), name, pools);
}
const ApiKey* Model::key(std::string_view name) const { return follow(index.key_names, name, keys); }

const Route* Model::route(VrfId vrf, const IpPrefix& prefix) const {
  return follow(index.routes_by_prefix, std::pair(vrf, prefix), routes);
}
const Attachment* Model::attachment_at(const std::string& port, VlanId outer_vlan, VlanId vlan) const {
  return follow(index.attachments_by_port, std::tuple(port, outer_vlan, vlan), attachments);
}
const Attachment* Model::attachment_holding(VrfId vrf, const IpAddress& address) const {
  return holding(index.attachments_by_prefix, attachments, vrf, IpPrefix(address));
}
const UePool* Model::pool_holding(VrfId vrf, const IpPrefix& prefix) const {
  return holding(index.pools_by_prefix, pools, vrf, prefix);
}
const Session* Model::session_at(GtpuEndpointId endpoint, Teid teid) const {
  return follow(index.sessions_by_f_teid, std::pair(endpoint, teid), sessions);
}
const Session* Model::session_at(VrfId core_vrf, const IpAddress& ue) const {
  return holding(index.sessions_by_ue, sessions, core_vrf, IpPrefix(ue));
}
const EntryQuota* Model::entry_quota(TenantId t, Shared kind) const {
  return find_ptr(entry_quotas, EntryQuotaKey{t, kind});
}
const ApiKey* Model::key_of_token(const std::string& token_hash) const {
  return follow(index.key_tokens, token_hash, keys);
}

std::vector<const Vrf*> Model::vrfs_of(TenantId t) const { return in_order<Vrf>(index.vrf_names.of(t), vrfs); }
std::vector<const Attachment*> Model::attachments_of(TenantId t) const {
  return in_order<Attachment>(index.attachment_names.of(t), attachments);
}
std::vector<const GtpuEndpoint*> Model::endpoints_of(TenantId t) const {
  return in_order<GtpuEndpoint>(index.endpoint_names.of(t), endpoints);
}
std::vector<const UePool*> Model::pools_of(TenantId t) const { return in_order<UePool>(index.pool_names.of(t), pools); }

std::vector<const Route*> Model::routes_of(TenantId t) const {
  std::vector<const Route*> out;
  for (const Vrf* vrf : vrfs_of(t)) {
    for (auto it = index.routes_by_prefix.lower_bound({vrf->id, Ipv6Prefix{}});
         it != index.routes_by_prefix.end() && it->first.first == vrf->id; ++it)
      out.push_back(find_ptr(routes, it->second));
  }
  return out;
}

std::vector<const Session*> Model::sessions_of(TenantId t) const {
  std::vector<const Session*> out;
  for (auto it = sessions.lower_bound({t, Seid{}}); it != sessions.end() && it->first.first == t; ++it)
    out.push_back(&it->second);
  return out;
}

std::vector<const ApiKey*> Model::keys_of(TenantId t) const {
  std::vector<const ApiKey*> out;
  for (const auto& [name, id] : index.key_names) {
    const ApiKey* key = find_ptr(keys, id);
    if (key->role == KeyRole::tenant && key->tenant == t) out.push_back(key);
  }
  return out;
}

uint32_t Model::count(TenantId tenant, Shared kind) const {
  auto it = index.counts.find(tenant);
  return it == index.counts.end() ? 0 : it->second[static_cast<size_t>(kind)];
}

void Model::put(Object object) {
  std::visit(
      [this](auto& o) {
        auto& map = map_of(*this, o);
        auto [it, is_new] = map.try_emplace(key_of(o));
        if (!is_new) index.remove(it->second);
        index.add(o);
        it->second = std::move(o);
      },
      object);
}

void Model::remove(const Object& object) {
  std::visit(
      [this](const auto& o) {
        auto& map = map_of(*this, o);
        auto it = map.find(key_of(o));
        if (it == map.end()) return;
        index.remove(it->second);
        map.erase(it);
      },
      object);
}

}  // namespace demarc::cp
