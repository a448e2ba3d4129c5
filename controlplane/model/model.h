// Model: all objects in memory, as they are in the store. Owned by the core thread (controlplane/core).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

struct Model {
  std::map<TenantId, Tenant> tenants;
  std::map<VrfId, Vrf> vrfs;
  std::map<AttachmentId, Attachment> attachments;
  std::map<GtpuEndpointId, GtpuEndpoint> endpoints;
  std::map<UePoolId, UePool> pools;
  std::map<RouteId, Route> routes;
  std::map<std::pair<TenantId, Seid>, Session> sessions;
  std::map<uint32_t, ApiKey> keys;

  // By name in the tenant; null when there is none.
  const Tenant* tenant(std::string_view name) const;
  const Vrf* vrf(TenantId tenant, std::string_view name) const;
  const Attachment* attachment(TenantId tenant, std::string_view name) const;
  const GtpuEndpoint* endpoint(TenantId tenant, std::string_view name) const;
  const UePool* pool(TenantId tenant, std::string_view name) const;
};

}  // namespace demarc::cp
