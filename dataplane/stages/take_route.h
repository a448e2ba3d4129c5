// The end of both route stages: a packet takes the route that was found for it. Shared by them; no stage itself.
#pragma once

#include "dataplane/stages/oversize.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {

// `Route` has reason, egress_slot, egress and next_hop. True: the packet goes on. Otherwise it was dropped for the
// route's reason or its size, or is in `oversize`.
template <class Route>
bool take_route(Burst& burst, uint8_t i, const Route& route, Lane& oversize) {
  PacketMeta& meta = burst.meta[i];
  rte_mbuf* const mbuf = burst.mbuf[i];
  if (route.reason != kNotDropped) {
    drop(burst, i, static_cast<DropReason>(route.reason));
    return false;
  }
  meta.egress = route.egress_slot;
  meta.next_hop = route.next_hop;
  if (packet_bytes(mbuf, meta.l3_offset) <= route.egress->mtu && !meta.fragment_inner) [[likely]]
    return true;
  const uint8_t reason = judge_oversize(mbuf, meta, *route.egress);
  if (reason == kNotDropped) {
    oversize.push(i);
  } else {
    drop(burst, i, static_cast<DropReason>(reason));
  }
  return false;
}

}  // namespace demarc::dp
