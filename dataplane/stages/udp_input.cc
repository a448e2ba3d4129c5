#include "dataplane/stages/udp_input.h"

#include <cstring>

#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/packet_checksum.h"

namespace demarc::dp {
namespace {

// NONE is DPDK's word for: the field may be wrong, yet the data are known to be intact (a packet of the same host).
bool nic_vouches(const rte_mbuf* mbuf) {
  const uint64_t flags = mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
  return flags == RTE_MBUF_F_RX_L4_CKSUM_GOOD || flags == RTE_MBUF_F_RX_L4_CKSUM_NONE;
}

template <class Header>
wire::ChecksumSum pseudo_header_sum(const rte_mbuf* mbuf, const PacketMeta& meta, const wire::UdpParse& udp) {
  Header ip;
  std::memcpy(static_cast<void*>(&ip), rte_pktmbuf_mtod_offset(mbuf, const uint8_t*, meta.l3_offset), sizeof ip);
  return wire::udp_pseudo_header_sum(ip.source, ip.destination, udp.datagram_bytes);
}

// kNotDropped, or the DropReason.
uint8_t check_checksum(const rte_mbuf* mbuf, const PacketMeta& meta, const wire::UdpParse& udp, bool is_tunnel) {
  // RFC 768: none. Over IPv6 that is only allowed where a tunnel's end expects it (RFC 8200 section 8.1, RFC 6935
  // section 5): what is inside has its own checksums.
  if (udp.header.checksum.raw() == 0)
    return meta.ipv6 && !is_tunnel ? code(DropReason::udp_checksum_missing) : kNotDropped;
  if (nic_vouches(mbuf)) return kNotDropped;
  const wire::ChecksumSum sum = meta.ipv6 ? pseudo_header_sum<wire::Ipv6Header>(mbuf, meta, udp)
                                          : pseudo_header_sum<wire::Ipv4Header>(mbuf, meta, udp);
  return checksum_is_right(mbuf, meta.payload_offset, udp.datagram_bytes, sum) ? kNotDropped
                                                                               : code(DropReason::udp_bad_checksum);
}

}  // namespace

void udp_input(StageContext&, Burst& burst, Lane& lane) {
  keep_if(lane, [&burst](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const size_t offset = meta.payload_offset;
    const wire::UdpParse udp =
        wire::parse_udp(bytes_at(mbuf, offset), readable_bytes(mbuf, offset), packet_bytes(mbuf, offset));
    if (!udp.well_formed) {
      drop(burst, i, DropReason::udp_malformed);
      return false;
    }
    const bool is_tunnel = udp.header.destination_port.host() == wire::kGtpuPort && meta.endpoint != kNoEndpoint;
    if (const uint8_t reason = check_checksum(mbuf, meta, udp, is_tunnel); reason != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(reason));
      return false;
    }
    if (!is_tunnel) {
      drop(burst, i, DropReason::udp_port_closed);
      return false;
    }
    cut_to(mbuf, static_cast<uint32_t>(offset + udp.datagram_bytes));
    meta.payload_offset = static_cast<uint16_t>(offset + sizeof(wire::UdpHeader));
    return true;
  });
}

}  // namespace demarc::dp
