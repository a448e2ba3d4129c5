// neighbor_output: the next hop's MAC address, and the frame that leaves.
//
// reads:  meta.egress, meta.next_hop, meta.l3_offset, meta.tenant
// writes: the Ethernet header with the egress attachment's tag; meta.fate (held)
// counts: held_packets
// drops:  neighbor_unresolved, neighbor_hold_full, table_changed, encap_no_headroom
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`: complete frames go to `output`; packets whose next hop is not known yet are held, and the agent is
// told of them. One for each family: IPv4 and IPv6 packets do not share a lane here.
void neighbor_output(StageContext& context, Burst& burst, Lane& lane, Lane& output);
void neighbor_output_ipv6(StageContext& context, Burst& burst, Lane& lane, Lane& output);

}  // namespace demarc::dp
