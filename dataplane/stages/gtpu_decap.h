// gtpu_decap: outer header removal (TS 29.244 clause 8.2.64), and the checks that the packet inside owes us.
//
// reads:  meta.payload_offset, meta.pdr, meta.far
// writes: meta.l3_offset (to the inner header); cuts what is behind the inner packet; the inner time to live
// counts: uplink_packets, uplink_bytes
// drops:  inner_malformed, inner_source_spoofed, ipv4_martian, gtpu_in_gtpu, ipv4_ttl_exceeded
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`: packets whose FAR creates an outer header again go to `encap`, which takes the hop off their time to
// live; the others have it taken off here and go to `route`.
void gtpu_decap(StageContext& context, Burst& burst, Lane& lane, Lane& encap, Lane& route);

}  // namespace demarc::dp
