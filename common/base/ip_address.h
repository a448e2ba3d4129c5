// IpAddress: an address of either family, for what treats both alike: a next hop, a neighbor.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <string>

#include "common/base/byte_order.h"
#include "common/base/ipv4.h"
#include "common/base/ipv6.h"

namespace demarc {

// Sixteen bytes in network order; an IPv4 address as its IPv4-mapped one (RFC 4291 section 2.5.5.2), which no packet
// may carry. Made from either family without a word, for nothing is lost on the way. By default 0.0.0.0.
class IpAddress {
 public:
  constexpr IpAddress() : mapped_{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}} {}
  IpAddress(Be32 ipv4) : IpAddress() {
    const uint32_t raw = ipv4.raw();
    std::memcpy(&mapped_.bytes[12], &raw, sizeof raw);
  }
  constexpr IpAddress(const Ipv6Address& ipv6) : mapped_(ipv6) {}

  constexpr bool is_ipv4() const { return is_ipv4_mapped(mapped_); }
  // Only of the family that it has.
  Be32 ipv4() const {
    uint32_t raw;
    std::memcpy(&raw, &mapped_.bytes[12], sizeof raw);
    return Be32::from_raw(raw);
  }
  constexpr const Ipv6Address& ipv6() const { return mapped_; }

  auto operator<=>(const IpAddress&) const = default;
  constexpr bool operator==(const IpAddress& o) const { return mapped_ == o.mapped_; }

 private:
  Ipv6Address mapped_;
};
static_assert(sizeof(IpAddress) == 16 && alignof(IpAddress) == 1);

inline std::string to_string(const IpAddress& a) {
  return a.is_ipv4() ? to_string(Ipv4Address{a.ipv4().host()}) : to_string(a.ipv6());
}

}  // namespace demarc
