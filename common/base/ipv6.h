// IPv6 addresses and prefixes: values, text, parsing. Text is read as RFC 4291 section 2.2 defines it, without a zone,
// and written as RFC 5952 recommends it.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace demarc {

// As on the wire: bytes[0] is the first one sent.
struct Ipv6Address {
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const Ipv6Address&) const = default;
  // Two words instead of sixteen bytes: packets are compared with this.
  constexpr bool operator==(const Ipv6Address& o) const {
    const auto a = std::bit_cast<std::array<uint64_t, 2>>(bytes);
    const auto b = std::bit_cast<std::array<uint64_t, 2>>(o.bytes);
    return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
  }
};
static_assert(sizeof(Ipv6Address) == 16 && alignof(Ipv6Address) == 1);
static_assert(std::endian::native == std::endian::little, "ipv6_mask_word turns the bytes of a word round");

// The first `bits` (0..64) of 8 bytes, as a word of them in memory.
constexpr uint64_t ipv6_mask_word(unsigned bits) {
  return bits == 0 ? 0 : __builtin_bswap64(~uint64_t{0} << (64 - bits));
}

// The first `prefix_length` (0..128) bits of an address, the others 0.
constexpr Ipv6Address ipv6_network(const Ipv6Address& a, uint8_t prefix_length) {
  auto words = std::bit_cast<std::array<uint64_t, 2>>(a.bytes);
  words[0] &= ipv6_mask_word(std::min<unsigned>(prefix_length, 64));
  words[1] &= ipv6_mask_word(prefix_length > 64 ? std::min(prefix_length - 64u, 64u) : 0);
  return {std::bit_cast<std::array<uint8_t, 16>>(words)};
}

// Host bits are 0, the length is 0..128.
struct Ipv6Prefix {
  Ipv6Address address;
  uint8_t length = 0;
  auto operator<=>(const Ipv6Prefix&) const = default;
  constexpr bool contains(const Ipv6Address& a) const { return ipv6_network(a, length) == address; }
  constexpr bool overlaps(const Ipv6Prefix& o) const {
    const uint8_t shorter = std::min(length, o.length);
    return ipv6_network(address, shorter) == ipv6_network(o.address, shorter);
  }
};

// An address on a link, with the length of the link's prefix: 2001:db8:1::1/64.
struct Ipv6Interface {
  Ipv6Address address;
  uint8_t prefix_length = 0;
  auto operator<=>(const Ipv6Interface&) const = default;
  constexpr Ipv6Prefix prefix() const { return {ipv6_network(address, prefix_length), prefix_length}; }
};

// Kinds of addresses, RFC 4291 section 2.4.
constexpr bool is_unspecified(const Ipv6Address& a) { return a == Ipv6Address{}; }
constexpr bool is_loopback(const Ipv6Address& a) {
  return a == Ipv6Address{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};
}
constexpr bool is_multicast(const Ipv6Address& a) { return a.bytes[0] == 0xff; }
constexpr bool is_link_local(const Ipv6Address& a) { return a.bytes[0] == 0xfe && (a.bytes[1] & 0xc0) == 0x80; }
// ::ffff:0:0/96 (section 2.5.5.2): never on a wire.
constexpr bool is_ipv4_mapped(const Ipv6Address& a) {
  constexpr Ipv6Prefix mapped{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}}, 96};
  return mapped.contains(a);
}

// An address that one host may have and that is good beyond its link: unicast, not link-local, none of the special
// ones.
// ::/96, in which the unspecified and the loopback address lie, has no other use any more (section 2.5.5.1).
constexpr bool is_host_address(const Ipv6Address& a) {
  return !is_multicast(a) && !is_link_local(a) && !is_ipv4_mapped(a) && !Ipv6Prefix{{}, 96}.contains(a);
}

// The subnet's first address, which every router of the link answers to (section 2.6.1) and no host may have for
// itself. A /127 between two routers and a single address have none (RFC 6164 section 6).
constexpr bool is_subnet_router_anycast(const Ipv6Interface& i) {
  return i.prefix_length < 127 && i.address == i.prefix().address;
}

// The 16 bytes of a message, in network order. Errors, `invalid`: another number of bytes.
Result<Ipv6Address> ipv6_from_bytes(std::span<const uint8_t> bytes);

Result<Ipv6Address> parse_ipv6(std::string_view text);
Result<Ipv6Prefix> parse_ipv6_prefix(std::string_view text);  // refuses host bits, and names the right prefix
Result<Ipv6Interface> parse_ipv6_interface(std::string_view text);

std::string to_string(const Ipv6Address& a);
std::string to_string(const Ipv6Prefix& p);
std::string to_string(const Ipv6Interface& i);

}  // namespace demarc
