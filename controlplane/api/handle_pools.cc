#include "controlplane/api/named.h"

namespace demarc::cp::handlers {
namespace {

json show(const Named<UePool>& row) {
  return {{"name", row.object.name}, {"vrf", row.vrf}, {"prefix", to_string(row.object.prefix)}};
}

}  // namespace

Result<Rows> list_pools(const Model& model, const Call& call) {
  return list_of(model, call, model.index.pool_names, model.pools, show);
}

Result<json> add_pool(Edit& edit, const Call& call) {
  const auto at = tenant_and_vrf(edit.model(), call);
  if (!at) return tl::unexpected(at.error());
  const auto prefix = parse_ip_prefix(call.body["prefix"].get_ref<const std::string&>());
  if (!prefix) return tl::unexpected(prefix.error());
  UePool pool;
  pool.tenant = at->tenant->id;
  pool.name = call.body["name"].get<std::string>();
  pool.vrf = at->vrf->id;
  pool.prefix = *prefix;
  const auto added = edit.add_pool(pool);
  if (!added) return tl::unexpected(added.error());
  return show({*added, vrf_name_for(edit.model(), *added)});
}

Result<json> remove_pool(Edit& edit, const Call& call) {
  return remove_named(edit, call, find_pool, &Edit::remove_pool);
}

}  // namespace demarc::cp::handlers
