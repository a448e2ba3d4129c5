// EthernetNetworks: which core VRFs have Ethernet sessions, and their EthernetNetwork. A network comes with the VRF's
// first Ethernet session and goes with its last.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "dataplane/tables/ethernet_network.h"
#include "dataplane/tables/publish.h"

namespace demarc::dp {

class EthernetNetworks {
 public:
  explicit EthernetNetworks(Reclaimer& reclaimer) : reclaimer_(&reclaimer) {}
  // No worker may still use it.
  ~EthernetNetworks() { delete rows_.load(std::memory_order_relaxed); }
  EthernetNetworks(const EthernetNetworks&) = delete;
  EthernetNetworks& operator=(const EthernetNetworks&) = delete;

  // ---- agent ----

  struct Place {
    EthernetNetwork* network;
    uint8_t place;
  };
  // A place in the VRF's network, at which nobody is seen until EthernetNetwork::set. Errors: `exhausted` for one more
  // session than a network may have; `unavailable` when a place is only just left, and a worker may still use it.
  Result<Place> join(VrfSlot vrf);
  // The place is given again once no worker can mean who left.
  void leave(VrfSlot vrf, uint8_t place);

  // ---- workers ----

  // Null: the VRF has no Ethernet session. Any value is safe.
  EthernetNetwork* find(VrfSlot vrf) const {
    const Rows* const rows = rows_.load(std::memory_order_acquire);
    if (rows == nullptr || vrf.value >= rows->size) [[likely]]
      return nullptr;
    return rows->network[vrf.value].load(std::memory_order_acquire);
  }

 private:
  struct Rows {
    uint32_t size = 0;
    std::unique_ptr<std::atomic<EthernetNetwork*>[]> network;  // [VRF slot]
  };
  // The agent's side of a network. Shared with what waits in the Reclaimer.
  struct Owned {
    Owned(uint64_t ticks_per_second, uint64_t seed) : network(ticks_per_second, seed) {}
    EthernetNetwork network;
    uint64_t joined = 0;   // bit n: place n has a session
    uint64_t leaving = 0;  // bit n: place n had one, which a worker may still use
  };

  void grow_to(VrfSlot vrf);

  Reclaimer* reclaimer_;
  std::vector<std::shared_ptr<Owned>> owned_;  // [VRF slot]; as many as rows
  std::atomic<const Rows*> rows_{nullptr};
};

}  // namespace demarc::dp
