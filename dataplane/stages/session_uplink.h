// session_uplink: (GTP-U endpoint, TEID) → session.
//
// reads:  meta.endpoint, meta.teid, meta.tenant
// writes: meta.session
// drops:  gtpu_teid_unknown
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` packets that have a session. A session of another tenant than the packet's is none.
void session_uplink(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
