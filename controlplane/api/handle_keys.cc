#include "controlplane/api/handlers.h"
#include "controlplane/api/target.h"
#include "controlplane/auth/token.h"

namespace demarc::cp::handlers {
namespace {

json key_json(const Model& model, const ApiKey& key) {
  json out{{"name", key.name}, {"role", key.role == KeyRole::tenant ? "tenant" : "operator"}};
  const auto tenant = model.tenants.find(key.tenant);
  if (key.role == KeyRole::tenant && tenant != model.tenants.end()) out["tenant"] = tenant->second.name;
  return out;
}

}  // namespace

Result<json> list_keys(const Model& model, const Call&) {
  json list = json::array();
  for (const auto& [id, key] : model.keys) list.push_back(key_json(model, key));
  return items(std::move(list));
}

Result<json> add_key(Edit& edit, const Call& call) {
  ApiKey key;
  key.name = call.body["name"].get<std::string>();
  if (const auto it = call.body.find("tenant"); it != call.body.end()) {
    const auto& name = it->get_ref<const std::string&>();
    const Tenant* tenant = edit.model().tenant(name);
    if (tenant == nullptr) return fail(ErrorCode::not_found, "there is no tenant " + in_quotes(name));
    key.role = KeyRole::tenant;
    key.tenant = tenant->id;
  }
  NewToken made = make_token();
  key.token_hash = std::move(made.hash);
  const auto added = edit.add_key(key);
  if (!added) return tl::unexpected(added.error());
  json out = key_json(edit.model(), *added);
  out["token"] = std::move(made.token);
  return out;
}

Result<json> remove_key(Edit& edit, const Call& call) {
  const ApiKey* key = edit.model().key(call.param("name"));
  if (key == nullptr) return fail(ErrorCode::not_found, "there is no key " + in_quotes(call.param("name")));
  if (auto removed = edit.remove_key(key->id); !removed) return tl::unexpected(removed.error());
  return json::object();
}

}  // namespace demarc::cp::handlers
