// WideKey: what an IPv6 address or prefix is looked up by, in the hashes that change entry by entry.
#pragma once

#include <compare>
#include <cstdint>

#include "common/base/ipv6.h"

namespace demarc::dp {

struct WideKey {
  Ipv6Address address;    // of a prefix: host bits 0
  uint32_t slot = 0;      // attachment or VRF
  uint32_t length = 128;  // of the prefix
  auto operator<=>(const WideKey&) const = default;
};
static_assert(sizeof(WideKey) == 24);  // no padding: the hash takes all bytes

}  // namespace demarc::dp
