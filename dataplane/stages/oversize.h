// What becomes of a packet that is larger than its way out takes. Shared by the route stages, ipv4_fragment and
// icmp_error; no stage itself.
//
// Of a packet in a tunnel the choice is: what its sender does not allow to be cut (IPv4 with DF, IPv6) is dropped, so
// that the sender hears of it and sends smaller ones; what may be cut is cut outside of the tunnel over IPv4, unless
// the endpoint's outer_dont_fragment says no, and inside of it otherwise. An operator who would rather not have the gNB
// put packets together (TS 29.281 clause 4.2.2 wants fragmentation avoided, and TS 23.060 clause 9.3 the MTU of the UEs
// set so) sets outer_dont_fragment, or the core VRF's MTU below the access attachment's by the tunnel's headers.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Of a packet at meta.l3_offset that is larger than `egress` takes, or that has meta.fragment_inner. kNotDropped: it is
// for ipv4_fragment.
uint8_t judge_oversize(rte_mbuf* mbuf, PacketMeta& meta, const AttachmentRow& egress);

// The largest IP packet of the sender that fits: without the tunnel's headers, and not above the core VRF's MTU.
// Of a packet with meta.egress set.
uint32_t sender_mtu(const Topology& topology, const PacketMeta& meta);

}  // namespace demarc::dp
