// ipv4_fragment: a packet that is larger than its way out takes, cut into fragments (RFC 791 section 3.2, RFC 6864), or
// the packet inside of a tunnel of ours, each fragment then in a tunnel header of its own.
//
// reads:  meta.egress, meta.l3_offset, meta.payload_offset, meta.ipv6, meta.fragment_inner, pdr and far of the metadata
// writes: the packet becomes the first fragment; the others get its metadata
// counts: ipv4_fragments_made, originated_packets (the fragments but the first)
// drops:  buffer_none (then none of the fragments is sent), encap_too_big (no room for even 8 bytes)
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Packet `i` of `burst` goes, as fragments, into the empty burst `out` and there into `route`, or `route_ipv6` when it
// is in a tunnel over IPv6. When it is dropped `out` stays empty.
void ipv4_fragment(StageContext& context, Burst& burst, uint8_t i, Burst& out, Lane& route, Lane& route_ipv6);

}  // namespace demarc::dp
