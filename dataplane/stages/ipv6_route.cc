#include "dataplane/stages/ipv6_route.h"

#include "dataplane/stages/next_hop_choice.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/take_route.h"

namespace demarc::dp {
namespace {

struct Route {
  uint8_t reason = kNotDropped;
  AttachmentSlot egress_slot;
  Ipv6Address next_hop;
  const AttachmentRow* egress = nullptr;
  const std::vector<NextHop6>* group = nullptr;  // of several: which of them is the flow's matter
};

// Forwarded packets with such a destination were dropped before: this is an answer of ours, and goes where the question
// came from.
Route link_local_route(const Topology& topology, const PacketMeta& meta, const Ipv6Address& destination) {
  const AttachmentRow& link = topology.attachment(meta.attachment);
  Route route{kNotDropped, meta.attachment, destination, &link};
  if (destination == link.ipv6_link_local) route.reason = code(DropReason::route_to_ourselves);
  return route;
}

Route route_by(const Topology& topology, const PacketMeta& meta, const Ipv6Address& destination, const NextHop6& hop) {
  Route route;
  route.egress = topology.attachment_or_null(hop.egress);
  if (route.egress == nullptr || route.egress->tenant != meta.tenant) {
    route.reason = code(DropReason::route_none);
    return route;
  }
  route.egress_slot = hop.egress;
  route.next_hop = is_unspecified(hop.gateway) ? destination : hop.gateway;
  const bool ours = route.next_hop == route.egress->ipv6 || route.next_hop == route.egress->ipv6_link_local;
  route.reason = ours ? code(DropReason::route_to_ourselves) : kNotDropped;
  return route;
}

Route find_route(const Topology& topology, const PacketMeta& meta, const Ipv6Address& destination) {
  if (is_link_local(destination)) return link_local_route(topology, meta, destination);
  Route route;
  route.reason = code(DropReason::route_none);
  const VrfRow* const vrf = topology.vrf(meta.vrf);
  if (vrf == nullptr || vrf->tenant != meta.tenant || vrf->fib6 == nullptr) return route;
  const bool from_ue = meta.teid.value != 0;
  if (topology.local_address(meta.vrf, destination).ours ||
      (from_ue && vrf->core && topology.is_own_anywhere(*vrf, destination))) {
    route.reason = code(DropReason::route_to_ourselves);
    return route;
  }
  const NextHop6* const hop = vrf->fib6->lookup(ipv6_value(destination));
  if (hop == nullptr) return route;
  route.group = group_of(vrf->groups.get(), *hop);
  return route.group != nullptr ? route : route_by(topology, meta, destination, *hop);
}

}  // namespace

void ipv6_route(StageContext& context, Burst& burst, Lane& lane, Lane& oversize) {
  // The last answer serves the neighbours with the same destination.
  const PacketMeta* last = nullptr;
  Ipv6Address destination;
  Route found;
  keep_if(lane, [&](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const Ipv6Address wanted = ipv6_destination(mbuf, meta);
    if (last == nullptr || wanted != destination || meta.vrf != last->vrf || meta.tenant != last->tenant ||
        meta.attachment != last->attachment || (meta.teid.value == 0) != (last->teid.value == 0)) {
      destination = wanted;
      found = find_route(context.topology(), meta, destination);
    }
    last = &meta;
    Route by_flow;
    if (found.group != nullptr) [[unlikely]]
      by_flow = route_by(context.topology(), meta, destination,
                         choose_next_hop(context, *found.group, flow_hash(mbuf, meta)));
    return take_route(burst, i, found.group != nullptr ? by_flow : found, oversize);
  });
}

}  // namespace demarc::dp
