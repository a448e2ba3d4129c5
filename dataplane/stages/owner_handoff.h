// owner_handoff: packets of sessions that another worker owns go there. Not called where there is one worker.
//
// reads:  meta.session, meta.tenant, burst.taken_over
// writes: meta.fate, burst.taken_over
// counts: held_packets, until the owner has handled them
// drops:  handoff_full; session_moving (nobody owns the session just now); table_changed (it was handed over to us for
// a
//         session that is another worker's now)
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` packets of our own sessions. What is to be handed over is in a batch for its owner, and still ours
// to look at: send_handed() lets it go.
void owner_handoff(StageContext& context, Burst& burst, Lane& lane);
void send_handed(StageContext& context);

}  // namespace demarc::dp
