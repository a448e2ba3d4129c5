#include "dataplane/stages/ipv4_route.h"

#include "common/base/ipv4.h"
#include "dataplane/stages/packet.h"

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
  AttachmentSlot egress;
  Be32 next_hop;
  uint16_t mtu = 0;
};

Route find_route(const Topology& topology, TenantSlot tenant, VrfSlot vrf_slot, Be32 destination) {
  Route route;
  const VrfRow* const vrf = topology.vrf(vrf_slot);
  if (vrf == nullptr || vrf->tenant != tenant || vrf->fib == nullptr) {
    route.reason = code(DropReason::route_none);
    return route;
  }
  if (topology.local_address(vrf_slot, destination).ours) {
    route.reason = code(DropReason::route_to_ourselves);
    return route;
  }
  const NextHop* const hop = vrf->fib->lookup(destination.host());
  const AttachmentRow* const egress = hop == nullptr ? nullptr : topology.attachment_or_null(hop->egress);
  if (egress == nullptr || egress->tenant != tenant) {
    route.reason = code(DropReason::route_none);
    return route;
  }
  const bool on_link = hop->gateway.raw() == 0;
  route.egress = hop->egress;
  route.next_hop = on_link ? destination : hop->gateway;
  route.mtu = egress->mtu;
  if (route.next_hop == egress->ipv4) {
    route.reason = code(DropReason::route_to_ourselves);
  } else if (on_link && is_link_broadcast(*egress, destination)) {
    route.reason = code(DropReason::route_broadcast);
  }
  return route;
}

}  // namespace

void ipv4_route(StageContext& context, Burst& burst, Lane& lane) {
  // The last answer serves the neighbours with the same destination.
  bool known = false;
  TenantSlot tenant;
  VrfSlot vrf;
  Be32 destination;
  Route route;
  keep_if(lane, [&](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    const Be32 wanted = ipv4_destination(burst.mbuf[i], meta);
    if (!known || meta.vrf != vrf || wanted != destination || meta.tenant != tenant) {
      known = true;
      tenant = meta.tenant;
      vrf = meta.vrf;
      destination = wanted;
      route = find_route(context.topology(), tenant, vrf, destination);
    }
    if (route.reason != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(route.reason));
      return false;
    }
    if (packet_bytes(burst.mbuf[i], meta.l3_offset) > route.mtu) {
      drop(burst, i, too_big(meta, DropReason::ipv4_too_big));
      return false;
    }
    meta.egress = route.egress;
    meta.next_hop = route.next_hop;
    return true;
  });
}

}  // namespace demarc::dp
