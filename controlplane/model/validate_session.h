// The rules of a session (TS 29.244 clause 5.2), checked as a whole against the model.
#pragma once

#include "common/base/result.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// The tenant exists. A session with the same key in the model is the one to be replaced: what it has is free.
// Errors: `invalid`, `not_found` for what a rule names, `conflict` for an F-TEID or UE address of another session. The
// sentence begins with the rule: "PDR 1: …".
Status validate_session(const Model& model, const Session& session);

}  // namespace demarc::cp
