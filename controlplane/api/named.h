// What the handlers of a tenant's objects have in common: list them, remove one by its name.
#pragma once

#include <vector>

#include "controlplane/api/handlers.h"
#include "controlplane/api/lookup.h"

namespace demarc::cp::handlers {

template <class Object>
Result<json> list_of(const Model& model, const Call& call,
                     std::vector<const Object*> (Model::*objects_of)(TenantId) const,
                     json (*show)(const Model&, const Object&)) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  json list = json::array();
  for (const Object* object : (model.*objects_of)((*tenant)->id)) list.push_back(show(model, *object));
  return items(std::move(list));
}

// `find` gets the path's {name}.
template <class Object, class Id>
Result<json> remove_named(Edit& edit, const Call& call,
                          Result<const Object*> (*find)(const Model&, const Tenant&, std::string_view),
                          Status (Edit::*remove)(Id)) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  const auto object = find(edit.model(), **tenant, call.param("name"));
  if (!object) return tl::unexpected(object.error());
  if (auto removed = (edit.*remove)((*object)->id); !removed) return tl::unexpected(removed.error());
  return json::object();
}

// The tenant of the path and the VRF that the body's "vrf" names in it.
struct TenantVrf {
  const Tenant* tenant;
  const Vrf* vrf;
};
inline Result<TenantVrf> tenant_and_vrf(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto vrf = find_vrf(model, **tenant, call.body["vrf"].get_ref<const std::string&>());
  if (!vrf) return tl::unexpected(vrf.error());
  return TenantVrf{*tenant, *vrf};
}

}  // namespace demarc::cp::handlers
