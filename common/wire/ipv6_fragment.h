// The Fragment header of IPv6 (RFC 8200 section 4.5): where it is in a packet.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/wire/ipv6.h"

namespace demarc::wire {

inline constexpr size_t kIpv6FragmentHeaderBytes = 8;

struct Ipv6FragmentPlace {
  uint16_t header = 0;    // from the start of the IPv6 header; 0: there is none, or not within reach
  uint16_t named_by = 0;  // where the next header value is that names it
};

// Of a packet whose IPv6 header may be read. Reads at most `readable` bytes, all 8 of the Fragment header within them.
inline Ipv6FragmentPlace find_ipv6_fragment(const uint8_t* packet, size_t readable) {
  size_t named_by = offsetof(Ipv6Header, next_header);
  size_t offset = sizeof(Ipv6Header);
  for (unsigned n = 0; n < kIpv6ExtensionsMax && is_ipv6_extension(packet[named_by]); ++n) {
    if (readable < offset + 8) return {};
    if (packet[named_by] == kNextHeaderFragment)
      return {static_cast<uint16_t>(offset), static_cast<uint16_t>(named_by)};
    named_by = offset;
    offset += (size_t{packet[offset + 1]} + 1) * 8;
  }
  return {};
}

}  // namespace demarc::wire
