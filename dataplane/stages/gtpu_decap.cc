#include "dataplane/stages/gtpu_decap.h"

#include <algorithm>
#include <cstring>

#include "common/wire/ethernet.h"
#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/nd.h"
#include "common/wire/tcp.h"
#include "common/wire/udp.h"
#include "dataplane/stages/ipv6_checks.h"
#include "dataplane/stages/learned_peer.h"
#include "dataplane/stages/marking.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/ue_limits.h"
#include "dataplane/stages/usage.h"

namespace demarc::dp {
namespace {

// What a packet inside has behind its IP headers.
struct Transport {
  uint8_t protocol;
  bool first_fragment;  // or no fragment at all
  bool more_fragments;
  const uint8_t* data;
  size_t readable;
  size_t total;
};

// The transport header of a packet that has one at its start: whole, and not a tunnel in the tunnel.
[[gnu::always_inline]] inline uint8_t check_transport(const Transport& t) {
  if (!t.first_fragment) return kNotDropped;  // its ports were in another fragment
  if (t.protocol == wire::kProtocolTcp)
    return t.total < wire::kTcpHeaderBytes && !t.more_fragments ? code(DropReason::inner_malformed) : kNotDropped;
  if (t.protocol != wire::kProtocolUdp) return kNotDropped;
  if (t.readable < sizeof(wire::UdpHeader)) return code(DropReason::inner_malformed);
  wire::UdpHeader udp;
  std::memcpy(&udp, t.data, sizeof udp);
  return udp.destination_port.host() == wire::kGtpuPort ? code(DropReason::gtpu_in_gtpu) : kNotDropped;
}

uint8_t wrong_address(const Pdr& pdr) {
  return code(pdr.source_core ? DropReason::inner_destination_wrong : DropReason::inner_source_spoofed);
}

// The address that the session was given is the only one it may send from (TS 29.244 clause 5.2.1A.2, UE IP address
// with S/D = 0), and the only one to send to through N9 from the core side; besides it there are the PDR's framed
// routes (TS 23.501 clause 5.6.14). A PDR without an address, of either family, leaves it open.
uint8_t check_addresses(const wire::Ipv4Header& ip, const Session& session, const Pdr& pdr) {
  const Be32 ue = pdr.source_core ? ip.destination : ip.source;
  const bool allowed = pdr.ue_ipv4.raw() != 0 ? ue == pdr.ue_ipv4 || session.has_framed(pdr, ue) : pdr.ue_ipv6 == 0;
  if (!allowed) return wrong_address(pdr);
  if (wire::ipv4_is_martian_source(ip.source.host()) || wire::ipv4_is_martian_destination(ip.destination.host()))
    return code(DropReason::ipv4_martian);
  return kNotDropped;
}

uint8_t check_addresses(const wire::Ipv6Header& ip, const Session& session, const Pdr& pdr) {
  // RFC 4291 section 2.5.6: not beyond the link, which the tunnel is.
  if (is_multicast(ip.destination)) return code(DropReason::ipv6_multicast);
  if (is_link_local(ip.source) || is_link_local(ip.destination)) return code(DropReason::ipv6_link_local);
  const UePrefix* const prefix = session.ue_prefix(pdr);
  const Ipv6Address& ue = pdr.source_core ? ip.destination : ip.source;
  const bool allowed = prefix != nullptr ? prefix->contains(ue) || session.has_framed(pdr, ue) : pdr.ue_ipv4.raw() == 0;
  if (!allowed) return wrong_address(pdr);
  if (wire::ipv6_is_martian_source(ip.source) || wire::ipv6_is_martian_destination(ip.destination))
    return code(DropReason::ipv6_martian);
  return kNotDropped;
}

enum class Way : uint8_t { dropped, route, encap, router_solicitation, ue_to_ue, bridge };
struct Taken {
  Way way;
  uint8_t reason = kNotDropped;
};
inline Taken dropped(uint8_t reason) { return {Way::dropped, reason}; }

// The core VRF's word on a header with which the UE could steer its packet. To another tunnel it never passes; what
// comes through N9 from the core side is as much the anchor's matter as what comes from a core VRF is its router's.
bool may_pass(const StageContext& context, const PacketMeta& meta, bool VrfRow::*policy) {
  if (meta.pdr().source_core) return true;
  const VrfRow* const vrf = core_vrf(context.topology(), meta);
  return vrf != nullptr && vrf->*policy;
}

void end_with(rte_mbuf* mbuf, PacketMeta& meta, size_t offset, size_t bytes) {
  cut_to(mbuf, static_cast<uint32_t>(offset + bytes));
  meta.l3_offset = static_cast<uint16_t>(offset);
}

// When the T-PDU is a packet that may be forwarded, the mbuf ends with it and meta.l3_offset is its.
[[gnu::always_inline]] inline Taken take_ipv4(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta) {
  const size_t offset = meta.payload_offset;
  const size_t readable = readable_bytes(mbuf, offset);
  uint8_t* const inner = bytes_at(mbuf, offset);
  const wire::Ipv4Parse parsed = wire::parse_ipv4_header(inner, readable, packet_bytes(mbuf, offset), true);
  if (parsed.error != wire::Ipv4Error::none) return dropped(code(DropReason::inner_malformed));
  if (parsed.header_bytes > sizeof(wire::Ipv4Header) && !may_pass(context, meta, &VrfRow::pass_options)) [[unlikely]]
    return dropped(code(DropReason::inner_ipv4_options));
  auto& ip = *reinterpret_cast<wire::Ipv4Header*>(inner);
  uint8_t reason = check_addresses(ip, *meta.session, meta.pdr());
  if (reason != kNotDropped) return dropped(reason);
  const size_t total = parsed.total_bytes - size_t{parsed.header_bytes};
  reason = check_transport({ip.protocol, ip.fragment_offset() == 0, ip.more_fragments(), inner + parsed.header_bytes,
                            std::min(readable - parsed.header_bytes, total), total});
  if (reason != kNotDropped) return dropped(reason);
  end_with(mbuf, meta, offset, parsed.total_bytes);
  if (meta.far().outer_header_creation) return {Way::encap};
  if (reason = apply_ue_limits(context, mbuf, meta); reason != kNotDropped) return dropped(reason);
  mark(meta.far(), ip);
  if (context.tables.sessions->may_be_ue(meta.vrf, ip.destination)) [[unlikely]]
    return {Way::ue_to_ue};
  if (ip.ttl <= 1) return dropped(code(DropReason::ipv4_ttl_exceeded));
  wire::ipv4_decrement_ttl(ip);
  return {Way::route};
}

// Neighbor discovery ends at the other end of the link, which is here, or at the anchor to which N9 extends it. Of it a
// UE may send Router Solicitations, and an anchor Router Advertisements (TS 23.501 clause 5.8.2.2.2); `message` is all
// that is readable of `total` bytes.
Taken take_neighbor_discovery(PacketMeta& meta, const wire::Ipv6Header& ip, const Transport& message) {
  if (message.readable != message.total) return dropped(code(DropReason::nd_malformed));
  const bool from_anchor = meta.pdr().source_core;
  const bool relayed = meta.far().outer_header_creation;
  const uint8_t wanted = from_anchor ? wire::kIcmpv6RouterAdvertisement : wire::kIcmpv6RouterSolicitation;
  if (message.data[0] != wanted || (from_anchor && !relayed)) return dropped(code(DropReason::inner_nd));
  const wire::ChecksumSum sum = wire::ipv6_pseudo_header_sum(
      ip.source, ip.destination, static_cast<uint32_t>(message.total), wire::kProtocolIcmpv6);
  const bool right = wire::checksum_is_right(wire::checksum_add(sum, message.data, message.total));
  const bool on_link = is_link_local(ip.source) || (!from_anchor && is_unspecified(ip.source));
  if (!right || !on_link || !wire::nd_is_valid(ip, wire::parse_nd(message.data, message.total)))
    return dropped(code(DropReason::nd_malformed));
  if (!relayed) return {Way::router_solicitation};
  meta.made_here = true;  // as if it were: the link goes on behind the next tunnel, and its hop limit has to stay 255
  return {Way::encap};
}

[[gnu::noinline]] Taken take_ipv6(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta) {
  const size_t offset = meta.payload_offset;
  const size_t readable = readable_bytes(mbuf, offset);
  uint8_t* const inner = bytes_at(mbuf, offset);
  const wire::Ipv6Parse parsed = wire::parse_ipv6_header(inner, readable, packet_bytes(mbuf, offset));
  if (parsed.error != wire::Ipv6Error::none) return dropped(code(DropReason::inner_malformed));
  const wire::Ipv6Extensions extensions = wire::walk_ipv6_extensions(inner, readable, parsed.total_bytes);
  uint8_t reason = drop_of(extensions.error);
  if (reason != kNotDropped) return dropped(reason);
  auto& ip = *reinterpret_cast<wire::Ipv6Header*>(inner);
  if (extensions.routing && !may_pass(context, meta, &VrfRow::pass_routing))
    return dropped(code(DropReason::inner_routing_header));
  const size_t total = parsed.total_bytes - size_t{extensions.header_bytes};
  const Transport transport{extensions.protocol,
                            extensions.first_fragment,
                            extensions.more_fragments,
                            inner + extensions.header_bytes,
                            std::min(readable - extensions.header_bytes, total),
                            total};
  if (transport.protocol == wire::kProtocolIcmpv6 && transport.first_fragment) {
    if (transport.readable == 0) return dropped(code(DropReason::inner_malformed));
    if (wire::is_neighbor_discovery(transport.data[0])) {
      const Taken taken = take_neighbor_discovery(meta, ip, transport);
      if (taken.way != Way::dropped) end_with(mbuf, meta, offset, parsed.total_bytes);
      return taken;
    }
  }
  reason = check_addresses(ip, *meta.session, meta.pdr());
  if (reason == kNotDropped) reason = check_transport(transport);
  if (reason != kNotDropped) return dropped(reason);
  end_with(mbuf, meta, offset, parsed.total_bytes);
  if (meta.far().outer_header_creation) return {Way::encap};
  if (reason = apply_ue_limits(context, mbuf, meta); reason != kNotDropped) return dropped(reason);
  mark(meta.far(), ip);
  if (context.tables.sessions->may_be_ue(meta.vrf, ip.destination)) [[unlikely]]
    return {Way::ue_to_ue};
  if (ip.hop_limit <= 1) return dropped(code(DropReason::ipv6_hop_limit_exceeded));
  --ip.hop_limit;
  return {Way::route};
}

// What is no IP goes on as it is: to the next tunnel, or of an Ethernet session into its network.
[[gnu::noinline]] Taken take_opaque(rte_mbuf* mbuf, PacketMeta& meta) {
  const size_t offset = meta.payload_offset;
  const bool ethernet = meta.session->opaque->ethernet;
  if (readable_bytes(mbuf, offset) < (ethernet ? sizeof(wire::EthernetHeader) : 1))
    return dropped(code(DropReason::inner_frame_malformed));
  meta.l3_offset = static_cast<uint16_t>(offset);
  if (meta.far().outer_header_creation) return {Way::encap};
  return ethernet ? Taken{Way::bridge} : dropped(code(DropReason::far_drop));
}

[[gnu::always_inline]] inline Taken take(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta) {
  if (meta.opaque) [[unlikely]]
    return take_opaque(mbuf, meta);
  return meta.ipv6 ? take_ipv6(context, mbuf, meta) : take_ipv4(context, mbuf, meta);
}

}  // namespace

void gtpu_decap(StageContext& context, Burst& burst, Lane& lane, DecapLanes out) {
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    PeerLesson lesson(burst.mbuf[i], meta);
    const Taken taken = take(context, burst.mbuf[i], meta);
    if (taken.way == Way::dropped) {
      drop(burst, i, static_cast<DropReason>(taken.reason));
    } else if (!lesson.learn()) [[unlikely]] {
      drop(burst, i, DropReason::gtpu_peer_unexpected);
    } else if (taken.way == Way::router_solicitation) {
      out.router_solicitation.push(i);
    } else if (taken.way == Way::ue_to_ue) {
      out.ue_to_ue.push(i);
    } else if (taken.way == Way::bridge) {
      out.bridge.push(i);
    } else {
      const size_t bytes = packet_bytes(burst.mbuf[i], meta.l3_offset);
      if (!meta.pdr().source_core) {
        note_uplink(burst, i, bytes);
      } else if (taken.way == Way::route) {
        note_downlink(burst, i, bytes);  // else gtpu_encap does
      }
      Lane& route = meta.ipv6 ? out.route_ipv6 : out.route;
      (taken.way == Way::encap ? out.encap : route).push(i);
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
