#include "dataplane/tables/ethernet_networks.h"

#include <rte_cycles.h>

#include <algorithm>
#include <bit>
#include <random>
#include <string>
#include <utility>

namespace demarc::dp {

void EthernetNetworks::grow_to(VrfSlot vrf) {
  const Rows* const old = rows_.load(std::memory_order_relaxed);
  if (old != nullptr && vrf.value < old->size) return;
  auto grown = std::make_unique<Rows>();
  grown->size = std::bit_ceil(std::max(vrf.value + 1, 64u));
  grown->network = std::make_unique<std::atomic<EthernetNetwork*>[]>(grown->size);
  for (uint32_t i = 0; old != nullptr && i < old->size; ++i)
    grown->network[i].store(old->network[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
  owned_.resize(grown->size);
  // The token is taken once nobody can find the old any more.
  rows_.store(grown.release(), std::memory_order_release);
  if (old != nullptr) reclaimer_->retire([old] { delete old; });
}

Result<EthernetNetworks::Place> EthernetNetworks::join(VrfSlot vrf) {
  grow_to(vrf);
  std::shared_ptr<Owned>& owned = owned_[vrf.value];
  if (owned == nullptr) {
    std::random_device random;
    owned = std::make_shared<Owned>(rte_get_tsc_hz(), uint64_t{random()} << 32 | random());
    rows_.load(std::memory_order_relaxed)->network[vrf.value].store(&owned->network, std::memory_order_release);
  }
  const auto place = static_cast<unsigned>(std::countr_one(owned->joined | owned->leaving));
  if (place < EthernetNetwork::kPlacesMax) {
    owned->joined |= uint64_t{1} << place;
    return Place{&owned->network, static_cast<uint8_t>(place)};
  }
  if (owned->leaving != 0)
    return fail(ErrorCode::unavailable,
                "the VRF's Ethernet network waits for a worker to let go of a removed session; try again in a moment");
  return fail(ErrorCode::exhausted, "the VRF has " + std::to_string(EthernetNetwork::kPlacesMax) +
                                        " Ethernet sessions, and there can be no more, for a broadcast goes to each; "
                                        "use another core VRF");
}

void EthernetNetworks::leave(VrfSlot vrf, uint8_t place) {
  std::shared_ptr<Owned> owned = owned_[vrf.value];
  const uint64_t bit = uint64_t{1} << place;
  owned->network.set(place, nullptr);
  owned->network.forget(place);
  owned->joined &= ~bit;
  owned->leaving |= bit;
  if (owned->joined == 0) {
    rows_.load(std::memory_order_relaxed)->network[vrf.value].store(nullptr, std::memory_order_release);
    owned_[vrf.value] = nullptr;
  }
  // A worker that still has the session may have taught the network once more.
  reclaimer_->retire([owned = std::move(owned), place, bit] {
    owned->network.forget(place);
    owned->leaving &= ~bit;
  });
}

}  // namespace demarc::dp
