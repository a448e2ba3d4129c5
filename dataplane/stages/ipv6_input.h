// ipv6_input: what a router owes every IPv6 header (RFC 8200), and whether the packet is for us.
//
// reads:  meta.attachment, meta.vrf, meta.l3_offset, the frame's destination MAC address
// writes: meta.endpoint, meta.payload_offset (of local packets: what follows the extension headers); cuts Ethernet
//         padding
// drops:  ipv6_not_enabled, ipv6_truncated, ipv6_bad_version, ipv6_martian, ipv6_multicast, ipv6_group_frame,
//         ipv6_link_local, ipv6_ext_malformed, ipv6_routing_header, ipv6_fragment, ipv6_not_for_us,
//         ipv6_next_header_unsupported
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`. To one of our addresses in the VRF, to the attachment's link-local address or to a group of theirs:
// `icmpv6` or `udp`, or `fragments` for a GTP-U endpoint. Any other in a core VRF: `downlink`; fragments too, for
// nothing on that way needs ports.
void ipv6_input(StageContext& context, Burst& burst, Lane& lane, Lane& icmpv6, Lane& udp, Lane& downlink,
                Lane& fragments);

}  // namespace demarc::dp
