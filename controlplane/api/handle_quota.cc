#include "controlplane/api/handlers.h"

namespace demarc::cp::handlers {
namespace {

json quota_json(const Quota& quota) {
  json row{{"what", quota.what}, {"used", quota.used}, {"limit", quota.limit}};
  if (quota.reserved) row["reserved"] = *quota.reserved;
  return row;
}

Result<json> quotas_of(const Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  json list = json::array();
  for (const Quota& quota : edit.quotas((*tenant)->id)) list.push_back(quota_json(quota));
  return list;
}

}  // namespace

void list_quota(const CallPtr& call) {
  call->backend->core.look([call](const Edit& edit) {
    call->backend->post([call, found = quotas_of(edit, *call)] {
      call->reply->send(found ? json_response(call->route->status, items(*found)) : error_response(found.error()));
    });
  });
}

}  // namespace demarc::cp::handlers
