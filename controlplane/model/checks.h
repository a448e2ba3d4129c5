// Checks that the edits of several kinds of objects share. Not for use outside of model/.
#pragma once

#include <fmt/core.h>

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// The tenant. Error `not_found`.
Result<const Tenant*> need_tenant(const Model& model, TenantId id);
// The VRF, of this tenant. Error `not_found`, in the same words whether it is another tenant's or nobody's.
Result<const Vrf*> need_vrf(const Model& model, TenantId tenant, VrfId id);
// The same, and of this role. Error `invalid`, saying that `subject` needs the other role and why.
Result<const Vrf*> need_vrf_of(const Model& model, TenantId tenant, VrfId id, VrfRole role, std::string_view subject);

// The name is well-formed and, when `taken`, refused as `conflict`.
Status check_name(std::string_view what, const std::string& name, bool taken, std::string_view where);

// Error `exhausted` when the data plane said how much it holds and that much is there.
Status check_capacity(const std::optional<DataPlaneLimits>& limits, uint32_t DataPlaneLimits::*member, size_t now,
                      std::string_view what);

// 0, or from 1280 (RFC 8200 section 5) to 9000.
Status check_mtu(uint16_t mtu, const std::string& subject);

std::string role_name(VrfRole role);
// The name of a VRF of the model; its id when it is not there.
std::string vrf_name(const Model& model, VrfId id);
std::string endpoint_name(const Model& model, GtpuEndpointId id);

// The sentence for what is refused because something still stands on it.
tl::unexpected<Error> still_used(std::string_view what, std::string_view by);

// The error of one Result, for the return of another type.
template <class R>
tl::unexpected<Error> forward(R& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}

template <class... Args>
tl::unexpected<Error> failf(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return fail(code, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace demarc::cp
