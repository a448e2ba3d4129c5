// gtpu_encap: outer header creation GTP-U/UDP/IPv4 or GTP-U/UDP/IPv6 (TS 29.244 clause 8.2.56), with a PDU Session
// Container when there is a QFI to mark (TS 38.415 clause 5.5.2.1).
//
// reads:  pdr and far of the metadata, meta.qfi, meta.l3_offset, meta.ipv6, meta.made_here
// writes: meta.l3_offset, meta.ipv6 (of the outer header, or as it was), meta.payload_offset; the packet's time to live
// or
//         hop limit, its ToS or the outer header's (marking.h), the MSS of a SYN (ue_limits.h), meta.fragment_inner
// counts: nothing; notes downlink of what came from the core side and is not our own (usage.h)
// drops:  ue_too_big, ipv4_ttl_exceeded, ipv6_hop_limit_exceeded, encap_too_big (more than an IPv4 packet can be),
// encap_no_headroom
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane` into the route of the family that the packets have then. A packet whose FAR creates no outer header
// only has its hop taken off.
void gtpu_encap(StageContext& context, Burst& burst, Lane& lane, Lane& route, Lane& route_ipv6);

}  // namespace demarc::dp
