// A router's hop taken off the packet at meta.l3_offset. Shared by stages; no stage itself.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/stages/packet.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// kNotDropped when the hop is taken off, or ipv4_ttl_exceeded, ipv6_hop_limit_exceeded.
[[gnu::always_inline]] inline uint8_t take_hop(rte_mbuf* mbuf, const PacketMeta& meta) {
  if (meta.made_here) return kNotDropped;
  if (meta.ipv6) {
    auto& ip = *reinterpret_cast<wire::Ipv6Header*>(bytes_at(mbuf, meta.l3_offset));
    if (ip.hop_limit <= 1) return code(DropReason::ipv6_hop_limit_exceeded);
    --ip.hop_limit;
    return kNotDropped;
  }
  auto& ip = *reinterpret_cast<wire::Ipv4Header*>(bytes_at(mbuf, meta.l3_offset));
  if (ip.ttl <= 1) return code(DropReason::ipv4_ttl_exceeded);
  wire::ipv4_decrement_ttl(ip);
  return kNotDropped;
}

}  // namespace demarc::dp
