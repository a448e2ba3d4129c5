// What a core VRF asks of the packets from and to its UEs: their size and the TCP MSS. Shared by gtpu_decap and
// gtpu_encap; no stage itself.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// The core VRF of a packet whose PDR and FAR are known; null when it goes from tunnel to tunnel, or the VRF is gone.
const VrfRow* core_vrf(const Topology& topology, const PacketMeta& meta);

// Of the packet at meta.l3_offset, which is the UE's or for it, without any tunnel's header. Lowers the MSS of a SYN
// (tcp_mss_clamped); one that is too large and may be fragmented gets meta.fragment_inner. kNotDropped, or ue_too_big.
uint8_t limit_ue_packet(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta, const VrfRow& vrf);

// The one branch that a packet pays whose VRF asks for nothing.
inline uint8_t apply_ue_limits(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta) {
  const VrfRow* const vrf = core_vrf(context.topology(), meta);
  if (vrf == nullptr || (vrf->mtu | vrf->tcp_mss) == 0) [[likely]]
    return kNotDropped;
  return limit_ue_packet(context, mbuf, meta, *vrf);
}

}  // namespace demarc::dp
