// arp_input: answers requests for our addresses, and tells the agent who is where (RFC 826).
//
// reads:  meta.attachment, meta.vrf, meta.tenant, meta.l3_offset
// writes: meta.egress, meta.fate (consumed)
// counts: arp_replies_sent, consumed_packets
// drops:  arp_malformed, arp_not_for_us, arp_address_conflict, agent_queue_full (a reply that the agent could not be
//         told, or an announcement with news), encap_no_headroom
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`. Requests become complete replies in `output`, to go out where they came in. Ours are the attachment's
// address and GTP-U endpoints of its VRF that lie in its prefix. Of a request the sender is told to the agent when that
// is news; of a reply always, for the agent may have asked only whether the neighbor is still there. A station that
// announces itself (RFC 5227 section 3) is news when we know it by another MAC address. Senders outside the
// attachment's prefix are answered but not learnt.
void arp_input(StageContext& context, Burst& burst, Lane& lane, Lane& output);

}  // namespace demarc::dp
