#include "dataplane/stages/gtpu_encap.h"

#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

constexpr uint8_t kOuterTtl = 64;
constexpr size_t kOuterBytesMax = 65'535;  // of an IPv4 packet

// Makes the mbuf's data start `bytes` before the IP header that is at `l3_offset` now. Null when there is no room.
uint8_t* room_before(rte_mbuf* mbuf, uint16_t l3_offset, size_t bytes) {
  if (size_t{l3_offset} + rte_pktmbuf_headroom(mbuf) < bytes) return nullptr;
  if (l3_offset >= bytes)
    return reinterpret_cast<uint8_t*>(rte_pktmbuf_adj(mbuf, static_cast<uint16_t>(l3_offset - bytes)));
  return reinterpret_cast<uint8_t*>(rte_pktmbuf_prepend(mbuf, static_cast<uint16_t>(bytes - l3_offset)));
}

// kNotDropped when the outer headers are there.
uint8_t put_outer_headers(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta) {
  const size_t inner = packet_bytes(mbuf, meta.l3_offset);
  const size_t gtpu_header = wire::gtpu_gpdu_header_bytes(meta.qfi);
  const size_t headers = sizeof(wire::Ipv4Header) + sizeof(wire::UdpHeader) + gtpu_header;
  const size_t outer = headers + inner;
  if (outer > kOuterBytesMax) return code(DropReason::encap_too_big);
  uint8_t* const out = room_before(mbuf, meta.l3_offset, headers);
  if (out == nullptr) return code(DropReason::encap_no_headroom);
  // The DF bit is not set: what the path to the access network makes smaller is put together there, not here.
  wire::write_ipv4(out, static_cast<uint16_t>(outer), kOuterTtl, wire::kProtocolUdp, meta.far->local_ipv4,
                   meta.far->peer_ipv4, /*type_of_service=*/0, context.next_identification++);
  // Checksum 0: allowed over IPv4 (RFC 768), and the inner packet has its own.
  wire::write_udp(out + sizeof(wire::Ipv4Header), wire::kGtpuPort, wire::kGtpuPort,
                  static_cast<uint16_t>(outer - sizeof(wire::Ipv4Header)));
  wire::write_gtpu_gpdu(out + sizeof(wire::Ipv4Header) + sizeof(wire::UdpHeader), meta.far->teid,
                        static_cast<uint16_t>(inner), meta.qfi);
  meta.l3_offset = 0;
  return kNotDropped;
}

}  // namespace

void gtpu_encap(StageContext& context, Burst& burst, Lane& lane, Lane& route) {
  TenantSum downlink(context, Counter::downlink_packets, Counter::downlink_bytes);
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const size_t inner = packet_bytes(mbuf, meta.l3_offset);
    auto& ip = *reinterpret_cast<wire::Ipv4Header*>(bytes_at(mbuf, meta.l3_offset));
    uint8_t reason = kNotDropped;
    if (ip.ttl <= 1) {
      reason = code(DropReason::ipv4_ttl_exceeded);
    } else {
      wire::ipv4_decrement_ttl(ip);
      if (meta.far->outer_header_creation) {
        reason = put_outer_headers(context, mbuf, meta);
        if (reason == kNotDropped && meta.pdr->source_core) downlink.add(meta.tenant, inner);
      }
    }
    if (reason == kNotDropped) {
      route.push(i);
    } else {
      drop(burst, i, static_cast<DropReason>(reason));
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
