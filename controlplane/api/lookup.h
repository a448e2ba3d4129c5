// Objects by the names that a request gives; what is not there is told in a sentence.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// Errors: not_found.
Result<const Vrf*> find_vrf(const Model& model, const Tenant& tenant, std::string_view name);
Result<const Attachment*> find_attachment(const Model& model, const Tenant& tenant, std::string_view name);
Result<const GtpuEndpoint*> find_endpoint(const Model& model, const Tenant& tenant, std::string_view name);
Result<const UePool*> find_pool(const Model& model, const Tenant& tenant, std::string_view name);

// Names for answers; empty for an id that is not there.
std::string vrf_name_of(const Model& model, VrfId id);
std::string endpoint_name_of(const Model& model, GtpuEndpointId id);

}  // namespace demarc::cp
