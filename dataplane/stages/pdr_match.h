// pdr_match: the session's first PDR, in order of precedence, that matches the packet (TS 29.244 clause 5.2.1), its
// gate (8.2.7) and its FAR (5.2.1A).
//
// reads:  meta.session, meta.vrf, meta.endpoint, meta.teid, meta.qfi, meta.l3_offset, meta.ipv6; of a packet from a
// tunnel
//         the IP version inside (meta.payload_offset), of any other the destination address, which is the UE's or in a
//         framed route; meta.psc_marks
// writes: pdr and far of the metadata, meta.qfi (to mark; 255: none) and meta.psc_marks, as they came where a packet
// goes from tunnel to tunnel and no QER marks it, meta.vrf (the FAR's network instance), meta.ipv6 (of a
//         packet from a tunnel: what is inside)
// drops:  pdr_no_match, qer_gate_closed, far_drop; gtpu_psc_malformed (a PDU Session Container of the other direction);
// of a session with SDF filters, too, what makes a packet from a tunnel
//         unreadable: inner_malformed, ipv6_ext_malformed, ipv6_routing_header
//
// A session with filters or more than four PDRs has its rules compiled (tables/rule_classifier.h); any other's PDRs are
// looked at one by one.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` packets that are to be forwarded. meta.teid says the direction: 0 is from the core.
void pdr_match(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
