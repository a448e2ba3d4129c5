#include "controlplane/model/model_index.h"

#include "controlplane/model/session_keys.h"
#include "controlplane/model/session_rule_bytes.h"

namespace demarc::cp {
namespace {

// Calls `act` with the prefix of each family that the attachment has.
template <class Act>
void each_prefix(const Attachment& o, Act act) {
  if (o.address) act(IpPrefix(o.address->prefix()));
  if (o.ipv6) act(IpPrefix(o.ipv6->prefix()));
}

template <class Act>
void each_address(const GtpuEndpoint& o, Act act) {
  if (o.address) act(ip_address(*o.address));
  if (o.ipv6) act(IpAddress(*o.ipv6));
}

}  // namespace

void ModelIndex::count(TenantId tenant, Shared kind, int64_t more) {
  SharedCounts& has = counts[tenant];
  uint32_t& n = has[static_cast<size_t>(kind)];
  n = static_cast<uint32_t>(n + more);
  if (n == 0 && has == SharedCounts{}) counts.erase(tenant);
}

void ModelIndex::add(const Tenant& o) { tenant_names[o.name] = o.id; }
void ModelIndex::remove(const Tenant& o) { tenant_names.erase(o.name); }

void ModelIndex::add(const Vrf& o) {
  vrf_names.add(o.tenant, o.name, o.id);
  count(o.tenant, Shared::vrfs, 1);
}
void ModelIndex::remove(const Vrf& o) {
  vrf_names.remove(o.tenant, o.name);
  count(o.tenant, Shared::vrfs, -1);
}

void ModelIndex::add(const Attachment& o) {
  attachment_names.add(o.tenant, o.name, o.id);
  attachments_by_port[{o.port, o.outer_vlan, o.vlan}] = o.id;
  each_prefix(o, [&](const IpPrefix& prefix) { attachments_by_prefix[{o.vrf, prefix}] = o.id; });
  count(o.tenant, Shared::attachments, 1);
}
void ModelIndex::remove(const Attachment& o) {
  attachment_names.remove(o.tenant, o.name);
  attachments_by_port.erase({o.port, o.outer_vlan, o.vlan});
  each_prefix(o, [&](const IpPrefix& prefix) { attachments_by_prefix.erase({o.vrf, prefix}); });
  count(o.tenant, Shared::attachments, -1);
}

void ModelIndex::add(const GtpuEndpoint& o) {
  endpoint_names.add(o.tenant, o.name, o.id);
  each_address(o, [&](const IpAddress& address) { endpoints_by_address[{o.vrf, address}] = o.id; });
  count(o.tenant, Shared::gtpu_endpoints, 1);
}
void ModelIndex::remove(const GtpuEndpoint& o) {
  endpoint_names.remove(o.tenant, o.name);
  each_address(o, [&](const IpAddress& address) { endpoints_by_address.erase({o.vrf, address}); });
  count(o.tenant, Shared::gtpu_endpoints, -1);
}

void ModelIndex::add(const UePool& o) {
  pool_names.add(o.tenant, o.name, o.id);
  pools_by_prefix[{o.vrf, o.prefix}] = o.id;
  count(o.tenant, Shared::ue_pools, 1);
}
void ModelIndex::remove(const UePool& o) {
  pool_names.remove(o.tenant, o.name);
  pools_by_prefix.erase({o.vrf, o.prefix});
  count(o.tenant, Shared::ue_pools, -1);
}

void ModelIndex::add(const Route& o) {
  routes_by_prefix[{o.vrf, o.prefix}] = o.id;
  for (const NextHop& hop : o.next_hops) {
    routes_by_gateway.emplace(o.vrf, hop.gateway, o.id);
    routes_by_attachment.emplace(hop.attachment, o.id);
  }
  count(o.tenant, Shared::routes, 1);
}
void ModelIndex::remove(const Route& o) {
  routes_by_prefix.erase({o.vrf, o.prefix});
  for (const NextHop& hop : o.next_hops) {
    routes_by_gateway.erase({o.vrf, hop.gateway, o.id});
    routes_by_attachment.erase({hop.attachment, o.id});
  }
  count(o.tenant, Shared::routes, -1);
}

void ModelIndex::add_ue(const std::pair<VrfId, IpPrefix>& ue, const SessionKey& session) {
  if (sessions_by_ue.insert_or_assign(ue, session).second && !ue.second.is_ipv4())
    ++ue_lengths[{ue.first, ue.second.length()}];
}
void ModelIndex::remove_ue(const std::pair<VrfId, IpPrefix>& ue) {
  if (sessions_by_ue.erase(ue) == 0 || ue.second.is_ipv4()) return;
  const auto at = ue_lengths.find({ue.first, ue.second.length()});
  if (--at->second == 0) ue_lengths.erase(at);
}

void ModelIndex::add_framed_route(const std::pair<VrfId, IpPrefix>& route, const SessionKey& session) {
  sessions_by_framed_route[route] = session;
  ++framed_lengths[{route.first, route.second.is_ipv4(), route.second.length()}];
}
void ModelIndex::remove_framed_route(const std::pair<VrfId, IpPrefix>& route) {
  if (sessions_by_framed_route.erase(route) == 0) return;
  const auto at = framed_lengths.find({route.first, route.second.is_ipv4(), route.second.length()});
  if (--at->second == 0) framed_lengths.erase(at);
}

void ModelIndex::add(const Session& o) {
  const SessionKey key{o.tenant, o.up_seid};
  const SessionKeys keys = session_keys(o);
  for (const auto& f_teid : keys.f_teids) sessions_by_f_teid[f_teid] = key;
  for (const auto& ue : keys.ues) add_ue(ue, key);
  for (const auto& route : keys.framed) add_framed_route(route, key);
  for (VrfId vrf : keys.vrfs) sessions_by_vrf.emplace(vrf, key);
  if (const VrfId vrf = ethernet_network_of(o); vrf != VrfId{}) ethernet_sessions.emplace(vrf, key);
  for (GtpuEndpointId endpoint : keys.endpoints) sessions_by_endpoint.emplace(endpoint, key);
  count(o.tenant, Shared::sessions, 1);
  count(o.tenant, Shared::f_teids, static_cast<int64_t>(keys.f_teids.size()));
  count(o.tenant, Shared::ue_addresses, static_cast<int64_t>(keys.ues.size()));
  count(o.tenant, Shared::framed_routes, static_cast<int64_t>(keys.framed.size()));
  count(o.tenant, Shared::rule_kib, session_rule_kib(o));
}
void ModelIndex::remove(const Session& o) {
  const SessionKey key{o.tenant, o.up_seid};
  const SessionKeys keys = session_keys(o);
  for (const auto& f_teid : keys.f_teids) sessions_by_f_teid.erase(f_teid);
  for (const auto& ue : keys.ues) remove_ue(ue);
  for (const auto& route : keys.framed) remove_framed_route(route);
  for (VrfId vrf : keys.vrfs) sessions_by_vrf.erase({vrf, key});
  ethernet_sessions.erase({ethernet_network_of(o), key});
  for (GtpuEndpointId endpoint : keys.endpoints) sessions_by_endpoint.erase({endpoint, key});
  count(o.tenant, Shared::sessions, -1);
  count(o.tenant, Shared::f_teids, -static_cast<int64_t>(keys.f_teids.size()));
  count(o.tenant, Shared::ue_addresses, -static_cast<int64_t>(keys.ues.size()));
  count(o.tenant, Shared::framed_routes, -static_cast<int64_t>(keys.framed.size()));
  count(o.tenant, Shared::rule_kib, -int64_t{session_rule_kib(o)});
}

void ModelIndex::add(const ApiKey& o) {
  key_names[o.name] = o.id;
  key_tokens[o.token_hash] = o.id;
  if (o.role == KeyRole::tenant) count(o.tenant, Shared::api_keys, 1);
}
void ModelIndex::remove(const ApiKey& o) {
  key_names.erase(o.name);
  key_tokens.erase(o.token_hash);
  if (o.role == KeyRole::tenant) count(o.tenant, Shared::api_keys, -1);
}

}  // namespace demarc::cp
