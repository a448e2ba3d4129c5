// A number that is the same for all packets of a flow, in either of the ways in which a packet leaves: as it is, or in
// a tunnel, where it is the flow inside that counts, with the tunnel's TEID. No stage.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Mixes `value` into `seed` so that each bit of both moves about half of the result's.
constexpr uint64_t hash_mix(uint64_t seed, uint64_t value) {
  uint64_t h = (seed ^ value) * 0x9e3779b97f4a7c15u;
  h ^= h >> 32;
  h *= 0xd6e8feb86659fd93u;
  return h ^ h >> 29;
}

// Of the IP packet at `offset`; what is none has the seed alone, and so is told apart by its tunnel.
uint64_t inner_flow_hash(rte_mbuf* mbuf, size_t offset, uint64_t seed);

// Of a packet that a route stage is looking at. Addresses, protocol, and the ports where every packet of the flow has
// them: fragments go without, so that all of a datagram take one way.
uint64_t flow_hash(rte_mbuf* mbuf, const PacketMeta& meta);

}  // namespace demarc::dp
