#include "dataplane/stages/oversize.h"

#include <algorithm>

#include "dataplane/stages/packet.h"
#include "dataplane/stages/ue_limits.h"

namespace demarc::dp {

uint8_t judge_oversize(rte_mbuf* mbuf, PacketMeta& meta, const AttachmentRow& egress) {
  const bool tunnel = in_own_tunnel(meta);
  // Nobody could put together again what is no IP, nor be told to send less.
  if (meta.opaque) {
    const bool may_be_cut = !meta.ipv6 && !meta.far().outer_dont_fragment && egress.fragment_ipv4;
    return may_be_cut ? kNotDropped : code(DropReason::encap_too_big);
  }
  const size_t offset = tunnel ? meta.payload_offset : meta.l3_offset;
  if (egress.fragment_ipv4 && may_be_fragmented(mbuf, offset)) {
    if (tunnel && (meta.ipv6 || meta.far().outer_dont_fragment)) meta.fragment_inner = true;
    return kNotDropped;
  }
  if (tunnel) return code(DropReason::encap_too_big);
  if (meta.fragment_inner) return code(DropReason::ue_too_big);
  return code(meta.ipv6 ? DropReason::ipv6_too_big : DropReason::ipv4_too_big);
}

uint32_t sender_mtu(const Topology& topology, const PacketMeta& meta) {
  const AttachmentRow* const egress = topology.attachment_or_null(meta.egress);
  uint32_t mtu = egress == nullptr ? 0 : egress->mtu;
  if (in_own_tunnel(meta)) mtu -= std::min<uint32_t>(mtu, meta.payload_offset - uint32_t{meta.l3_offset});
  if (!meta.has_pdr()) return mtu;
  const VrfRow* const vrf = core_vrf(topology, meta);
  return vrf == nullptr || vrf->mtu == 0 ? mtu : std::min<uint32_t>(mtu, vrf->mtu);
}

}  // namespace demarc::dp
