// gtpu_decap: outer header removal (TS 29.244 clause 8.2.64), and the checks that the packet inside owes us.
//
// reads:  meta.payload_offset, meta.ipv6, meta.session, pdr and far of the metadata
// writes: meta.l3_offset (to the inner header); cuts what is behind the inner packet; the inner time to live and
//         ToS (marking.h), the MSS of a SYN (ue_limits.h), meta.fragment_inner; the peer that the tunnel learns
// counts: tcp_mss_clamped; notes uplink, or downlink out of N9 (usage.h)
// drops:  inner_malformed, inner_source_spoofed, inner_destination_wrong (out of N9), ipv4_martian, gtpu_in_gtpu,
//         ipv4_ttl_exceeded, gtpu_peer_unexpected (another was learned in the same burst); of IPv6 inside
//         ipv6_ext_malformed, ipv6_routing_header, ipv6_multicast, ipv6_link_local, ipv6_martian,
//         ipv6_hop_limit_exceeded, nd_malformed, inner_nd; by the core VRF's word inner_ipv4_options,
//         inner_routing_header, ue_too_big; of what is no IP inner_frame_malformed, far_drop (no FAR that could take
//         it)
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

struct DecapLanes {
  Lane& encap;                // whose FAR creates an outer header again; gtpu_encap takes the hop off
  Lane& route;                // IPv4 to the core, the hop taken off
  Lane& route_ipv6;           // IPv6 to the core, the hop taken off
  Lane& router_solicitation;  // from the UE, to be answered
  Lane& bridge;               // frames to an Ethernet network
  Lane& ue_to_ue;             // to the core, where the destination may be another UE; ue_to_ue goes on with it
};

// Empties `lane` into the others.
void gtpu_decap(StageContext& context, Burst& burst, Lane& lane, DecapLanes out);

}  // namespace demarc::dp
