// What a worker and the agent say to each other: small fixed records through single-producer, single-consumer rings
// (rte_ring with elements of the record's size). Neither ever waits; a full ring is counted by the sender.
#pragma once

#include <cstdint>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "dataplane/tables/topology.h"

namespace demarc::dp {

// worker → agent
struct ToAgent {
  enum class Kind : uint32_t {
    neighbor_wanted,  // a packet is held for `ipv4` on `attachment`, which has no entry
    neighbor_seen,    // ARP: `ipv4` on `attachment` is at `mac`
  };
  Kind kind;
  AttachmentSlot attachment;
  Be32 ipv4;
  MacAddress mac{};
  uint16_t reserved = 0;
};
static_assert(sizeof(ToAgent) % 4 == 0);

// agent → worker
struct ToWorker {
  enum class Kind : uint32_t {
    send_arp_request,  // who has `ipv4`, tell our address; to `mac` (broadcast, or the last known one to probe it)
  };
  Kind kind;
  AttachmentSlot attachment;
  Be32 ipv4;
  MacAddress mac{};
  uint16_t reserved = 0;
};
static_assert(sizeof(ToWorker) % 4 == 0);

inline constexpr unsigned kExchangeRingSize = 4096;

}  // namespace demarc::dp
