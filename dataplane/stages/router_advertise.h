// router_advertise: a Router Solicitation from a UE is answered with a Router Advertisement for its prefix, so that the
// UE can make its address (TS 23.501 clause 5.8.2.2.2, TS 29.561 clause 10.2.2, RFC 4861 section 6.2.6).
//
// reads:  meta.session, meta.attachment, meta.l3_offset (the solicitation)
// writes: the packet, in its place; pdr and far of the metadata, meta.qfi, meta.vrf, meta.made_here
// counts: router_advertisements_sent
// drops:  ue_prefix_none, qer_gate_closed, far_drop, encap_no_headroom
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane` into `encap`: the answer takes the way of a downlink packet to the prefix, by the first PDR of source
// interface core that has one. It comes from the link-local address that we have where the solicitation came in. One
// question, one answer, back into the tunnel that it came from.
void router_advertise(StageContext& context, Burst& burst, Lane& lane, Lane& encap);

}  // namespace demarc::dp
