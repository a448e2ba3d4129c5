// IPv4 addresses and prefixes: values, text, parsing. Strict: four decimal numbers without leading zeros.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace demarc {

// Host byte order: 10.0.0.1 is 0x0a000001.
struct Ipv4Address {
  uint32_t value = 0;
  auto operator<=>(const Ipv4Address&) const = default;
};

constexpr uint32_t ipv4_mask(uint8_t prefix_length) {
  return prefix_length == 0 ? 0 : ~uint32_t{0} << (32 - prefix_length);
}

// Host bits are 0, the length is 0..32.
struct Ipv4Prefix {
  uint32_t value = 0;
  uint8_t length = 0;
  auto operator<=>(const Ipv4Prefix&) const = default;
  constexpr bool contains(Ipv4Address a) const { return (a.value & ipv4_mask(length)) == value; }
  constexpr bool overlaps(const Ipv4Prefix& o) const {
    const uint8_t shorter = length < o.length ? length : o.length;
    return ((value ^ o.value) & ipv4_mask(shorter)) == 0;
  }
};

// An address on a link, with the length of the link's prefix: 10.1.0.1/24.
struct Ipv4Interface {
  Ipv4Address address;
  uint8_t prefix_length = 0;
  auto operator<=>(const Ipv4Interface&) const = default;
  constexpr Ipv4Prefix prefix() const { return {address.value & ipv4_mask(prefix_length), prefix_length}; }
};

Result<Ipv4Address> parse_ipv4(std::string_view text);
Result<Ipv4Prefix> parse_ipv4_prefix(std::string_view text);  // refuses host bits, and names the right prefix
Result<Ipv4Interface> parse_ipv4_interface(std::string_view text);

std::string to_string(Ipv4Address a);
std::string to_string(const Ipv4Prefix& p);
std::string to_string(const Ipv4Interface& i);

}  // namespace demarc
