// reassemble: fragments of UDP datagrams to our GTP-U endpoints, put together (worker/reassembly.h).
//
// reads:  meta.l3_offset, meta.ipv6, meta.vrf, meta.tenant
// writes: meta.l3_offset, meta.payload_offset; the datagram's IP header, as if it had never been cut
// counts: held_packets, consumed_packets, datagrams_reassembled
// drops:  fragment_malformed, fragment_overlap, fragment_table_full, fragment_timeout (of fragments before it);
//         ipv6_ext_malformed, ipv6_next_header_unsupported (of an IPv6 datagram that is not UDP)
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane` into `udp`: datagrams that are whole. Each counts as the fragment that came last.
void reassemble(StageContext& context, Burst& burst, Lane& lane, Lane& udp);

}  // namespace demarc::dp
