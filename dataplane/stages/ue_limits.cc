#include "dataplane/stages/ue_limits.h"

#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/tcp.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

constexpr uint16_t kIpv6HeaderIsLarger = 20;

// Where the TCP header of the packet is, from the mbuf's start; 0: it has none at its start.
size_t tcp_offset(rte_mbuf* mbuf, const PacketMeta& meta) {
  const size_t offset = meta.l3_offset;
  const uint8_t* const packet = bytes_at(mbuf, offset);
  if (meta.ipv6) {
    const wire::Ipv6Extensions extensions =
        wire::walk_ipv6_extensions(packet, readable_bytes(mbuf, offset), packet_bytes(mbuf, offset));
    const bool tcp = extensions.error == wire::Ipv6ExtensionError::none && extensions.first_fragment &&
                     extensions.protocol == wire::kProtocolTcp;
    return tcp ? offset + extensions.header_bytes : 0;
  }
  const auto& ip = *reinterpret_cast<const wire::Ipv4Header*>(packet);
  return ip.protocol == wire::kProtocolTcp && ip.fragment_offset() == 0 ? offset + ip.header_bytes() : 0;
}

void clamp_mss(StageContext& context, rte_mbuf* mbuf, const PacketMeta& meta, uint16_t mss) {
  const size_t at = tcp_offset(mbuf, meta);
  if (at == 0) return;
  if (meta.ipv6) mss = static_cast<uint16_t>(mss - kIpv6HeaderIsLarger);
  if (wire::tcp_clamp_mss(bytes_at(mbuf, at), readable_bytes(mbuf, at), mss))
    context.counters(meta.tenant).add(Counter::tcp_mss_clamped, 1);
}

}  // namespace

const VrfRow* core_vrf(const Topology& topology, const PacketMeta& meta) {
  const VrfRow* const vrf = topology.vrf(meta.pdr().source_core ? meta.pdr().vrf : meta.vrf);
  return vrf != nullptr && vrf->core && vrf->tenant == meta.tenant ? vrf : nullptr;
}

uint8_t limit_ue_packet(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta, const VrfRow& vrf) {
  if (vrf.tcp_mss != 0) clamp_mss(context, mbuf, meta, vrf.tcp_mss);
  if (vrf.mtu == 0 || packet_bytes(mbuf, meta.l3_offset) <= vrf.mtu) return kNotDropped;
  if (!may_be_fragmented(mbuf, meta.l3_offset)) return code(DropReason::ue_too_big);
  meta.fragment_inner = true;
  return kNotDropped;
}

}  // namespace demarc::dp
