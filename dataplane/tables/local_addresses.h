// LocalAddresses: what is ours in a VRF, for one family. Built with the Topology, then immutable.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ipv6.h"

namespace demarc::dp {

// What one of our addresses is for. An address may be of an attachment and of a GTP-U endpoint at once.
struct LocalAddress {
  bool ours = false;
  bool has_gtpu_endpoint = false;
  bool group = false;  // a multicast group that we listen to: nobody's address
  GtpuEndpointSlot endpoint;
};

// Open addressing, size a power of two, at most half full.
template <class Address>
class LocalAddresses {
 public:
  // Room for so many addresses; empty.
  void reset(size_t addresses) {
    const size_t size = std::bit_ceil(2 * (addresses + 1));
    rows_.assign(size, {});
    mask_ = size - 1;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(size));
  }
  // The row of the address, free or not; a free one gets its key and must be made `ours`.
  LocalAddress& row(VrfSlot vrf, const Address& address) {
    size_t at = home(vrf, address);
    while (rows_[at].value.ours && !rows_[at].is(vrf, address)) at = (at + 1) & mask_;
    rows_[at].vrf = vrf;
    rows_[at].address = address;
    return rows_[at].value;
  }
  // Any value is safe.
  LocalAddress find(VrfSlot vrf, const Address& address) const {
    // A free row ends the walk.
    for (size_t at = home(vrf, address);; at = (at + 1) & mask_) {
      if (!rows_[at].value.ours) return {};
      if (rows_[at].is(vrf, address)) return rows_[at].value;
    }
  }
  size_t memory_bytes() const { return rows_.capacity() * sizeof(Row); }

 private:
  struct Row {
    VrfSlot vrf;
    Address address{};
    LocalAddress value;  // not `ours`: the row is free
    bool is(VrfSlot v, const Address& a) const { return address == a && vrf == v; }
  };
  // Multiplicative hashing; the best bits of the product are the upper ones.
  static constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15u;
  size_t home(VrfSlot vrf, Be32 a) const { return (uint64_t{vrf.value} << 32 | a.raw()) * kMultiplier >> shift_; }
  size_t home(VrfSlot vrf, const Ipv6Address& a) const {
    uint64_t words[2];
    std::memcpy(words, a.bytes.data(), sizeof words);
    return (((words[0] ^ vrf.value) * kMultiplier ^ words[1]) * kMultiplier) >> shift_;
  }

  std::vector<Row> rows_;
  size_t mask_ = 0;     // size - 1
  unsigned shift_ = 0;  // 64 - log2 of the size
};

}  // namespace demarc::dp
