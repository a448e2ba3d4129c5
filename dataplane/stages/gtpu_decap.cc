#include "dataplane/stages/gtpu_decap.h"

#include <cstring>

#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/udp.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

constexpr size_t kTcpHeaderBytes = 20;  // RFC 9293 section 3.1, without options

// The transport header of a packet that has one at its start: whole, and not a tunnel in the tunnel. `readable` bytes
// may be read, of `total`.
uint8_t check_transport(const wire::Ipv4Header& ip, const uint8_t* transport, size_t readable, size_t total) {
  if (ip.fragment_offset() != 0) return kNotDropped;  // its ports were in another fragment
  if (ip.protocol == wire::kProtocolTcp)
    return total < kTcpHeaderBytes && !ip.more_fragments() ? code(DropReason::inner_malformed) : kNotDropped;
  if (ip.protocol != wire::kProtocolUdp) return kNotDropped;
  if (readable < sizeof(wire::UdpHeader)) return code(DropReason::inner_malformed);
  wire::UdpHeader udp;
  std::memcpy(&udp, transport, sizeof udp);
  return udp.destination_port.host() == wire::kGtpuPort ? code(DropReason::gtpu_in_gtpu) : kNotDropped;
}

uint8_t check_addresses(const wire::Ipv4Header& ip, const Pdr& pdr) {
  // The address that the session was given is the only one it may send from (TS 29.244 clause 5.2.1A.2, UE IP address
  // with S/D = 0). A PDR without one leaves the source open.
  if (pdr.ue_ipv4.raw() != 0 && ip.source != pdr.ue_ipv4) return code(DropReason::inner_source_spoofed);
  if (wire::ipv4_is_martian_source(ip.source.host()) || wire::ipv4_is_martian_destination(ip.destination.host()))
    return code(DropReason::ipv4_martian);
  return kNotDropped;
}

// kNotDropped when the T-PDU is a packet that may be forwarded; then the mbuf ends with it and meta.l3_offset is its.
uint8_t take_inner(rte_mbuf* mbuf, PacketMeta& meta) {
  const size_t offset = meta.payload_offset;
  const size_t readable = readable_bytes(mbuf, offset);
  uint8_t* const inner = bytes_at(mbuf, offset);
  const wire::Ipv4Parse parsed = wire::parse_ipv4_header(inner, readable, packet_bytes(mbuf, offset), true);
  if (parsed.error != wire::Ipv4Error::none) return code(DropReason::inner_malformed);
  auto& ip = *reinterpret_cast<wire::Ipv4Header*>(inner);
  uint8_t reason = check_addresses(ip, *meta.pdr);
  if (reason != kNotDropped) return reason;
  const size_t total = parsed.total_bytes - size_t{parsed.header_bytes};
  const size_t contiguous = readable - parsed.header_bytes;
  reason = check_transport(ip, inner + parsed.header_bytes, contiguous < total ? contiguous : total, total);
  if (reason != kNotDropped) return reason;
  if (!meta.far->outer_header_creation) {
    if (ip.ttl <= 1) return code(DropReason::ipv4_ttl_exceeded);
    wire::ipv4_decrement_ttl(ip);
  }
  cut_to(mbuf, static_cast<uint32_t>(offset + parsed.total_bytes));
  meta.l3_offset = static_cast<uint16_t>(offset);
  return kNotDropped;
}

}  // namespace

void gtpu_decap(StageContext& context, Burst& burst, Lane& lane, Lane& encap, Lane& route) {
  TenantSum uplink(context, Counter::uplink_packets, Counter::uplink_bytes);
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    const uint8_t reason = take_inner(burst.mbuf[i], meta);
    if (reason != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(reason));
      continue;
    }
    uplink.add(meta.tenant, packet_bytes(burst.mbuf[i], meta.l3_offset));
    (meta.far->outer_header_creation ? encap : route).push(i);
  }
  lane.clear();
}

}  // namespace demarc::dp
