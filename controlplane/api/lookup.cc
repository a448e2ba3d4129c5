#include "controlplane/api/lookup.h"

#include "controlplane/api/target.h"

namespace demarc::cp {
namespace {

template <class Object>
Result<const Object*> found(const Object* object, const char* kind, const Tenant& tenant, std::string_view name) {
  if (object != nullptr) return object;
  return fail(ErrorCode::not_found, "tenant " + in_quotes(tenant.name) + " has no " + kind + " " + in_quotes(name));
}

}  // namespace

Result<const Vrf*> find_vrf(const Model& model, const Tenant& tenant, std::string_view name) {
  return found(model.vrf(tenant.id, name), "VRF", tenant, name);
}
Result<const Attachment*> find_attachment(const Model& model, const Tenant& tenant, std::string_view name) {
  return found(model.attachment(tenant.id, name), "attachment", tenant, name);
}
Result<const GtpuEndpoint*> find_endpoint(const Model& model, const Tenant& tenant, std::string_view name) {
  return found(model.endpoint(tenant.id, name), "GTP-U endpoint", tenant, name);
}
Result<const UePool*> find_pool(const Model& model, const Tenant& tenant, std::string_view name) {
  return found(model.pool(tenant.id, name), "UE pool", tenant, name);
}

std::string vrf_name_of(const Model& model, VrfId id) {
  const auto it = model.vrfs.find(id);
  return it != model.vrfs.end() ? it->second.name : "";
}
std::string endpoint_name_of(const Model& model, GtpuEndpointId id) {
  const auto it = model.endpoints.find(id);
  return it != model.endpoints.end() ? it->second.name : "";
}

}  // namespace demarc::cp
