#include "dataplane/stages/ipv4_route.h"

#include "common/base/ipv4.h"
#include "dataplane/stages/next_hop_choice.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/take_route.h"

namespace demarc::dp {
namespace {

// A destination that is a link's own: its network address or its broadcast (RFC 2644: not forwarded). A /31 has
// neither.
bool is_link_broadcast(const AttachmentRow& egress, Be32 destination) {
  if (egress.prefix_length >= 31) return false;
  const uint32_t host_bits = ~ipv4_mask(egress.prefix_length);
  const uint32_t host = destination.host() & host_bits;
  return host == 0 || host == host_bits;
}

struct Route {
  uint8_t reason = kNotDropped;
  AttachmentSlot egress_slot;
  Be32 next_hop;
  const AttachmentRow* egress = nullptr;
  const std::vector<NextHop>* group = nullptr;  // of several: which of them is the flow's matter
};

Route route_by(const Topology& topology, TenantSlot tenant, Be32 destination, const NextHop& hop) {
  Route route;
  route.egress = topology.attachment_or_null(hop.egress);
  if (route.egress == nullptr || route.egress->tenant != tenant) {
    route.reason = code(DropReason::route_none);
    return route;
  }
  const bool on_link = hop.gateway.raw() == 0;
  route.egress_slot = hop.egress;
  route.next_hop = on_link ? destination : hop.gateway;
  if (route.next_hop == route.egress->ipv4) {
    route.reason = code(DropReason::route_to_ourselves);
  } else if (on_link && is_link_broadcast(*route.egress, destination)) {
    route.reason = code(DropReason::route_broadcast);
  }
  return route;
}

// `from_ue`: out of a tunnel.
Route find_route(const Topology& topology, TenantSlot tenant, VrfSlot vrf_slot, Be32 destination, bool from_ue) {
  Route route;
  const VrfRow* const vrf = topology.vrf(vrf_slot);
  if (vrf == nullptr || vrf->tenant != tenant || vrf->fib == nullptr) {
    route.reason = code(DropReason::route_none);
    return route;
  }
  if (topology.local_address(vrf_slot, destination).ours ||
      (from_ue && vrf->core && topology.is_own_anywhere(*vrf, destination))) {
    route.reason = code(DropReason::route_to_ourselves);
    return route;
  }
  const NextHop* const hop = vrf->fib->lookup(destination.host());
  if (hop == nullptr) {
    route.reason = code(DropReason::route_none);
    return route;
  }
  route.group = group_of(vrf->groups.get(), *hop);
  return route.group != nullptr ? route : route_by(topology, tenant, destination, *hop);
}

}  // namespace

void ipv4_route(StageContext& context, Burst& burst, Lane& lane, Lane& oversize) {
  // The last answer serves the neighbours with the same destination.
  bool known = false;
  bool from_ue = false;
  TenantSlot tenant;
  VrfSlot vrf;
  Be32 destination;
  Route found;
  keep_if(lane, [&](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const Be32 wanted = ipv4_destination(mbuf, meta);
    const bool tunnelled = meta.teid.value != 0;
    if (!known || meta.vrf != vrf || wanted != destination || meta.tenant != tenant || tunnelled != from_ue) {
      known = true;
      from_ue = tunnelled;
      tenant = meta.tenant;
      vrf = meta.vrf;
      destination = wanted;
      found = find_route(context.topology(), tenant, vrf, destination, from_ue);
    }
    Route by_flow;
    if (found.group != nullptr) [[unlikely]]
      by_flow = route_by(context.topology(), tenant, destination,
                         choose_next_hop(context, *found.group, flow_hash(mbuf, meta)));
    return take_route(burst, i, found.group != nullptr ? by_flow : found, oversize);
  });
}

}  // namespace demarc::dp
