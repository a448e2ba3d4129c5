#include "dataplane/stages/gtpu_encap.h"

#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "dataplane/stages/flow_hash.h"
#include "dataplane/stages/hop.h"
#include "dataplane/stages/marking.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/ue_limits.h"
#include "dataplane/stages/usage.h"

namespace demarc::dp {
namespace {

constexpr size_t kOuterBytesMax = 65'535;  // of an IPv4 packet; IPv6 could have 40 more

// Makes the mbuf's data start `bytes` before the IP header that is at `l3_offset` now. Null when there is no room.
[[gnu::always_inline]] inline uint8_t* room_before(rte_mbuf* mbuf, uint16_t l3_offset, size_t bytes) {
  if (size_t{l3_offset} + rte_pktmbuf_headroom(mbuf) < bytes) return nullptr;
  if (l3_offset >= bytes)
    return reinterpret_cast<uint8_t*>(rte_pktmbuf_adj(mbuf, static_cast<uint16_t>(l3_offset - bytes)));
  return reinterpret_cast<uint8_t*>(rte_pktmbuf_prepend(mbuf, static_cast<uint16_t>(bytes - l3_offset)));
}

// All tunnels' packets of one tunnel have one flow label, so that they take one way (RFC 6438); which, is of no
// meaning.
uint32_t flow_label_of(Teid teid) { return teid.value * 0x9e3779b9u >> 12; }

void write_outer_ip(StageContext& context, uint8_t* out, size_t outer, const Far& far, uint8_t tos) {
  wire::write_ipv4(out, static_cast<uint16_t>(outer), kOurHopLimit, wire::kProtocolUdp, far.local_ipv4, far.peer_ipv4,
                   tos, context.take_identification(), far.outer_dont_fragment);
}

void write_outer_ip(uint8_t* out, size_t outer, const Far& far, const OuterIpv6& addresses, uint8_t tos) {
  wire::write_ipv6(out, static_cast<uint16_t>(outer - sizeof(wire::Ipv6Header)), wire::kProtocolUdp, kOurHopLimit,
                   addresses.local, addresses.peer, flow_label_of(far.teid), tos);
}

// TS 29.281 4.4.2.3 leaves a G-PDU's source port to its sender: one of the dynamic ports (RFC 6335), by the flow
// inside, so that routers and receivers with several queues spread a tunnel's flows and keep each in order.
uint16_t source_port_of(rte_mbuf* mbuf, const PacketMeta& meta, Teid teid) {
  constexpr uint16_t kDynamicPorts = 0xc000;
  const uint64_t hash = meta.opaque ? hash_mix(teid.value, 0)
                                    : inner_flow_hash(mbuf, meta.l3_offset, teid.value);  // of no flow: by its tunnel
  return static_cast<uint16_t>(kDynamicPorts | hash >> 24);
}

uint8_t inner_tos(rte_mbuf* mbuf, const PacketMeta& meta) {
  const uint8_t* const packet = bytes_at(mbuf, meta.l3_offset);
  return meta.ipv6 ? reinterpret_cast<const wire::Ipv6Header*>(packet)->traffic_class()
                   : reinterpret_cast<const wire::Ipv4Header*>(packet)->type_of_service;
}

void mark_inner(rte_mbuf* mbuf, const PacketMeta& meta, const Far& far) {
  uint8_t* const packet = bytes_at(mbuf, meta.l3_offset);
  if (meta.ipv6) {
    mark(far, *reinterpret_cast<wire::Ipv6Header*>(packet));
  } else {
    mark(far, *reinterpret_cast<wire::Ipv4Header*>(packet));
  }
}

wire::PscMark psc_mark(const PacketMeta& meta) {
  const uint8_t marks = meta.psc_marks;
  if (meta.qfi == kQfiNone || marks == 0 || meta.far().to_core) return {meta.qfi};  // UL has neither RQI nor PPI
  return {meta.qfi, (marks & kMarkRqi) != 0,
          (marks & kMarkPpp) != 0 ? static_cast<uint8_t>(marks & kMarkPpiMask) : wire::kGtpuNoPagingPolicy};
}

// What is made here is no usage; a Router Advertisement that N9 relays only keeps its hop limit as if it were.
bool is_our_own(const PacketMeta& meta) { return meta.made_here && meta.pdr().teid == Teid{0}; }

// kNotDropped when the outer headers are there.
[[gnu::always_inline]] inline uint8_t put_outer_headers(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta,
                                                        const Far& far) {
  const bool over_ipv6 = far.outer_ipv6 != 0;
  const size_t inner = packet_bytes(mbuf, meta.l3_offset);
  const size_t ip_header = over_ipv6 ? sizeof(wire::Ipv6Header) : sizeof(wire::Ipv4Header);
  const wire::PscMark mark = psc_mark(meta);
  const size_t headers = ip_header + sizeof(wire::UdpHeader) + wire::gtpu_gpdu_header_bytes(mark);
  const size_t outer = headers + inner;
  if (outer > kOuterBytesMax) return code(DropReason::encap_too_big);
  const uint8_t tos = (far.tos_mask | uint8_t{far.copy_dscp}) == 0
                          ? 0
                          : outer_tos(far, meta.opaque ? uint8_t{0} : inner_tos(mbuf, meta));
  const uint16_t source_port = source_port_of(mbuf, meta, far.teid);
  uint8_t* const out = room_before(mbuf, meta.l3_offset, headers);
  if (out == nullptr) return code(DropReason::encap_no_headroom);
  if (over_ipv6) {
    write_outer_ip(out, outer, far, meta.session->outer_ipv6(far), tos);
  } else {
    write_outer_ip(context, out, outer, far, tos);
  }
  // Checksum 0: allowed over IPv4 (RFC 768), over IPv6 for the packets of a tunnel (RFC 6935 section 5, RFC 6936
  // section 4), and the inner packet has its own.
  wire::write_udp(out + ip_header, source_port, wire::kGtpuPort, static_cast<uint16_t>(outer - ip_header));
  wire::write_gtpu_gpdu(out + ip_header + sizeof(wire::UdpHeader), far.teid, static_cast<uint16_t>(inner), mark,
                        far.to_core ? wire::PscPduType::uplink : wire::PscPduType::downlink);
  meta.l3_offset = 0;
  meta.payload_offset = static_cast<uint16_t>(headers);
  meta.ipv6 = over_ipv6;
  return kNotDropped;
}

}  // namespace

void gtpu_encap(StageContext& context, Burst& burst, Lane& lane, Lane& route, Lane& route_ipv6) {
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const size_t inner = packet_bytes(mbuf, meta.l3_offset);
    // What is no IP has no hops and no size but its own, and goes nowhere but into a tunnel.
    uint8_t reason = kNotDropped;
    if (meta.opaque) [[unlikely]] {
      if (!meta.far().outer_header_creation) reason = code(DropReason::far_drop);
    } else {
      reason = take_hop(mbuf, meta);
      if (reason == kNotDropped && meta.pdr().source_core) reason = apply_ue_limits(context, mbuf, meta);
    }
    if (const Far& far = meta.far(); reason == kNotDropped && !far.outer_header_creation) {
      mark_inner(mbuf, meta, far);
    } else if (reason == kNotDropped) {
      reason = put_outer_headers(context, mbuf, meta, far);
    }
    if (reason == kNotDropped) {
      if (meta.pdr().source_core && !is_our_own(meta)) note_downlink(burst, i, inner);
      (meta.ipv6 ? route_ipv6 : route).push(i);
    } else {
      drop(burst, i, static_cast<DropReason>(reason));
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
