// ipv4_input: what a router owes every IPv4 header (RFC 1812 section 5.2.2), and whether the packet is for us.
//
// reads:  meta.attachment, meta.vrf, meta.l3_offset, the frame's destination MAC address
// writes: meta.endpoint, meta.payload_offset (of local packets: what follows the IPv4 header); cuts Ethernet padding
// drops:  ipv4_truncated, ipv4_bad_version, ipv4_bad_header_length, ipv4_bad_checksum, ipv4_martian,
//         ipv4_link_broadcast, ipv4_fragment, ipv4_not_for_us, ipv4_protocol_unsupported
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`. To one of our addresses in the VRF: `icmp` or `udp`, or `fragments` for a GTP-U endpoint. Any other
// in a core VRF: `downlink`; fragments too, for nothing on that way needs ports.
void ipv4_input(StageContext& context, Burst& burst, Lane& lane, Lane& icmp, Lane& udp, Lane& downlink,
                Lane& fragments);

}  // namespace demarc::dp
