// Fib and Fib6: the routing tables of one VRF, one a family, immutable. Longest-prefix match in a compressed trie of
// 6-bit strides (Asai and Ohara, "Poptrie", SIGCOMM 2015): a few hundred bytes for a handful of IPv4 routes, not the
// 64 MB of a flat table, and at most six dependent loads for a million. Of IPv6 it is a stride of 24 bytes for each six
// bits of a prefix that no other shares, so one or two kilobytes for a handful, and eleven loads for a /64.
//
// Built aside by the agent, published by a pointer in Topology, retired as a whole.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ipv6.h"
#include "common/base/result.h"

namespace demarc::dp {

// An IPv6 address as a number: host byte order.
__extension__ using Ipv6Value = unsigned __int128;
inline Ipv6Value ipv6_value(const Ipv6Address& a) {
  uint64_t high;
  uint64_t low;
  std::memcpy(&high, a.bytes.data(), 8);
  std::memcpy(&low, a.bytes.data() + 8, 8);
  return Ipv6Value{Be64::from_raw(high).host()} << 64 | Be64::from_raw(low).host();
}

// What the trie asks of a family: an address as a number, how many bits it has, and the six of them from `depth` on,
// where those past the end are 0.
struct Ipv4Family {
  using Value = uint32_t;  // host byte order
  using Gateway = Be32;
  static constexpr unsigned kBits = 32;
  static constexpr unsigned kStrides = 6;
  static uint64_t bits_at(Value a, unsigned depth) { return (uint64_t{a} << 4) >> (30 - depth) & 63; }
};
struct Ipv6Family {
  using Value = Ipv6Value;
  using Gateway = Ipv6Address;
  static constexpr unsigned kBits = 128;
  static constexpr unsigned kStrides = 22;
  static uint64_t bits_at(Value a, unsigned depth) {
    return static_cast<uint64_t>(depth <= 122 ? a >> (122 - depth) : a << (depth - 122)) & 63;
  }
};

template <class Family>
struct BasicNextHop {
  AttachmentSlot egress;
  typename Family::Gateway gateway;  // all zeros: the destination is on the attachment's own link
};

template <class Family>
struct BasicFibRoute {
  typename Family::Value prefix;  // host bits 0
  uint8_t prefix_length;          // 0..32, 0..128
  BasicNextHop<Family> next_hop;
};

// One cache line, which holds the root of the trie too: a packet of a VRF not seen lately pays for the line of the Fib,
// one line a level below the root, the leaf and the next hop.
template <class Family>
class alignas(64) BasicFib {
 public:
  using Value = typename Family::Value;
  using NextHop = BasicNextHop<Family>;
  using FibRoute = BasicFibRoute<Family>;

  // Of two routes with the same prefix and length the later one counts. Errors, `invalid`: a length that the family
  // does not have, host bits set; `exhausted`: more than 65,535 distinct next hops, more than 16,777,216 routes.
  static Result<std::unique_ptr<const BasicFib>> build(std::span<const FibRoute> routes);

  // The longest match, or null.
  const NextHop* lookup(Value destination) const {
    const Node* node = &root_;
    // Nodes of the last stride have no children.
    for (unsigned depth = 0; depth < Family::kStrides * 6; depth += 6) {
      const uint64_t bit = uint64_t{1} << Family::bits_at(destination, depth);
      if ((node->node_bits & bit) == 0) {
        const uint16_t found = *leaf(*node, bit);
        return found == 0 ? nullptr : &next_hops_[found - 1];
      }
      node = child(*node, bit);
    }
    return nullptr;
  }

  // lookup() for a burst, each packet with the Fib of its VRF (null: no route): out[i] =
  // fibs[i]->lookup(destinations[i]). One level of all tries after the other, each prefetched while the others are
  // walked. n at most 64.
  static void lookup_burst(const BasicFib* const* fibs, const Value* destinations, unsigned n, const NextHop** out);

  // Bytes, all told: this object and its trie.
  size_t memory_bytes() const { return sizeof(BasicFib) + storage_bytes_; }
  size_t route_count() const { return route_count_; }  // distinct prefixes

 private:
  template <class>
  friend class FibBuilder;
  BasicFib() = default;

  struct Node {
    uint64_t node_bits = 0;  // bit v: the child for the next six bits v is an inner node
    uint64_t leaf_bits = 0;  // bit v: a new run of equal leaves starts at v; children are skipped over
    uint32_t leaf_base = 0;
    uint32_t node_base = 0;
  };
  static_assert(sizeof(Node) == 24);

  // `bit`: one, at the place of the six bits of the address that the node decides on.
  const Node* child(const Node& n, uint64_t bit) const {
    return &nodes_[n.node_base + static_cast<unsigned>(std::popcount(n.node_bits & (bit - 1)))];
  }
  const uint16_t* leaf(const Node& n, uint64_t bit) const {
    return &leaves_[n.leaf_base + static_cast<unsigned>(std::popcount(n.leaf_bits & (bit | (bit - 1)))) - 1];
  }

  Node root_;
  // All three point into storage_.
  const Node* nodes_ = nullptr;
  const NextHop* next_hops_ = nullptr;
  const uint16_t* leaves_ = nullptr;  // index into next_hops_, plus 1; 0 is "no route"
  std::unique_ptr<std::byte[]> storage_;
  uint32_t storage_bytes_ = 0;
  uint32_t route_count_ = 0;
};
extern template class BasicFib<Ipv4Family>;
extern template class BasicFib<Ipv6Family>;

using Fib = BasicFib<Ipv4Family>;
using NextHop = BasicNextHop<Ipv4Family>;
using FibRoute = BasicFibRoute<Ipv4Family>;
using Fib6 = BasicFib<Ipv6Family>;
using NextHop6 = BasicNextHop<Ipv6Family>;
using FibRoute6 = BasicFibRoute<Ipv6Family>;
static_assert(sizeof(Fib) == 64 && sizeof(Fib6) == 64);

}  // namespace demarc::dp
