// NextHopGroups: the routes of a VRF that have more than one next hop (ECMP, RFC 2991). Such a route's leaf in the Fib
// has an egress that is no attachment but names a group here. Immutable, as the Fib beside it.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/tables/fib.h"

namespace demarc::dp {

inline constexpr size_t kGroupHopsMax = 16;
inline constexpr uint32_t kGroupBit = uint32_t{1} << 31;  // of an egress; attachments have no such slots

struct NextHopGroups {
  std::vector<std::vector<NextHop>> ipv4;  // each has 2..16
  std::vector<std::vector<NextHop6>> ipv6;
};

constexpr AttachmentSlot group_egress(size_t index) { return AttachmentSlot{kGroupBit | static_cast<uint32_t>(index)}; }

// The next hops of a leaf that names a group, or null. `groups` may be null, for a VRF that has none.
inline const std::vector<NextHop>* group_of(const NextHopGroups* groups, const NextHop& leaf) {
  const uint32_t index = leaf.egress.value & ~kGroupBit;
  return groups != nullptr && index != leaf.egress.value && index < groups->ipv4.size() ? &groups->ipv4[index]
                                                                                        : nullptr;
}
inline const std::vector<NextHop6>* group_of(const NextHopGroups* groups, const NextHop6& leaf) {
  const uint32_t index = leaf.egress.value & ~kGroupBit;
  return groups != nullptr && index != leaf.egress.value && index < groups->ipv6.size() ? &groups->ipv6[index]
                                                                                        : nullptr;
}

}  // namespace demarc::dp
