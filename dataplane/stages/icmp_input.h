// icmp_input: echo requests to our addresses become replies (RFC 792, RFC 1812 section 4.3.3.6).
//
// reads:  meta.l3_offset, meta.payload_offset
// writes: the packet, in place
// counts: icmp_echo_replies_sent
// drops:  icmp_malformed, icmp_unsupported
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`: replies go to `route`, in the VRF in which they were asked for.
void icmp_input(StageContext& context, Burst& burst, Lane& lane, Lane& route);

}  // namespace demarc::dp
