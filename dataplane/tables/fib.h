// Fib: the routing table of one VRF, immutable. Longest-prefix match over IPv4 in a compressed trie of 6-bit strides
// (Asai and Ohara, "Poptrie", SIGCOMM 2015): a few hundred bytes for a handful of routes, not the 64 MB of a flat table,
// and at most six dependent loads for a million.
//
// Built aside by the agent, published by a pointer in Topology, retired as a whole.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

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

class Fib {
 public:
  // Of two routes with the same prefix and length the later one counts. Errors: a length over 32, host bits set, more
  // than 65,535 distinct next hops.
  static Result<std::unique_ptr<const Fib>> build(std::span<const FibRoute> routes);

  // The longest match, or null. `destination` in host byte order.
  const NextHop* lookup(uint32_t destination) const;
  // Bytes, all told.
  size_t memory_bytes() const;
  size_t route_count() const { return route_count_; }

 private:
  struct Node {
    uint64_t node_bits = 0;  // bit v: the child for the next six bits v is an inner node
    uint64_t leaf_bits = 0;  // bit v: a new run of equal leaves starts at v
    uint32_t leaf_base = 0;
    uint32_t node_base = 0;
  };
  static_assert(sizeof(Node) == 24);
  std::vector<Node> nodes_;
  std::vector<uint16_t> leaves_;  // index into next_hops_; 0 is "no route"
  std::vector<NextHop> next_hops_;
  size_t route_count_ = 0;
};

}  // namespace demarc::dp
