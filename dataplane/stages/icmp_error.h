// icmp_error: what the sender is told of a packet that is dropped (RFC 792, RFC 1812 section 4.3.2 and 5; RFC 4443
// sections 2.4 and 3). Called for each drop at the end of the pipeline (end.h); most reasons are told to nobody.
//
// An error about a packet that came out of a tunnel goes back into it, by the session that has its source; any other is
// routed where the packet came in. Never about ICMP errors, what was for many or from nobody in particular, fragments
// but the first, and what we made ourselves. Rate-limited for each tenant and each receiver (answer_limiter.h).
//
// reads:  meta.drop, meta.teid, meta.attachment, meta.vrf, meta.l3_offset, meta.payload_offset, meta.egress, far of the
//         metadata; the packet
// counts: icmp_errors_sent, icmpv6_errors_sent, originated_packets, answers_suppressed
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Packet `i` of the burst has been dropped and not been freed yet.
void answer_drop(StageContext& context, Burst& burst, uint8_t i);

}  // namespace demarc::dp
