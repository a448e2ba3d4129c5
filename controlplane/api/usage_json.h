// What a session used, as JSON.
#pragma once

#include "common/base/ids.h"
#include "common/schema/channel_generated.h"
#include "controlplane/api/json_text.h"

namespace demarc::cp {

// Reasons that never happened are left out.
json usage_json(Seid session, const schema::SessionUsageT& usage);

}  // namespace demarc::cp
