#include "dataplane/stages/ipv6_route.h"

#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

struct Route {
  uint8_t reason = kNotDropped;
  AttachmentSlot egress;
  Ipv6Address next_hop;
  uint16_t mtu = 0;
};

// Forwarded packets with such a destination were dropped before: this is an answer of ours, and goes where the question
// came from.
Route link_local_route(const Topology& topology, const PacketMeta& meta, const Ipv6Address& destination) {
  const AttachmentRow& link = topology.attachment(meta.attachment);
  Route route{kNotDropped, meta.attachment, destination, link.mtu};
  if (destination == link.ipv6_link_local) route.reason = code(DropReason::route_to_ourselves);
  return route;
}

Route find_route(const Topology& topology, const PacketMeta& meta, const Ipv6Address& destination) {
  if (is_link_local(destination)) return link_local_route(topology, meta, destination);
  Route route;
  route.reason = code(DropReason::route_none);
  const VrfRow* const vrf = topology.vrf(meta.vrf);
  if (vrf == nullptr || vrf->tenant != meta.tenant || vrf->fib6 == nullptr) return route;
  if (topology.local_address(meta.vrf, destination).ours) {
    route.reason = code(DropReason::route_to_ourselves);
    return route;
  }
  const NextHop6* const hop = vrf->fib6->lookup(ipv6_value(destination));
  const AttachmentRow* const egress = hop == nullptr ? nullptr : topology.attachment_or_null(hop->egress);
  if (egress == nullptr || egress->tenant != meta.tenant) return route;
  route.egress = hop->egress;
  route.next_hop = is_unspecified(hop->gateway) ? destination : hop->gateway;
  route.mtu = egress->mtu;
  const bool ours = route.next_hop == egress->ipv6 || route.next_hop == egress->ipv6_link_local;
  route.reason = ours ? code(DropReason::route_to_ourselves) : kNotDropped;
  return route;
}

}  // namespace

void ipv6_route(StageContext& context, Burst& burst, Lane& lane) {
  // The last answer serves the neighbours with the same destination.
  const PacketMeta* last = nullptr;
  Ipv6Address destination;
  Route route;
  keep_if(lane, [&](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    const Ipv6Address wanted = ipv6_destination(burst.mbuf[i], meta);
    if (last == nullptr || wanted != destination || meta.vrf != last->vrf || meta.tenant != last->tenant ||
        meta.attachment != last->attachment) {
      destination = wanted;
      route = find_route(context.topology(), meta, destination);
    }
    last = &meta;
    if (route.reason != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(route.reason));
      return false;
    }
    if (packet_bytes(burst.mbuf[i], meta.l3_offset) > route.mtu) {
      drop(burst, i, too_big(meta, DropReason::ipv6_too_big));
      return false;
    }
    meta.egress = route.egress;
    meta.next_hop = route.next_hop;
    return true;
  });
}

}  // namespace demarc::dp
