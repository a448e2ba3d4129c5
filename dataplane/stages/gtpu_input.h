// gtpu_input: the GTP-U header and its extension headers (TS 29.281 clause 5), and the path's Echo (clause 7.2).
//
// reads:  meta.l3_offset, meta.ipv6, meta.payload_offset
// writes: meta.teid, meta.qfi (of the PDU Session Container), meta.payload_offset (to the T-PDU); cuts what is behind
//         the message
// counts: gtpu_echo_responses_sent
// drops:  gtpu_truncated, gtpu_bad_version, gtpu_bad_length, gtpu_ext_len_zero, gtpu_ext_truncated, gtpu_ext_too_many,
//         gtpu_ext_unknown, gtpu_psc_malformed, gtpu_message_unsupported, gtpu_teid_zero, gtpu_echo_teid_not_zero,
//         encap_no_headroom (no room for an Echo Response)
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`: G-PDUs go to `uplink`, Echo Responses to the `route` of their family, from the address
// that was asked.
void gtpu_input(StageContext& context, Burst& burst, Lane& lane, Lane& uplink, Lane& route, Lane& route_ipv6);

}  // namespace demarc::dp
