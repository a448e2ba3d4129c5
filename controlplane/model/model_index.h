// The indexes of the model: what makes a check cost the same with one session as with a hundred thousand, and what says
// who still stands on what. They hold keys alone; the objects are in the model's maps.
#pragma once

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "controlplane/model/objects.h"
#include "controlplane/model/tenant_share.h"

namespace demarc::cp {

// Objects of one kind by name in their tenant.
template <class ObjectId>
class NameIndex {
 public:
  using Names = std::map<std::string, ObjectId, std::less<>>;

  // In the order of the names; empty for a tenant without any.
  const Names& of(TenantId tenant) const {
    static const Names none;
    auto it = tenants_.find(tenant);
    return it == tenants_.end() ? none : it->second;
  }
  void add(TenantId tenant, const std::string& name, ObjectId id) { tenants_[tenant][name] = id; }
  void remove(TenantId tenant, const std::string& name) {
    auto it = tenants_.find(tenant);
    if (it == tenants_.end()) return;
    it->second.erase(name);
    if (it->second.empty()) tenants_.erase(it);
  }
  bool operator==(const NameIndex&) const = default;

 private:
  std::map<TenantId, Names> tenants_;
};

struct ModelIndex {
  std::map<std::string, TenantId, std::less<>> tenant_names;
  NameIndex<VrfId> vrf_names;
  NameIndex<AttachmentId> attachment_names;
  NameIndex<GtpuEndpointId> endpoint_names;
  NameIndex<UePoolId> pool_names;
  std::map<std::string, uint32_t, std::less<>> key_names;
  std::map<std::string, uint32_t> key_tokens;  // by token_hash

  std::map<std::tuple<std::string, VlanId, VlanId>, AttachmentId> attachments_by_port;  // port, outer VLAN, VLAN
  // Of both families. The prefixes of one VRF in one of these three do not overlap: overlap.h looks in them.
  std::map<std::pair<VrfId, IpPrefix>, AttachmentId> attachments_by_prefix;
  std::map<std::pair<VrfId, IpPrefix>, UePoolId> pools_by_prefix;
  std::map<std::pair<VrfId, IpPrefix>, SessionKey> sessions_by_ue;
  // How many IPv6 prefixes of UEs there are of each length.
  std::map<std::pair<VrfId, uint8_t>, uint32_t> ue_lengths;
  // Of these one may lie inside of another.
  std::map<std::pair<VrfId, IpPrefix>, SessionKey> sessions_by_framed_route;
  // How many of them there are of each length, family by family: VRF, IPv4, length.
  std::map<std::tuple<VrfId, bool, uint8_t>, uint32_t> framed_lengths;
  std::map<std::pair<VrfId, IpAddress>, GtpuEndpointId> endpoints_by_address;
  std::map<std::pair<VrfId, IpPrefix>, RouteId> routes_by_prefix;
  std::set<std::tuple<VrfId, IpAddress, RouteId>> routes_by_gateway;
  std::set<std::pair<AttachmentId, RouteId>> routes_by_attachment;

  std::map<std::pair<GtpuEndpointId, Teid>, SessionKey> sessions_by_f_teid;
  std::set<std::pair<VrfId, SessionKey>> sessions_by_vrf;    // all that name the VRF
  std::set<std::pair<VrfId, SessionKey>> ethernet_sessions;  // by their core VRF
  std::set<std::pair<GtpuEndpointId, SessionKey>> sessions_by_endpoint;

  std::map<TenantId, SharedCounts> counts;  // tenants that have none of anything are not in it

  void add(const Tenant& o);
  void add(const Vrf& o);
  void add(const Attachment& o);
  void add(const GtpuEndpoint& o);
  void add(const UePool& o);
  void add(const Route& o);
  void add(const Session& o);
  void add(const ApiKey& o);
  void add(const EntryQuota&) {}  // found by its key alone

  void remove(const Tenant& o);
  void remove(const Vrf& o);
  void remove(const Attachment& o);
  void remove(const GtpuEndpoint& o);
  void remove(const UePool& o);
  void remove(const Route& o);
  void remove(const Session& o);
  void remove(const ApiKey& o);
  void remove(const EntryQuota&) {}

  bool operator==(const ModelIndex&) const = default;

 private:
  void count(TenantId tenant, Shared kind, int64_t more);
  void add_ue(const std::pair<VrfId, IpPrefix>& ue, const SessionKey& session);
  void remove_ue(const std::pair<VrfId, IpPrefix>& ue);
  void add_framed_route(const std::pair<VrfId, IpPrefix>& route, const SessionKey& session);
  void remove_framed_route(const std::pair<VrfId, IpPrefix>& route);
};

}  // namespace demarc::cp
