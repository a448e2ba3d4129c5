// nd_input: answers Neighbor Solicitations for our addresses, and tells the agent who is where (RFC 4861 section 7.2).
//
// reads:  meta.attachment, meta.vrf, meta.tenant, meta.l3_offset, meta.payload_offset
// writes: meta.egress, meta.fate (consumed)
// counts: nd_advertisements_sent, consumed_packets
// drops:  nd_malformed, nd_not_for_us, nd_address_conflict, nd_unsupported, agent_queue_full (an advertisement that the
//         agent could not be told), encap_no_headroom
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`, whose packets are ICMPv6 with a right checksum. Solicitations become complete advertisements in
// `output`, to go out where they came in. Ours are the attachment's addresses and GTP-U endpoints of its VRF that lie
// in its prefix. Of a solicitation the sender is told to the agent when that is news. An advertisement is told when
// somebody asked for it, that is, when the neighbor table knows its target; a neighbor that is known by another MAC
// address is believed only with the Override flag (section 7.2.5). Routers' messages are not listened to: routes are
// configured.
void nd_input(StageContext& context, Burst& burst, Lane& lane, Lane& output);

}  // namespace demarc::dp
