// What the handlers of a tenant's objects have in common: list them, remove one by its name.
#pragma once

#include <optional>
#include <vector>

#include "controlplane/api/handlers.h"
#include "controlplane/api/lookup.h"
#include "controlplane/api/options_json.h"
#include "controlplane/api/page.h"

namespace demarc::cp::handlers {

// An object with the name of the VRF that it belongs to; empty for one that belongs to none.
template <class Object>
struct Named {
  Object object;
  std::string vrf;
};

template <class Object>
std::string vrf_name_for(const Model& model, const Object& object) {
  if constexpr (requires { object.vrf; }) return vrf_name_of(model, object.vrf);
  return "";
}

template <class Row>
Rows render_later(std::vector<Row> rows, std::string next, json (*show)(const Row&)) {
  auto shared = std::make_shared<const std::vector<Row>>(std::move(rows));
  return [shared, next = std::move(next), show] {
    json list = json::array();
    for (const Row& row : *shared) list.push_back(show(row));
    return page_json(std::move(list), next);
  };
}

// A page of a tenant's objects, in the order of their names; the cursor is the last one's name.
template <class Object, class Id>
Result<Rows> list_of(const Model& model, const Call& call, const NameIndex<Id>& names,
                     const std::map<Id, Object>& objects, json (*show)(const Named<Object>&)) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto page = page_of(call);
  if (!page) return tl::unexpected(page.error());
  const auto& of_tenant = names.of((*tenant)->id);
  std::vector<Named<Object>> rows;
  auto it = of_tenant.upper_bound(page->after);
  for (; it != of_tenant.end() && rows.size() < page->limit; ++it) {
    const Object& object = objects.at(it->second);
    rows.push_back({object, vrf_name_for(model, object)});
  }
  std::string next = it == of_tenant.end() ? "" : rows.back().object.name;
  return render_later(std::move(rows), std::move(next), show);
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

// Changes the options of the path's {name} by the body. `find` as above.
template <class Object, class Id, class Options>
Result<Object> set_named(Edit& edit, const Call& call,
                         Result<const Object*> (*find)(const Model&, const Tenant&, std::string_view),
                         Result<Object> (Edit::*set)(Id, const Options&)) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  const auto object = find(edit.model(), **tenant, call.param("name"));
  if (!object) return tl::unexpected(object.error());
  return (edit.*set)((*object)->id, options_from(call.body, (*object)->options));
}

// A member of a body that may be missing, read by `parse`.
template <class T>
Result<std::optional<T>> maybe(const json& body, const char* name, Result<T> (*parse)(std::string_view)) {
  const auto it = body.find(name);
  if (it == body.end()) return std::optional<T>();
  const auto value = parse(it->template get_ref<const std::string&>());
  if (!value) return tl::unexpected(value.error());
  return std::optional<T>(*value);
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
