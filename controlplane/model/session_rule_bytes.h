// The memory of a session's SDF filters in the data plane (common/base/rule_bytes.h), from its PDRs.
#pragma once

#include "controlplane/model/objects.h"

namespace demarc::cp {

// In KiB, rounded up, and never less than they will take; 0 for a session whose PDRs are not compiled.
uint32_t session_rule_kib(const Session& session);

}  // namespace demarc::cp
