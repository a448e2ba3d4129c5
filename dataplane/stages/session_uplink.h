// session_uplink: (GTP-U endpoint, TEID) → session.
//
// reads:  meta.endpoint, meta.teid, meta.tenant; of a packet without a session its outer headers
// writes: meta.session
// counts: gtpu_error_indications_sent
// drops:  gtpu_teid_unknown
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` G-PDUs that have a session. A session of another tenant than the packet's is none. The senders of
// the others get an Error Indication (TS 29.281 clause 7.3.1), within limits.
void session_uplink(StageContext& context, Burst& burst, Lane& lane);
// The same for End Markers, which nobody has to be told of.
void session_end_marker(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
