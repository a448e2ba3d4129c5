// udp_input: UDP to our addresses, over both families (RFC 768, RFC 8200 section 8.1).
//
// reads:  meta.l3_offset, meta.ipv6, meta.payload_offset, meta.endpoint
// writes: meta.payload_offset (to the UDP payload); cuts what is behind the datagram
// drops:  udp_malformed, udp_bad_checksum, udp_checksum_missing, udp_port_closed
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` datagrams for port 2152 of a GTP-U endpoint. A checksum of 0 is none, and over IPv6 only taken
// there; one that the NIC has found right is believed.
void udp_input(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
