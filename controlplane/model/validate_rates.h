// Rates of tenants, VRFs, sessions and QERs. Not for use outside of model/.
#pragma once

#include <string>

#include "common/base/result.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

// Errors, `invalid`: a figure out of range, with what would be right. `subject`: "tenant acme".
Status check_rates(const Rates& rates, const std::string& subject);
Status check_qer_rates(const Qer& qer, const std::string& subject);

}  // namespace demarc::cp
