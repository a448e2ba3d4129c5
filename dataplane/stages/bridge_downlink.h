// bridge_downlink: frames that come in on the attachment of an Ethernet network (TS 23.501 clause 5.6.10.2), for the
// session behind which the destination is. Frames to a group are for all sessions; what is for nobody that was heard of
// is for nobody.
//
// reads:  meta.attachment, meta.vrf, meta.tenant, the frame
// writes: meta.l3_offset (to the frame, without the attachment's tags; the addresses move), meta.opaque,
//         meta.payload_offset (the session's place)
// counts: consumed_packets (of frames to a group)
// drops:  bridge_no_port, bridge_reserved_group, bridge_storm, mac_source_group, mac_taken, mac_unknown, table_changed
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`: into `frames`, for session_downlink_frames, or `flood`, for run_flood.
void bridge_downlink(StageContext& context, Burst& burst, Lane& lane, Lane& frames, Lane& flood);

}  // namespace demarc::dp
