#include "dataplane/tables/prefix_lengths.h"

#include <algorithm>
#include <bit>

namespace demarc::dp {

bool PrefixLengths::add(VrfSlot vrf, uint8_t length) {
  if (const auto at = counts_.find({vrf, length}); at != counts_.end()) {
    ++at->second;
    return true;
  }
  const auto begin = counts_.lower_bound({vrf, 0});
  const auto end = counts_.lower_bound({VrfSlot{vrf.value + 1}, 0});
  if (std::distance(begin, end) >= static_cast<ptrdiff_t>(kMax)) return false;
  grow_to(vrf.value + 1);
  counts_.emplace(std::pair(vrf, length), 1);
  publish(vrf);
  return true;
}

void PrefixLengths::remove(VrfSlot vrf, uint8_t length) {
  const auto at = counts_.find({vrf, length});
  if (at == counts_.end() || --at->second != 0) return;
  counts_.erase(at);
  publish(vrf);
}

void PrefixLengths::grow_to(uint32_t size) {
  const Rows* const old = rows_.load(std::memory_order_relaxed);
  if (old != nullptr && old->size >= size) return;
  auto grown = std::make_unique<Rows>();
  grown->size = std::bit_ceil(std::max(size, 64u));
  grown->lengths = std::make_unique<std::atomic<uint64_t>[]>(grown->size);
  for (uint32_t i = 0; old != nullptr && i < old->size; ++i)
    grown->lengths[i].store(old->lengths[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
  // The token is taken once nobody can find the old any more.
  rows_.store(grown.release(), std::memory_order_release);
  if (old != nullptr) reclaimer_->retire([old] { delete old; });
}

void PrefixLengths::publish(VrfSlot vrf) {
  uint64_t lengths = 0;
  for (auto at = counts_.lower_bound({vrf, 0}); at != counts_.end() && at->first.first == vrf; ++at)
    lengths = lengths << 8 | at->first.second;  // from the shortest on
  rows_.load(std::memory_order_relaxed)->lengths[vrf.value].store(lengths, std::memory_order_relaxed);
}

}  // namespace demarc::dp
