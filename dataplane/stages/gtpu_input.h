// gtpu_input: the GTP-U header and its extension headers (TS 29.281 clause 5), and signalling (clauses 7.2, 7.3).
//
// Every tunnel ends here: outer headers are removed and made anew. So of the two upper bits of an extension header's
// type (clause 5.2.1) 00 and 01 mean that we may pass over one that is unknown, and 10 and 11 that we had to understand
// it: then the message is dropped and its sender hears which ones we do.
//
// reads:  meta.l3_offset, meta.ipv6, meta.payload_offset, meta.endpoint
// writes: meta.teid, meta.end_marker, meta.qfi (of the PDU Session Container), meta.payload_offset (to the T-PDU); cuts
// what is behind
//         the message
// counts: gtpu_echo_responses_sent, gtpu_echo_responses_received, gtpu_error_indications_received,
//         gtpu_extension_notifications_sent, gtpu_extension_notifications_received, consumed_packets
// drops:  gtpu_truncated, gtpu_bad_version, gtpu_bad_length, gtpu_ext_len_zero, gtpu_ext_truncated, gtpu_ext_too_many,
//         gtpu_ext_unknown, gtpu_psc_malformed, gtpu_message_unsupported, gtpu_teid_zero, gtpu_echo_teid_not_zero,
//         gtpu_control_malformed, agent_queue_full, encap_no_headroom (no room for an Echo Response)
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

struct GtpuLanes {
  Lane& uplink;       // G-PDUs
  Lane& end_markers;  // with a TEID that is not 0
  Lane& route;        // Echo Responses, from the address that was asked
  Lane& route_ipv6;
};

// Empties `lane`. What the agent must hear of is told to it, and consumed.
void gtpu_input(StageContext& context, Burst& burst, Lane& lane, GtpuLanes out);

}  // namespace demarc::dp
