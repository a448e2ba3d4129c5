#include "controlplane/model/validate_address.h"

#include <fmt/core.h>

#include <span>

namespace demarc::cp {
namespace {

struct SpecialRange {
  IpPrefix prefix;
  const char* name;
};

std::span<const SpecialRange> special_ranges(bool ipv4) {
  static const SpecialRange kIpv4[] = {
      {Ipv4Prefix{0x00000000, 8}, "0.0.0.0/8 (\"this network\")"},
      {Ipv4Prefix{0x7f000000, 8}, "127.0.0.0/8 (loopback)"},
      {Ipv4Prefix{0xe0000000, 4}, "224.0.0.0/4 (multicast)"},
      {Ipv4Prefix{0xf0000000, 4}, "240.0.0.0/4 (reserved and broadcast)"},
  };
  static const SpecialRange kIpv6[] = {
      {Ipv6Prefix{{}, 80}, "::/80 (unspecified, loopback, IPv4-mapped)"},
      {Ipv6Prefix{{{0xfe, 0x80}}, 10}, "fe80::/10 (link-local)"},
      {Ipv6Prefix{{{0xff}}, 8}, "ff00::/8 (multicast)"},
  };
  return ipv4 ? std::span<const SpecialRange>(kIpv4) : std::span<const SpecialRange>(kIpv6);
}

const char* right(bool ipv4) {
  return ipv4 ? "; use an address from 1.0.0.0 to 223.255.255.255 outside of 127.0.0.0/8"
              : "; use a global or unique local unicast address: 2000::/3, fc00::/7";
}

template <class... Args>
tl::unexpected<Error> invalid(fmt::format_string<Args...> format, Args&&... args) {
  return fail(ErrorCode::invalid, fmt::format(format, std::forward<Args>(args)...));
}

Status check_link_length(const std::string& subject, const std::string& interface, uint8_t length, uint8_t least,
                         uint8_t most) {
  if (length >= least && length <= most) return {};
  return invalid("{}: address {}: the length of a link's prefix must be from {} to {}", subject, interface, least,
                 most);
}

}  // namespace

Status validate_host_address(const std::string& subject, const IpAddress& address) {
  for (const SpecialRange& range : special_ranges(address.is_ipv4()))
    if (range.prefix.contains(address))
      return invalid("{}: address {} is in {}{}", subject, to_string(address), range.name, right(address.is_ipv4()));
  return {};
}

Status validate_not_mapped(const std::string& subject, const Ipv6Address& address) {
  if (!is_ipv4_mapped(address)) return {};
  return invalid("{}: address {} is in ::ffff:0:0/96 (IPv4-mapped){}", subject, to_string(address), right(false));
}

Status validate_on_link(const std::string& subject, const IpAddress& address, const IpPrefix& link) {
  if (Status s = validate_host_address(subject, address); !s) return s;
  if (!link.is_ipv4()) {
    if (!is_subnet_router_anycast({address.ipv6(), link.length()})) return {};
    return invalid(
        "{}: address {} is the subnet-router anycast address of its link {}, which all its routers have; use another",
        subject, to_string(address), to_string(link));
  }
  if (link.length() >= 31) return {};
  const Ipv4Prefix prefix = link.ipv4();
  const uint32_t value = address.ipv4().host(), last = prefix.value | ~ipv4_mask(prefix.length);
  if (value != prefix.value && value != last) return {};
  return invalid("{}: address {} is the {} address of its link; the hosts of {} are {} to {}", subject,
                 to_string(address), value == last ? "broadcast" : "network", to_string(link),
                 to_string(Ipv4Address{prefix.value + 1}), to_string(Ipv4Address{last - 1}));
}

Status validate_interface(const std::string& subject, const Ipv4Interface& i) {
  Status length = check_link_length(subject, to_string(i), i.prefix_length, kLinkPrefixLengthMin, kLinkPrefixLengthMax);
  return length ? validate_on_link(subject, ip_address(i.address), i.prefix()) : length;
}

Status validate_interface(const std::string& subject, const Ipv6Interface& i) {
  if (Status s = validate_not_mapped(subject, i.address); !s) return s;
  Status length =
      check_link_length(subject, to_string(i), i.prefix_length, kIpv6LinkPrefixLengthMin, kIpv6LinkPrefixLengthMax);
  return length ? validate_on_link(subject, i.address, i.prefix()) : length;
}

Status validate_prefix(const std::string& subject, const IpPrefix& prefix) {
  const uint8_t most = prefix.is_ipv4() ? 32 : 128;
  if (prefix.length() > most)
    return invalid("{}: prefix length {}: the length must be from 0 to {}", subject, prefix.length(), most);
  const Ipv6Prefix& bits = prefix.ipv6();
  const IpPrefix right(Ipv6Prefix{ipv6_network(bits.address, bits.length), bits.length});
  if (right != prefix)
    return invalid("{}: prefix {} has bits set behind its length; it would be {}", subject, to_string(prefix),
                   to_string(right));
  return {};
}

Status validate_host_prefix(const std::string& subject, const IpPrefix& prefix) {
  if (Status s = validate_prefix(subject, prefix); !s) return s;
  for (const SpecialRange& range : special_ranges(prefix.is_ipv4()))
    if (range.prefix.overlaps(prefix))
      return invalid("{}: prefix {} has addresses in {}{}", subject, to_string(prefix), range.name,
                     right(prefix.is_ipv4()));
  return {};
}

Status validate_route_prefix(const std::string& subject, const IpPrefix& prefix) {
  if (Status s = validate_prefix(subject, prefix); !s) return s;
  for (const SpecialRange& range : special_ranges(prefix.is_ipv4()))
    if (range.prefix.contains(prefix))
      return invalid("{}: prefix {} is inside {}, to which nothing is forwarded", subject, to_string(prefix),
                     range.name);
  return {};
}

}  // namespace demarc::cp
