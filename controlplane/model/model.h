// Model: all objects in memory, as they are in the store. Owned by the core thread (controlplane/core).
//
// Reading: the maps and the lookups below. Changing: put() and remove() alone, which keep the indexes in step; Edit and
// the loading of the store are their only callers.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "controlplane/model/model_index.h"
#include "controlplane/model/objects.h"
#include "controlplane/model/released_teids.h"

namespace demarc::cp {

struct Model {
  std::map<TenantId, Tenant> tenants;
  std::map<VrfId, Vrf> vrfs;
  std::map<AttachmentId, Attachment> attachments;
  std::map<GtpuEndpointId, GtpuEndpoint> endpoints;
  std::map<UePoolId, UePool> pools;
  std::map<RouteId, Route> routes;
  std::map<SessionKey, Session> sessions;
  std::map<uint32_t, ApiKey> keys;
  std::map<EntryQuotaKey, EntryQuota> entry_quotas;  // only what was set for one tenant
  ModelIndex index;
  ReleasedTeids released_teids;

  // By name in the tenant; null when there is none.
  const Tenant* tenant(std::string_view name) const;
  const Vrf* vrf(TenantId tenant, std::string_view name) const;
  const Attachment* attachment(TenantId tenant, std::string_view name) const;
  const GtpuEndpoint* endpoint(TenantId tenant, std::string_view name) const;
  const UePool* pool(TenantId tenant, std::string_view name) const;
  const ApiKey* key(std::string_view name) const;  // names of keys are unique in the installation

  // By what they are; null when there is none.
  const Route* route(VrfId vrf, const IpPrefix& prefix) const;
  const Attachment* attachment_at(const std::string& port, VlanId outer_vlan, VlanId vlan) const;
  const Attachment* attachment_holding(VrfId vrf, const IpAddress& address) const;  // a prefix of its link contains it
  const UePool* pool_holding(VrfId vrf, const IpPrefix& prefix) const;
  const Session* session_at(GtpuEndpointId endpoint, Teid teid) const;  // by local F-TEID
  const Session* session_at(VrfId core_vrf, const IpAddress& ue) const;
  const EntryQuota* entry_quota(TenantId tenant, Shared kind) const;
  const ApiKey* key_of_token(const std::string& token_hash) const;

  // The objects of one tenant; named ones in the order of their names, routes by VRF and prefix, sessions by UP SEID.
  std::vector<const Vrf*> vrfs_of(TenantId tenant) const;
  std::vector<const Attachment*> attachments_of(TenantId tenant) const;
  std::vector<const GtpuEndpoint*> endpoints_of(TenantId tenant) const;
  std::vector<const UePool*> pools_of(TenantId tenant) const;
  std::vector<const Route*> routes_of(TenantId tenant) const;
  std::vector<const Session*> sessions_of(TenantId tenant) const;
  std::vector<const ApiKey*> keys_of(TenantId tenant) const;

  // How many it has, of a kind that the model counts (kSharedKinds).
  uint32_t count(TenantId tenant, Shared kind) const;

  // Adds the object, or replaces the one with its id. Unchecked: Edit has checked.
  void put(Object object);
  // Removes the object with this one's id; one that is not there changes nothing.
  void remove(const Object& object);

  bool operator==(const Model&) const = default;
};

}  // namespace demarc::cp
