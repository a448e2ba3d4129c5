#include "controlplane/api/named.h"
#include "controlplane/api/target.h"
#include "controlplane/auth/token.h"

namespace demarc::cp::handlers {
namespace {

struct Row {
  uint32_t id;
  std::string name;
  KeyRole role;
  std::string tenant;
};

Row row_of(const Model& model, const ApiKey& key) {
  const auto tenant = model.tenants.find(key.tenant);
  return {key.id, key.name, key.role, tenant == model.tenants.end() ? "" : tenant->second.name};
}

json show(const Row& row) {
  json out{{"name", row.name}, {"role", row.role == KeyRole::tenant ? "tenant" : "operator"}};
  if (!row.tenant.empty()) out["tenant"] = row.tenant;
  return out;
}

}  // namespace

// By id; the cursor is the last one's.
Result<Rows> list_keys(const Model& model, const Call& call) {
  const auto page = page_of(call);
  if (!page) return tl::unexpected(page.error());
  const auto after = number_after(call, UINT32_MAX);
  if (!after) return tl::unexpected(after.error());
  std::vector<Row> rows;
  auto it = model.keys.upper_bound(static_cast<uint32_t>(*after));
  for (; it != model.keys.end() && rows.size() < page->limit; ++it) rows.push_back(row_of(model, it->second));
  std::string next = it == model.keys.end() ? "" : std::to_string(rows.back().id);
  return render_later(std::move(rows), std::move(next), show);
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
  json out = show(row_of(edit.model(), *added));
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
