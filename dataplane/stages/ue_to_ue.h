// ue_to_ue: packets out of tunnels whose destination may be another UE of their core VRF. What is for one turns round
// here, where the VRF lets it (VrfRow::ue_to_ue): it goes on as a packet for that UE, with the rules of the other
// session, and never leaves the machine by the core. Where the VRF does not, it is dropped, and not left to whatever
// router comes next. A packet turns once at most: what goes into a tunnel does not come back here.
//
// reads:  meta.vrf, meta.tenant, meta.session, meta.l3_offset, meta.ipv6
// writes: of what turns: meta.teid, meta.endpoint, meta.qfi and the session's, as of a packet from the core; of what is
//         for no UE: its time to live or hop limit
// counts: uplink_packets, uplink_bytes of what turns, and its session's; notes uplink of the rest (usage.h)
// drops:  ue_to_ue_forbidden; ipv4_ttl_exceeded, ipv6_hop_limit_exceeded
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

struct UeToUeLanes {
  Lane& downlink;  // for session_downlink, which finds the session again: its owner may be another worker
  Lane& downlink_ipv6;
  Lane& route;  // for no UE: to the core, the hop taken off
  Lane& route_ipv6;
};

// Empties `lane` into the others.
void ue_to_ue(StageContext& context, Burst& burst, Lane& lane, UeToUeLanes out);

}  // namespace demarc::dp
