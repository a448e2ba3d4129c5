// Looking for a prefix among those of a VRF in an index of ModelIndex in which none overlaps another: there are two
// candidates at most, the last that begins at or before the one looked for and the next.
#pragma once

#include <iterator>

#include "controlplane/model/model_index.h"

namespace demarc::cp {

// The entry whose prefix contains `prefix` wholly; null when none does.
template <class Index>
const typename Index::value_type* find_holding(const Index& index, VrfId vrf, const IpPrefix& prefix) {
  auto it = index.upper_bound({vrf, IpPrefix(prefix.first())});
  if (it == index.begin()) return nullptr;
  --it;
  return it->first.first == vrf && it->first.second.contains(prefix) ? &*it : nullptr;
}

// The first entry whose prefix has an address in common with `prefix`; null when none has.
template <class Index>
const typename Index::value_type* find_overlapping(const Index& index, VrfId vrf, const IpPrefix& prefix) {
  const auto after = index.upper_bound({vrf, IpPrefix(prefix.first())});
  if (after != index.begin())
    if (const auto before = std::prev(after); before->first.first == vrf && before->first.second.overlaps(prefix))
      return &*before;
  const bool next = after != index.end() && after->first.first == vrf && after->first.second.overlaps(prefix);
  return next ? &*after : nullptr;
}

// The same in an index whose prefixes may lie inside of one another: one that lies inside of `prefix`, or the longest
// one around it; null when there is neither.
template <class Index>
const typename Index::value_type* find_overlapping_nested(const Index& index, VrfId vrf, const IpPrefix& prefix) {
  const auto inside = index.lower_bound({vrf, prefix});
  if (inside != index.end() && inside->first.first == vrf && prefix.contains(inside->first.second)) return &*inside;
  const Ipv6Prefix& bits = prefix.ipv6();
  for (uint8_t length = bits.length; length > 0; --length) {
    const IpPrefix around(Ipv6Prefix{ipv6_network(bits.address, length), length});
    if (const auto it = index.find({vrf, around}); it != index.end()) return &*it;
  }
  return nullptr;
}

}  // namespace demarc::cp
