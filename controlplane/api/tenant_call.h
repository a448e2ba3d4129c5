// The beginning of the handlers that ask the data plane for a stream of one tenant's packets.
#pragma once

#include "controlplane/api/call.h"

namespace demarc::cp {

// Hands the id of the path's tenant to `start` on the io thread; answers itself when there is no such tenant.
template <class Start>
void start_for_tenant(const CallPtr& call, Start start) {
  read_then(
      call,
      [call](const Model& model) -> Result<TenantId> {
        const auto tenant = call->tenant(model);
        if (!tenant) return tl::unexpected(tenant.error());
        return (*tenant)->id;
      },
      [call, start](const Result<TenantId>& tenant) {
        if (!tenant) return call->reply->send(error_response(tenant.error()));
        start(call, *tenant);
      });
}

}  // namespace demarc::cp
