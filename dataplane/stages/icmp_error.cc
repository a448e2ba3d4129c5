#include "dataplane/stages/icmp_error.h"

#include <algorithm>
#include <cstring>

#include "common/wire/icmp.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/stages/oversize.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/ue_limits.h"

namespace demarc::dp {
namespace {

constexpr size_t kIpv4ErrorBytesMax = 576;   // RFC 1812 section 4.3.2.3
constexpr size_t kIpv6ErrorBytesMax = 1280;  // RFC 4443 section 2.4 (c)
constexpr size_t kIcmpErrorHeaderBytes = 8;
constexpr uint8_t kInternetworkControl = 0xc0;  // RFC 1812 section 4.3.2.5
constexpr uint8_t kNoError = 0xff;

// What a drop is called in the two families.
struct Kind {
  uint8_t type = kNoError;
  uint8_t code = 0;
  uint8_t type6 = kNoError;
  uint8_t code6 = 0;
  bool too_big = false;
};

Kind kind_of(uint8_t drop) {
  switch (static_cast<DropReason>(drop)) {
    case DropReason::ipv4_ttl_exceeded: return {wire::kIcmpTimeExceeded, 0};
    case DropReason::ipv6_hop_limit_exceeded: return {kNoError, 0, wire::kIcmpv6TimeExceeded, 0};
    case DropReason::route_none:
      return {wire::kIcmpUnreachable, wire::kIcmpUnreachableNet, wire::kIcmpv6Unreachable, wire::kIcmpv6NoRoute};
    case DropReason::neighbor_unresolved:
    case DropReason::session_unknown:
      return {wire::kIcmpUnreachable, wire::kIcmpUnreachableHost, wire::kIcmpv6Unreachable,
              wire::kIcmpv6AddressUnreachable};
    case DropReason::ipv4_protocol_unsupported: return {wire::kIcmpUnreachable, wire::kIcmpUnreachableProtocol};
    case DropReason::udp_port_closed:
      return {wire::kIcmpUnreachable, wire::kIcmpUnreachablePort, wire::kIcmpv6Unreachable,
              wire::kIcmpv6PortUnreachable};
    case DropReason::ipv4_too_big:
    case DropReason::ipv6_too_big:
    case DropReason::encap_too_big:
    case DropReason::ue_too_big:
      return {wire::kIcmpUnreachable, wire::kIcmpFragmentationNeeded, wire::kIcmpv6PacketTooBig, 0, true};
    default: return {};
  }
}

// A packet that gtpu_encap has put into a tunnel: its outer header is where the data begin, and no received packet's
// is.
bool is_encapsulated(const PacketMeta& meta) { return meta.l3_offset == 0; }

// What the sender may send; 0: nothing sensible can be said.
uint32_t mtu_for(const StageContext& context, const PacketMeta& meta) {
  if (static_cast<DropReason>(meta.drop) == DropReason::ue_too_big) {
    const VrfRow* const vrf = meta.has_pdr() ? core_vrf(context.topology(), meta) : nullptr;
    return vrf == nullptr ? 0 : vrf->mtu;
  }
  if (static_cast<DropReason>(meta.drop) == DropReason::encap_too_big && !is_encapsulated(meta)) return 0;
  return sender_mtu(context.topology(), meta);
}

// Section 4.3.2.7 of RFC 1812, of a packet whose header was checked when it came in.
bool may_be_answered(rte_mbuf* mbuf, size_t offset, const wire::Ipv4Header& ip) {
  if (ip.fragment_offset() != 0) return false;
  const uint32_t source = ip.source.host();
  if (wire::ipv4_is_martian_source(source) || wire::ipv4_is_multicast(ip.destination.host())) return false;
  if (ip.protocol != wire::kProtocolIcmp) return true;
  const size_t at = offset + ip.header_bytes();
  return readable_bytes(mbuf, at) > 0 && wire::icmp_is_query(*bytes_at(mbuf, at));
}

// RFC 4443 section 2.4 (e). What is too big is told also of what is for a group, but that is not forwarded here.
bool may_be_answered(rte_mbuf* mbuf, size_t offset, const wire::Ipv6Header& ip) {
  if (wire::ipv6_is_martian_source(ip.source) || is_link_local(ip.source) || is_multicast(ip.destination)) return false;
  const wire::Ipv6Extensions extensions =
      wire::walk_ipv6_extensions(bytes_at(mbuf, offset), readable_bytes(mbuf, offset), packet_bytes(mbuf, offset));
  if (extensions.error != wire::Ipv6ExtensionError::none || !extensions.first_fragment) return false;
  if (extensions.protocol != wire::kProtocolIcmpv6) return true;
  const size_t at = offset + extensions.header_bytes;
  return readable_bytes(mbuf, at) > 0 && wire::icmpv6_is_informational(*bytes_at(mbuf, at)) &&
         !wire::is_neighbor_discovery(*bytes_at(mbuf, at));
}

// Where the error goes.
struct Back {
  Originator::Way way;
  VrfSlot vrf;
  const VrfRow* row;
};

// A packet from one UE to another, which ue_to_ue has turned: it came in from the access side, and is now on its way
// from a core VRF.
bool came_from_ue(const PacketMeta& meta, const AttachmentRow& ingress) {
  return meta.teid.value == 0 && !ingress.core && (meta.has_pdr() || meta.vrf != ingress.vrf);
}

bool way_back(const StageContext& context, const PacketMeta& meta, Back& back) {
  const Topology& topology = context.topology();
  const AttachmentRow* const ingress = topology.attachment_or_null(meta.attachment);
  if (ingress == nullptr || ingress->tenant != meta.tenant) return false;
  const bool turned = came_from_ue(meta, *ingress);
  const bool from_tunnel = turned || meta.teid.value != 0;
  back.way = from_tunnel ? Originator::Way::session : Originator::Way::route;
  back.vrf = from_tunnel ? meta.vrf : ingress->vrf;
  if (turned && meta.has_pdr()) back.vrf = meta.pdr().vrf;
  back.row = topology.vrf(back.vrf);
  return back.row != nullptr && back.row->tenant == meta.tenant && (!from_tunnel || back.row->core);
}

// The address that the packet's sender knows us by, if there is one; else the VRF's first.
template <class Address>
Address source_of(const StageContext& context, const PacketMeta& meta, const Back& back, Address AttachmentRow::*own,
                  Address VrfRow::*first) {
  const AttachmentRow* const ingress = context.topology().attachment_or_null(meta.attachment);
  if (back.way == Originator::Way::route && ingress->*own != Address{}) return ingress->*own;
  return back.row->*first;
}

// The packet as far as it is quoted. Bounded by `bytes`, which the packet has.
void quote(rte_mbuf* mbuf, size_t offset, size_t bytes, uint8_t* out) {
  const void* const read = rte_pktmbuf_read(mbuf, static_cast<uint32_t>(offset), static_cast<uint32_t>(bytes), out);
  if (read != nullptr && read != out) std::memcpy(out, read, bytes);
}

void answer_ipv4(StageContext& context, Burst& burst, uint8_t i, size_t offset, const Kind& kind, uint32_t mtu) {
  const PacketMeta& meta = burst.meta[i];
  rte_mbuf* const mbuf = burst.mbuf[i];
  wire::Ipv4Header ip;
  std::memcpy(&ip, bytes_at(mbuf, offset), sizeof ip);
  Back back;
  if (kind.type == kNoError || !may_be_answered(mbuf, offset, ip) || !way_back(context, meta, back)) return;
  if (context.topology().local_address(back.vrf, ip.source).ours) return;  // an answer of ours, in its question's place
  const Be32 source = source_of(context, meta, back, &AttachmentRow::ipv4, &VrfRow::ipv4);
  if (source == Be32{}) return;
  constexpr size_t kHeaders = sizeof ip + kIcmpErrorHeaderBytes;
  const size_t quoted = std::min(packet_bytes(mbuf, offset), kIpv4ErrorBytesMax - kHeaders);
  const Originator::Packet packet = context.originator->answer(meta, AnswerClass::icmp_error, ip.source,
                                                               kHeaders + quoted, false, back.way, burst.now_tsc);
  if (!packet) return;
  packet.meta->vrf = back.vrf;
  uint8_t* const message = packet.ip + sizeof ip;
  quote(mbuf, offset, quoted, message + kIcmpErrorHeaderBytes);
  wire::write_icmp_error(message, kind.type, kind.code,
                         static_cast<uint16_t>(kind.too_big ? std::min<uint32_t>(mtu, UINT16_MAX) : 0),
                         kIcmpErrorHeaderBytes + quoted);
  wire::write_ipv4(packet.ip, static_cast<uint16_t>(kHeaders + quoted), kOurHopLimit, wire::kProtocolIcmp, source,
                   ip.source, kInternetworkControl, context.take_identification());
  context.counters(meta.tenant).add(Counter::icmp_errors_sent, 1);
}

void answer_ipv6(StageContext& context, Burst& burst, uint8_t i, size_t offset, const Kind& kind, uint32_t mtu) {
  const PacketMeta& meta = burst.meta[i];
  rte_mbuf* const mbuf = burst.mbuf[i];
  wire::Ipv6Header ip;
  std::memcpy(static_cast<void*>(&ip), bytes_at(mbuf, offset), sizeof ip);
  Back back;
  if (kind.type6 == kNoError || !may_be_answered(mbuf, offset, ip) || !way_back(context, meta, back)) return;
  if (context.topology().local_address(back.vrf, ip.source).ours) return;
  const Ipv6Address source = source_of(context, meta, back, &AttachmentRow::ipv6, &VrfRow::ipv6);
  if (is_unspecified(source)) return;
  constexpr size_t kHeaders = sizeof ip + kIcmpErrorHeaderBytes;
  const size_t quoted = std::min(packet_bytes(mbuf, offset), kIpv6ErrorBytesMax - kHeaders);
  const Originator::Packet packet = context.originator->answer(meta, AnswerClass::icmp_error, ip.source,
                                                               kHeaders + quoted, true, back.way, burst.now_tsc);
  if (!packet) return;
  packet.meta->vrf = back.vrf;
  uint8_t* const message = packet.ip + sizeof ip;
  quote(mbuf, offset, quoted, message + kIcmpErrorHeaderBytes);
  const auto message_bytes = static_cast<uint16_t>(kIcmpErrorHeaderBytes + quoted);
  wire::write_ipv6(packet.ip, message_bytes, wire::kProtocolIcmpv6, kOurHopLimit, source, ip.source);
  wire::write_icmpv6_error(packet.ip, kind.type6, kind.code6, kind.too_big ? mtu : 0, message_bytes);
  context.counters(meta.tenant).add(Counter::icmpv6_errors_sent, 1);
}

}  // namespace

void answer_drop(StageContext& context, Burst& burst, uint8_t i) {
  const PacketMeta& meta = burst.meta[i];
  const Kind kind = kind_of(meta.drop);
  if ((kind.type == kNoError && kind.type6 == kNoError) || meta.made_here || meta.opaque ||
      context.originator == nullptr)
    return;
  const uint32_t mtu = kind.too_big ? mtu_for(context, meta) : 0;
  if (kind.too_big && mtu == 0) return;
  rte_mbuf* const mbuf = burst.mbuf[i];
  const size_t offset = is_encapsulated(meta) ? meta.payload_offset : meta.l3_offset;
  const size_t readable = readable_bytes(mbuf, offset);
  if (readable == 0) return;
  const unsigned version = *bytes_at(mbuf, offset) >> 4;
  if (version == 4 && readable >= sizeof(wire::Ipv4Header)) return answer_ipv4(context, burst, i, offset, kind, mtu);
  if (version == 6 && readable >= sizeof(wire::Ipv6Header)) answer_ipv6(context, burst, i, offset, kind, mtu);
}

}  // namespace demarc::dp
