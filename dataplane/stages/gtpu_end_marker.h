// gtpu_end_marker: End Markers of tunnels that we know (TS 29.281 clause 7.3.2). Where the session hands the tunnel's
// packets on to another one (N9), its End Marker follows them there; elsewhere nobody behind us could use it.
//
// reads:  meta.session, meta.endpoint, meta.teid
// writes: meta.vrf, meta.l3_offset, meta.ipv6 (of the message that goes on), pdr and far of the metadata
// counts: gtpu_end_markers_forwarded, or gtpu_end_markers_received and consumed_packets
// drops:  encap_no_headroom
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`. The next tunnel is the one of the first PDR of this tunnel, in order of precedence, whose FAR
// forwards and creates outer headers.
void gtpu_end_marker(StageContext& context, Burst& burst, Lane& lane, Lane& route, Lane& route_ipv6);

}  // namespace demarc::dp
