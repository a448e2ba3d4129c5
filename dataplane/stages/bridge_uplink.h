// bridge_uplink: frames out of the tunnels of Ethernet sessions (TS 23.501 clause 5.6.10.2). The source address is
// learned; nobody takes one that another session of the network has. A frame goes to the session behind which its
// destination is, if the VRF lets UEs reach each other (VrfRow::ue_to_ue), and else by the network's attachment; one to
// a group by both.
//
// reads:  meta.session, meta.vrf, meta.tenant, meta.l3_offset, the frame
// writes: meta.egress; of what is for another session meta.teid, meta.endpoint, meta.qfi and the session's, as of a
//         frame from the core, and meta.payload_offset (that session's place)
// counts: uplink_packets, uplink_bytes; consumed_packets (of frames to a group that are copied)
// drops:  bridge_no_port, bridge_reserved_group, bridge_storm, bridge_vlan_forbidden, mac_source_group, mac_taken,
//         mac_limit, ue_to_ue_forbidden, far_drop (of a FAR without a network)
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

struct BridgeLanes {
  Lane& frames;  // for another session: session_downlink_frames
  Lane& port;    // for the attachment: bridge_output
  Lane& flood;   // copies of it are for both: run_flood
};

// Empties `lane` into the others.
void bridge_uplink(StageContext& context, Burst& burst, Lane& lane, BridgeLanes out);

}  // namespace demarc::dp
