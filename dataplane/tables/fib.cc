#include "dataplane/tables/fib.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ip_address.h"

namespace demarc::dp {
namespace {

constexpr size_t kRoutesMax = size_t{1} << 24;
constexpr size_t kNextHopsMax = 65535;

template <class Family>
struct Entry {
  typename Family::Value prefix;
  uint8_t length;
  uint16_t leaf;  // index of the next hop, plus 1
};

std::string name_of(const FibRoute& r) {
  return demarc::to_string(Ipv4Address{r.prefix}) + "/" + std::to_string(r.prefix_length);
}

std::string name_of(const FibRoute6& r) {
  Ipv6Address a;
  for (size_t i = 0; i < a.bytes.size(); ++i) a.bytes[i] = static_cast<uint8_t>(r.prefix >> (120 - 8 * i));
  return demarc::to_string(a) + "/" + std::to_string(r.prefix_length);
}

template <class Family>
Status check(const BasicFibRoute<Family>& r) {
  if (r.prefix_length > Family::kBits)
    return fail(ErrorCode::invalid,
                "route " + name_of(r) + ": the length must be from 0 to " + std::to_string(Family::kBits));
  if (r.prefix_length < Family::kBits && (r.prefix << r.prefix_length) != 0)
    return fail(ErrorCode::invalid, "route " + name_of(r) + " has bits set behind its length");
  return {};
}

// Gives each distinct next hop a number.
template <class Family>
class NextHopNumbers {
 public:
  using NextHop = BasicNextHop<Family>;

  // 1..65,535, or 0 when there are too many.
  uint16_t number_of(const NextHop& n) {
    const auto [it, added] =
        numbers_.try_emplace(std::pair(n.egress, IpAddress(n.gateway)), static_cast<uint16_t>(next_hops_.size() + 1));
    if (added && next_hops_.size() == kNextHopsMax) {
      numbers_.erase(it);
      return 0;
    }
    if (added) next_hops_.push_back(n);
    return it->second;
  }
  const std::vector<NextHop>& next_hops() const { return next_hops_; }

 private:
  std::map<std::pair<AttachmentSlot, IpAddress>, uint16_t> numbers_;
  std::vector<NextHop> next_hops_;
};

// By prefix and then length, so that what contains comes before what is contained; of equals the last is kept.
template <class Family>
void sort_unique(std::vector<Entry<Family>>& entries) {
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : a.length < b.length;
  });
  size_t kept = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const bool same =
        kept > 0 && entries[kept - 1].prefix == entries[i].prefix && entries[kept - 1].length == entries[i].length;
    entries[same ? kept - 1 : kept++] = entries[i];
  }
  entries.resize(kept);
}

}  // namespace

template <class Family>
class FibBuilder {
 public:
  using Fib = BasicFib<Family>;
  using NextHop = BasicNextHop<Family>;
  using Entry = dp::Entry<Family>;

  static std::unique_ptr<const Fib> build(std::span<const Entry> entries, const std::vector<NextHop>& next_hops) {
    FibBuilder b;
    const typename Fib::Node root = b.make_node(0, entries, 0);
    std::unique_ptr<Fib> fib(new Fib);
    fib->root_ = root;
    fib->route_count_ = static_cast<uint32_t>(entries.size());
    b.store(*fib, next_hops);
    return fib;
  }

 private:
  // The node that decides on bits [depth, depth + 6) of the address. `entries` are longer than `depth` (at the root: of
  // any length), lie all inside the node, and are in order. `inherited`: the leaf of the longest prefix that contains
  // the node. Depth of recursion: the strides of the family.
  typename Fib::Node make_node(unsigned depth, std::span<const Entry> entries, uint16_t inherited) {
    std::array<uint16_t, 64> leaf;
    leaf.fill(inherited);
    std::array<std::span<const Entry>, 64> below{};
    for (size_t i = 0; i < entries.size(); ++i) {
      const Entry& e = entries[i];
      const size_t v = Family::bits_at(e.prefix, depth);
      if (e.length <= depth + 6) {
        std::fill_n(leaf.begin() + v, size_t{1} << (depth + 6 - e.length), e.leaf);
      } else {
        const size_t first = below[v].empty() ? i : static_cast<size_t>(below[v].data() - entries.data());
        below[v] = entries.subspan(first, i + 1 - first);
      }
    }
    typename Fib::Node node;
    add_leaves(node, leaf, below);
    node.node_base = static_cast<uint32_t>(nodes_.size());
    nodes_.resize(nodes_.size() + static_cast<size_t>(std::popcount(node.node_bits)));
    size_t child = node.node_base;
    for (size_t v = 0; v < 64; ++v) {
      if (below[v].empty()) continue;
      const typename Fib::Node made = make_node(depth + 6, below[v], leaf[v]);  // may move nodes_
      nodes_[child++] = made;
    }
    return node;
  }

  void add_leaves(typename Fib::Node& node, const std::array<uint16_t, 64>& leaf,
                  const std::array<std::span<const Entry>, 64>& below) {
    node.leaf_base = static_cast<uint32_t>(leaves_.size());
    for (size_t v = 0; v < 64; ++v) {
      if (!below[v].empty()) {
        node.node_bits |= uint64_t{1} << v;
      } else if (node.leaf_bits == 0 || leaves_.back() != leaf[v]) {
        node.leaf_bits |= uint64_t{1} << v;
        leaves_.push_back(leaf[v]);
      }
    }
  }

  // One allocation, sized exactly, in falling order of alignment.
  void store(Fib& fib, const std::vector<NextHop>& next_hops) const {
    const size_t node_bytes = nodes_.size() * sizeof(typename Fib::Node);
    const size_t hop_bytes = next_hops.size() * sizeof(NextHop);
    const size_t leaf_bytes = leaves_.size() * sizeof(uint16_t);
    fib.storage_bytes_ = static_cast<uint32_t>(node_bytes + hop_bytes + leaf_bytes);
    fib.storage_ = std::make_unique<std::byte[]>(fib.storage_bytes_);
    std::byte* at = fib.storage_.get();
    fib.nodes_ = place(at, nodes_);
    fib.next_hops_ = place(at + node_bytes, next_hops);
    fib.leaves_ = place(at + node_bytes + hop_bytes, leaves_);
  }

  template <class T>
  static const T* place(std::byte* at, const std::vector<T>& from) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::uninitialized_copy(from.begin(), from.end(), reinterpret_cast<T*>(at));
    return reinterpret_cast<const T*>(at);
  }

  std::vector<typename Fib::Node> nodes_;
  std::vector<uint16_t> leaves_;
};

template <class Family>
Result<std::unique_ptr<const BasicFib<Family>>> BasicFib<Family>::build(std::span<const FibRoute> routes) {
  if (routes.size() > kRoutesMax)
    return fail(ErrorCode::exhausted,
                std::to_string(routes.size()) + " routes in one VRF; it can have " + std::to_string(kRoutesMax));
  NextHopNumbers<Family> numbers;
  std::vector<Entry<Family>> entries;
  entries.reserve(routes.size());
  for (const FibRoute& r : routes) {
    if (Status s = check(r); !s) return tl::unexpected<Error>(s.error());
    const uint16_t number = numbers.number_of(r.next_hop);
    if (number == 0)
      return fail(ErrorCode::exhausted, "route " + name_of(r) + " is one next hop too many; a VRF can have " +
                                            std::to_string(kNextHopsMax) + " different ones");
    entries.push_back({r.prefix, r.prefix_length, number});
  }
  sort_unique(entries);
  return FibBuilder<Family>::build(entries, numbers.next_hops());
}

template <class Family>
void BasicFib<Family>::lookup_burst(const BasicFib* const* fibs, const Value* destinations, unsigned n,
                                    const NextHop** out) {
  constexpr unsigned kMax = 64;
  std::array<const Node*, kMax> node;
  std::array<const uint16_t*, kMax> leaf;
  std::array<uint8_t, kMax> walking;  // indices of those that have not found their leaf yet
  unsigned left = 0;
  n = std::min(n, kMax);
  for (unsigned i = 0; i < n; ++i) {
    leaf[i] = nullptr;
    if (fibs[i] == nullptr) continue;
    __builtin_prefetch(fibs[i]);
    node[i] = &fibs[i]->root_;
    walking[left++] = static_cast<uint8_t>(i);
  }
  for (unsigned depth = 0; left > 0 && depth < Family::kStrides * 6; depth += 6) {
    unsigned still = 0;
    for (unsigned w = 0; w < left; ++w) {
      const unsigned i = walking[w];
      const uint64_t bit = uint64_t{1} << Family::bits_at(destinations[i], depth);
      const Node& at = *node[i];
      if ((at.node_bits & bit) != 0) {
        node[i] = fibs[i]->child(at, bit);
        __builtin_prefetch(node[i]);
        walking[still++] = static_cast<uint8_t>(i);
      } else {
        leaf[i] = fibs[i]->leaf(at, bit);
        __builtin_prefetch(leaf[i]);
      }
    }
    left = still;
  }
  for (unsigned i = 0; i < n; ++i) {
    out[i] = leaf[i] == nullptr || *leaf[i] == 0 ? nullptr : &fibs[i]->next_hops_[*leaf[i] - 1];
    __builtin_prefetch(out[i]);
  }
}

template class BasicFib<Ipv4Family>;
template class BasicFib<Ipv6Family>;

}  // namespace demarc::dp
