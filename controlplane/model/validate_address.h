// Which addresses and prefixes may stand where. `subject` begins the sentence of an error: "UE pool p1".
#pragma once

#include <string>

#include "common/base/ip_prefix.h"
#include "common/base/result.h"

namespace demarc::cp {

inline constexpr uint8_t kLinkPrefixLengthMin = 8;
inline constexpr uint8_t kLinkPrefixLengthMax = 31;
inline constexpr uint8_t kIpv6LinkPrefixLengthMin = 32;
inline constexpr uint8_t kIpv6LinkPrefixLengthMax = 127;

// An address that a host can have, and that is good beyond its link. IPv4: not in 0.0.0.0/8, 127.0.0.0/8 (RFC 1122
// clause 3.2.1.3), nor from 224.0.0.0 up (multicast, reserved, broadcast). IPv6: not in ::/80 (unspecified, loopback,
// IPv4-mapped), nor link-local or multicast (RFC 4291 section 2.4).
Status validate_host_address(const std::string& subject, const IpAddress& address);

// An address or prefix that was given as IPv6 is not an IPv4-mapped one, which would be taken for IPv4.
Status validate_not_mapped(const std::string& subject, const Ipv6Address& address);

// A host address that, on a link of this prefix and of its family, is not the network's: neither the network nor the
// broadcast address, nor the subnet-router anycast address (RFC 4291 section 2.6.1). On a /31 and a /127 both addresses
// are hosts' (RFC 3021, RFC 6164).
Status validate_on_link(const std::string& subject, const IpAddress& address, const IpPrefix& link);

// Our own address on a link: on the link, of a length that a link's prefix may have.
Status validate_interface(const std::string& subject, const Ipv4Interface& interface);
Status validate_interface(const std::string& subject, const Ipv6Interface& interface);

// Host bits 0, length at most 32 or 128.
Status validate_prefix(const std::string& subject, const IpPrefix& prefix);

// A prefix all of whose addresses hosts can have: overlaps none of the ranges above.
Status validate_host_prefix(const std::string& subject, const IpPrefix& prefix);

// A prefix to which a route may lead: not wholly inside one of the ranges above.
Status validate_route_prefix(const std::string& subject, const IpPrefix& prefix);

}  // namespace demarc::cp
