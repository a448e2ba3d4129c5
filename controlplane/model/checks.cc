#include "controlplane/model/checks.h"

#include "controlplane/model/validate_name.h"

namespace demarc::cp {
namespace {

constexpr uint16_t kMtuMin = 1280, kMtuMax = 9000;

}  // namespace

Result<const Tenant*> need_tenant(const Model& model, TenantId id) {
  auto it = model.tenants.find(id);
  if (it == model.tenants.end()) return failf(ErrorCode::not_found, "there is no tenant with id {}", id.value);
  return &it->second;
}

Result<const Vrf*> need_vrf(const Model& model, TenantId tenant, VrfId id) {
  auto it = model.vrfs.find(id);
  if (it == model.vrfs.end() || it->second.tenant != tenant)
    return failf(ErrorCode::not_found, "the tenant has no VRF with id {}", id.value);
  return &it->second;
}

Result<const Vrf*> need_vrf_of(const Model& model, TenantId tenant, VrfId id, VrfRole role, std::string_view subject) {
  auto vrf = need_vrf(model, tenant, id);
  if (!vrf) return failf(vrf.error().code, "{}: {}", subject, vrf.error().message);
  if ((*vrf)->role != role)
    return failf(ErrorCode::invalid, "{}: VRF {} is {} VRF; it must be {} VRF", subject, (*vrf)->name,
                 role_name((*vrf)->role), role_name(role));
  return *vrf;
}

Status check_name(std::string_view what, const std::string& name, bool taken, std::string_view where) {
  if (Status s = validate_name(what, name); !s) return s;
  if (taken) return failf(ErrorCode::conflict, "{} name {}: is taken{}; choose another", what, name, where);
  return {};
}

Status check_capacity(const std::optional<DataPlaneLimits>& limits, uint32_t DataPlaneLimits::*member, size_t now,
                      std::string_view what) {
  if (!limits || now < (*limits).*member) return {};
  return failf(ErrorCode::exhausted,
               "the data plane holds at most {} {}, and {} exist; it is enlarged in its configuration",
               (*limits).*member, what, now);
}

Status check_mtu(uint16_t mtu, const std::string& subject) {
  if (mtu == 0 || (mtu >= kMtuMin && mtu <= kMtuMax)) return {};
  return failf(ErrorCode::invalid, "{}: MTU {}: must be from {} to {}, or 0 for the port's", subject, mtu, kMtuMin,
               kMtuMax);
}

std::string role_name(VrfRole role) { return role == VrfRole::access ? "an access" : "a core"; }

std::string vrf_name(const Model& model, VrfId id) {
  auto it = model.vrfs.find(id);
  return it == model.vrfs.end() ? fmt::format("with id {}", id.value) : it->second.name;
}

std::string endpoint_name(const Model& model, GtpuEndpointId id) {
  auto it = model.endpoints.find(id);
  return it == model.endpoints.end() ? fmt::format("with id {}", id.value) : it->second.name;
}

tl::unexpected<Error> still_used(std::string_view what, std::string_view by) {
  return failf(ErrorCode::conflict, "{} is still used by {}; remove that first", what, by);
}

}  // namespace demarc::cp
