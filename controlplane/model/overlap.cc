#include "controlplane/model/overlap.h"

namespace demarc::cp {
namespace {

template <class Index, class Map, class PrefixOf>
auto overlapping(const Index& index, const Map& objects, VrfId vrf, const Ipv4Prefix& prefix, PrefixOf prefix_of)
    -> const typename Map::mapped_type* {
  const auto after = index.upper_bound({vrf, prefix.value});
  if (after != index.begin()) {
    const auto before = std::prev(after);
    const auto& o = objects.at(before->second);
    if (before->first.first == vrf && prefix_of(o).overlaps(prefix)) return &o;
  }
  if (after != index.end() && after->first.first == vrf) {
    const auto& o = objects.at(after->second);
    if (prefix_of(o).overlaps(prefix)) return &o;
  }
  return nullptr;
}

}  // namespace

const Attachment* overlapping_attachment(const Model& m, VrfId vrf, const Ipv4Prefix& prefix) {
  return overlapping(m.index.attachments_by_prefix, m.attachments, vrf, prefix,
                     [](const Attachment& a) { return a.address.prefix(); });
}

const UePool* overlapping_pool(const Model& m, VrfId vrf, const Ipv4Prefix& prefix) {
  return overlapping(m.index.pools_by_prefix, m.pools, vrf, prefix, [](const UePool& p) { return p.prefix; });
}

}  // namespace demarc::cp
