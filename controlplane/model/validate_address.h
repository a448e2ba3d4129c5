// Which IPv4 addresses and prefixes may stand where. `subject` begins the sentence of an error: "UE pool p1".
#pragma once

#include <string>

#include "common/base/ipv4.h"
#include "common/base/result.h"

namespace demarc::cp {

inline constexpr uint8_t kLinkPrefixLengthMin = 8;
inline constexpr uint8_t kLinkPrefixLengthMax = 31;

// An address that a host can have: not in 0.0.0.0/8, 127.0.0.0/8 (RFC 1122 clause 3.2.1.3), nor from 224.0.0.0 up
// (multicast, reserved, broadcast).
Status validate_host_address(const std::string& subject, Ipv4Address address);

// A host address that, on a link of this prefix, is neither the network's nor the broadcast address. On a /31 both
// addresses are hosts' (RFC 3021).
Status validate_on_link(const std::string& subject, Ipv4Address address, const Ipv4Prefix& link);

// Host bits 0, length at most 32.
Status validate_prefix(const std::string& subject, const Ipv4Prefix& prefix);

// A prefix all of whose addresses hosts can have: overlaps none of the ranges above.
Status validate_host_prefix(const std::string& subject, const Ipv4Prefix& prefix);

// A prefix to which a route may lead: not wholly inside one of the ranges above.
Status validate_route_prefix(const std::string& subject, const Ipv4Prefix& prefix);

}  // namespace demarc::cp
