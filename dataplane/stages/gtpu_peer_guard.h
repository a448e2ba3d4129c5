// gtpu_peer_guard: what comes through a tunnel comes from its peer. A tunnel's peer is the one of a FAR of the session
// that creates outer headers through the same GTP-U endpoint, or with the endpoint's policy `learn` the first that
// sent what is the session's (learned_peer.h); until then anybody may be.
//
// reads:  meta.session, meta.endpoint, meta.teid, meta.l3_offset, meta.ipv6 (all of the outer packet)
// drops:  gtpu_peer_unexpected
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` packets from where they may come. A session that names no peer takes them from anywhere. The others
// get no Error Indication: the tunnel is alive, and who they are is not known.
void gtpu_peer_guard(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
