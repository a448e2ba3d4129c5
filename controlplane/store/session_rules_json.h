// A session's rules as the JSON text that the store kept up to schema 2. For the migrations to and from there alone.
#pragma once

#include <string>

#include "common/base/result.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

std::string rules_to_json(const Session& session);
// Fills pdrs, fars and qers. Error `internal`: the text is not what rules_to_json makes. What the rules mean is not
// checked here.
Status rules_from_json(const std::string& text, Session& session);

}  // namespace demarc::cp
