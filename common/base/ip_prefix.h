// IpPrefix: a prefix of either family, for what treats both alike: a pool, a route. And the texts of both families.
#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "common/base/ip_address.h"

namespace demarc {

inline IpAddress ip_address(Ipv4Address a) { return IpAddress(Be32::from_host(a.value)); }

// An IPv4 prefix is kept as the part of ::ffff:0:0/96 that it is, as IpAddress does with addresses. Ordered by the
// first address, then by length. By default 0.0.0.0/0.
class IpPrefix {
 public:
  IpPrefix() : IpPrefix(Ipv4Prefix{}) {}
  IpPrefix(const Ipv4Prefix& p)
      : mapped_{ip_address(Ipv4Address{p.value}).ipv6(), static_cast<uint8_t>(kMappedBits + p.length)} {}
  constexpr IpPrefix(const Ipv6Prefix& p) : mapped_(p) {}
  // This address alone.
  explicit constexpr IpPrefix(const IpAddress& a) : mapped_{a.ipv6(), 128} {}

  constexpr bool is_ipv4() const { return mapped_.length >= kMappedBits && is_ipv4_mapped(mapped_.address); }
  // Only of the family that it has.
  Ipv4Prefix ipv4() const {
    return {IpAddress(mapped_.address).ipv4().host(), static_cast<uint8_t>(mapped_.length - kMappedBits)};
  }
  constexpr const Ipv6Prefix& ipv6() const { return mapped_; }

  constexpr IpAddress first() const { return IpAddress(mapped_.address); }
  // In bits of its own family: 0..32 or 0..128.
  constexpr uint8_t length() const {
    return is_ipv4() ? static_cast<uint8_t>(mapped_.length - kMappedBits) : mapped_.length;
  }
  constexpr bool is_address() const { return mapped_.length == 128; }
  constexpr bool contains(const IpAddress& a) const {
    return is_ipv4() == a.is_ipv4() && mapped_.contains(a.ipv6());  // ::/0 has no IPv4 address in it
  }
  constexpr bool contains(const IpPrefix& p) const {
    return is_ipv4() == p.is_ipv4() && mapped_.length <= p.mapped_.length && mapped_.contains(p.mapped_.address);
  }
  constexpr bool overlaps(const IpPrefix& p) const { return is_ipv4() == p.is_ipv4() && mapped_.overlaps(p.mapped_); }

  auto operator<=>(const IpPrefix&) const = default;

 private:
  static constexpr uint8_t kMappedBits = 96;
  Ipv6Prefix mapped_;
};

// What has a colon in it is read as IPv6, else as IPv4. Errors: those of the family's parser; IPv4-mapped is refused.
Result<IpAddress> parse_ip(std::string_view text);
Result<IpPrefix> parse_ip_prefix(std::string_view text);
// An IPv6 prefix; without a length it has 64 bits, as a UE's has (TS 23.501 clause 5.8.2.2.3).
Result<Ipv6Prefix> parse_ipv6_prefix_64(std::string_view text);

std::string to_string(const IpPrefix& p);
// An address alone without its length: 10.45.0.7, but 10.45.0.0/16.
std::string to_short_string(const IpPrefix& p);

}  // namespace demarc
