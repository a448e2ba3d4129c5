#include "controlplane/api/handlers.h"

namespace demarc::cp::handlers {

void get_version(const CallPtr& call) {
  call->reply->send(
      json_response(call->route->status, {{"version", DEMARC_VERSION}, {"store_schema", call->backend->store_schema}}));
}

void get_openapi(const CallPtr& call) { call->reply->send(json_response(call->route->status, openapi())); }

}  // namespace demarc::cp::handlers
