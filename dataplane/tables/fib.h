// Fib: the routing table of one VRF, immutable. Longest-prefix match over IPv4 in a compressed trie of 6-bit strides
// (Asai and Ohara, "Poptrie", SIGCOMM 2015): a few hundred bytes for a handful of routes, not the 64 MB of a flat
// table, and at most six dependent loads for a million.
//
// Built aside by the agent, published by a pointer in Topology, retired as a whole.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/result.h"

namespace demarc::dp {

struct NextHop {
  AttachmentSlot egress;
  Be32 gateway;  // 0.0.0.0: the destination is on the attachment's own link
};

struct FibRoute {
  uint32_t prefix;        // host byte order, host bits 0
  uint8_t prefix_length;  // 0..32
  NextHop next_hop;
};

// One cache line, which holds the root of the trie too: a packet of a VRF not seen lately pays for the line of the Fib,
// one line a level below the root, the leaf and the next hop.
class alignas(64) Fib {
 public:
  // Of two routes with the same prefix and length the later one counts. Errors, `invalid`: a length over 32, host bits
  // set; `exhausted`: more than 65,535 distinct next hops, more than 16,777,216 routes.
  static Result<std::unique_ptr<const Fib>> build(std::span<const FibRoute> routes);

  // The longest match, or null. `destination` in host byte order.
  const NextHop* lookup(uint32_t destination) const {
    // 32 bits and four zeros make six strides of six bits. Nodes of the sixth stride have no children.
    const uint64_t key = uint64_t{destination} << 4;
    const Node* node = &root_;
    for (int shift = 30; shift >= 0; shift -= 6) {
      const uint64_t bit = uint64_t{1} << (key >> shift & 63);
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
  static void lookup_burst(const Fib* const* fibs, const uint32_t* destinations, unsigned n, const NextHop** out);

  // Bytes, all told: this object and its trie.
  size_t memory_bytes() const { return sizeof(Fib) + storage_bytes_; }
  size_t route_count() const { return route_count_; }  // distinct prefixes

 private:
  friend class FibBuilder;
  Fib() = default;

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
static_assert(sizeof(Fib) == 64);

}  // namespace demarc::dp
