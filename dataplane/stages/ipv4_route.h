// ipv4_route: the longest-prefix route in the VRF where the packet is now (RFC 1812 section 5.2.4), and its MTU.
//
// reads:  meta.vrf, meta.tenant, meta.teid, meta.far, meta.l3_offset; the destination address
// writes: meta.egress, meta.next_hop, meta.fragment_inner (oversize.h)
// drops:  route_none, route_to_ourselves (of a UE's packets also to our addresses in the tenant's other VRFs),
//         route_broadcast, encap_too_big, ipv4_too_big, ue_too_big
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` packets that have a next hop; those that are too large for it and may be cut go to `oversize`. A VRF
// or an attachment of another tenant than the packet's is none: a session may outlive its VRF by a moment, and the slot
// may be somebody else's by then.
void ipv4_route(StageContext& context, Burst& burst, Lane& lane, Lane& oversize);

}  // namespace demarc::dp
