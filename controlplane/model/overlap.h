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

}  // namespace demarc::cp
