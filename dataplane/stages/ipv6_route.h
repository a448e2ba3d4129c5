// ipv6_route: the longest-prefix route in the VRF where the packet is now, and its MTU; of what demarc answers to a
// link-local address the link that it came from.
//
// reads:  meta.vrf, meta.tenant, meta.teid, meta.attachment, far of the metadata, meta.l3_offset; the packet's
//         destination address
// writes: meta.egress, meta.next_hop, meta.fragment_inner (oversize.h)
// drops:  route_none, route_to_ourselves (of a UE's packets also to our addresses in the tenant's other VRFs),
//         encap_too_big, ipv6_too_big, ue_too_big
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` packets that have a next hop; those that are too large for it and may be cut go to `oversize`. A VRF
// or an attachment of another tenant than the packet's is none.
void ipv6_route(StageContext& context, Burst& burst, Lane& lane, Lane& oversize);

}  // namespace demarc::dp
