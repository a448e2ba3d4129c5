// A session's rules as the JSON text of one column.
//
// One row a session, not one a rule: the rules are always read and replaced as a whole, so tables of PDRs, FARs and
// QERs would cost six writes instead of one and answer no question that anybody asks. JSON and not a FlatBuffer: a
// person can read it, SQLite's own json_ functions can migrate it, and the store does not change when the channel does.
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
