#include "dataplane/tables/ue_ranges.h"

#include <algorithm>
#include <bit>

namespace demarc::dp {

UeRanges::Row& UeRanges::grow_to(VrfSlot vrf) {
  const Rows* const old = rows_.load(std::memory_order_relaxed);
  if (old != nullptr && vrf.value < old->size) return old->row[vrf.value];
  auto grown = std::make_unique<Rows>();
  grown->size = std::bit_ceil(std::max(vrf.value + 1, 64u));
  grown->row = std::make_unique<Row[]>(grown->size);
  counts_.resize(grown->size);
  for (uint32_t i = 0; old != nullptr && i < old->size; ++i) {
    const auto copy = [](const std::atomic<uint64_t>& from, std::atomic<uint64_t>& to) {
      to.store(from.load(std::memory_order_relaxed), std::memory_order_relaxed);
    };
    copy(old->row[i].ipv4, grown->row[i].ipv4);
    copy(old->row[i].ipv6_first, grown->row[i].ipv6_first);
    copy(old->row[i].ipv6_last, grown->row[i].ipv6_last);
  }
  Row& row = grown->row[vrf.value];
  // The token is taken once nobody can find the old any more.
  rows_.store(grown.release(), std::memory_order_release);
  if (old != nullptr) reclaimer_->retire([old] { delete old; });
  return row;
}

void UeRanges::add(VrfSlot vrf, Be32 ue) {
  Row& row = grow_to(vrf);
  const uint64_t range = row.ipv4.load(std::memory_order_relaxed);
  const uint64_t first = std::min(range >> 32, uint64_t{ue.host()});
  const uint64_t last = std::max(range & 0xffffffff, uint64_t{ue.host()});
  row.ipv4.store(first << 32 | last, std::memory_order_relaxed);
  ++counts_[vrf.value].ipv4;
}

void UeRanges::add(VrfSlot vrf, const Ipv6Prefix& prefix) {
  Row& row = grow_to(vrf);
  const uint64_t first = upper_half(prefix.address);
  const uint64_t last = prefix.length >= 64 ? first : first | ~uint64_t{0} >> prefix.length;
  row.ipv6_first.store(std::min(row.ipv6_first.load(std::memory_order_relaxed), first), std::memory_order_relaxed);
  row.ipv6_last.store(std::max(row.ipv6_last.load(std::memory_order_relaxed), last), std::memory_order_relaxed);
  ++counts_[vrf.value].ipv6;
}

void UeRanges::remove_ipv4(VrfSlot vrf) {
  if (vrf.value >= counts_.size() || counts_[vrf.value].ipv4 == 0 || --counts_[vrf.value].ipv4 != 0) return;
  grow_to(vrf).ipv4.store(kNoIpv4, std::memory_order_relaxed);
}

void UeRanges::remove_ipv6(VrfSlot vrf) {
  if (vrf.value >= counts_.size() || counts_[vrf.value].ipv6 == 0 || --counts_[vrf.value].ipv6 != 0) return;
  Row& row = grow_to(vrf);
  row.ipv6_first.store(~uint64_t{0}, std::memory_order_relaxed);
  row.ipv6_last.store(0, std::memory_order_relaxed);
}

}  // namespace demarc::dp
