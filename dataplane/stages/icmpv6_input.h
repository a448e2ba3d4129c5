// icmpv6_input: echo requests to our addresses become replies (RFC 4443 section 4.2); neighbor discovery goes on.
//
// reads:  meta.l3_offset, meta.payload_offset
// writes: the packet, in place; meta.l3_offset (extension headers are not sent back)
// counts: icmpv6_echo_replies_sent
// drops:  icmpv6_malformed, icmpv6_unsupported
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`: replies go to `route`, in the VRF in which they were asked for, neighbor discovery to `nd`. An echo
// request to a group is not answered: it would be one question and many answers.
void icmpv6_input(StageContext& context, Burst& burst, Lane& lane, Lane& nd, Lane& route);

}  // namespace demarc::dp
