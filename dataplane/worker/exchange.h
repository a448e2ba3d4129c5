// What a worker and the agent say to each other: small fixed records through single-producer, single-consumer rings
// (rte_ring with elements of the record's size). Neither ever waits; a full ring is counted by the sender.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "common/base/ids.h"
#include "common/base/ip_address.h"
#include "dataplane/tables/topology.h"

namespace demarc::dp {

// worker → agent
struct ToAgent {
  enum class Kind : uint32_t {
    neighbor_wanted,        // a packet is held for `address` on `attachment`, which has no entry
    neighbor_seen,          // ARP or ND: `address` on `attachment` is at `mac`
    gtpu_echo_response,     // from `address` to `endpoint`, with `sequence`; received at `tsc`
    gtpu_error_indication,  // from `address` to `endpoint`: tunnel `teid` at `peer` is not known there
  };
  Kind kind;
  AttachmentSlot attachment;
  IpAddress address;
  MacAddress mac{};
  TenantSlot tenant{};  // of the attachment: whose share of the ring the message takes
  // The rest is of the gtpu kinds.
  GtpuEndpointSlot endpoint{};
  Teid teid{};
  uint16_t sequence = 0;
  uint16_t reserved[3] = {};
  IpAddress peer{};
  uint64_t tsc = 0;
};
static_assert(sizeof(ToAgent) == 72);

// agent → worker
struct ToWorker {
  enum class Kind : uint32_t {
    // Who has `address`, tell ours: an ARP request or a Neighbor Solicitation, by the family. To `mac`: the last known
    // one, to probe it, or broadcast: then a solicitation goes to the solicited-node group.
    ask_neighbor,
    // A GTP-U Echo Request with `sequence` from `endpoint` to `address`, by the routes of the endpoint's VRF.
    gtpu_echo_request,
    // `address` on `attachment` is ours: a gratuitous ARP or an unsolicited Neighbor Advertisement, to all there.
    announce,
  };
  Kind kind;
  AttachmentSlot attachment;
  IpAddress address;
  MacAddress mac{};
  uint16_t sequence = 0;
  GtpuEndpointSlot endpoint{};
};
static_assert(sizeof(ToWorker) == 36);

inline constexpr unsigned kExchangeRingSize = 4096;

// What one tenant may have waiting in a worker's ring to the agent: as many next hops as it may hold packets for.
inline constexpr unsigned kToAgentPerTenantMax = 64;

// Elements of that ring: room for the shares of all tenants at once, so that no tenant ever finds it full because of
// another. A power of two, as rte_ring wants it.
constexpr unsigned to_agent_ring_size(uint32_t tenant_slots) {
  return std::max(kExchangeRingSize, std::bit_ceil(tenant_slots * kToAgentPerTenantMax + 1));
}

}  // namespace demarc::dp
