// session_downlink: (core VRF, UE address or IPv6 prefix) → session; where there is none, by the longest framed route.
//
// reads:  meta.vrf, meta.l3_offset, meta.tenant; the destination address
// writes: meta.session
// drops:  session_unknown
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` packets that have a session. A session of another tenant than the packet's is none.
void session_downlink(StageContext& context, Burst& burst, Lane& lane);
// The same for IPv6: of sessions whose prefixes contain the destination, the one with the longest.
void session_downlink_ipv6(StageContext& context, Burst& burst, Lane& lane);
// The same for frames of an Ethernet network: (core VRF, meta.payload_offset as the place in the network) → session.
void session_downlink_frames(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
