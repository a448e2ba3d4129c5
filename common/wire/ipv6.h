// IPv6 (RFC 8200): the header, and a bounded walk over extension headers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/base/ipv6.h"
#include "common/wire/checksum.h"
#include "common/wire/ipv4.h"

namespace demarc::wire {

// Next header values besides those that IPv4 has as protocols.
inline constexpr uint8_t kNextHeaderHopByHop = 0;
inline constexpr uint8_t kNextHeaderRouting = 43;
inline constexpr uint8_t kNextHeaderFragment = 44;
inline constexpr uint8_t kProtocolIcmpv6 = 58;
inline constexpr uint8_t kNextHeaderNone = 59;
inline constexpr uint8_t kNextHeaderDestinationOptions = 60;

struct Ipv6Header {
  Be32 version_class_flow;  // version (4 bits), traffic class (8), flow label (20)
  Be16 payload_length;      // of what follows these 40 bytes
  uint8_t next_header;
  uint8_t hop_limit;
  Ipv6Address source;
  Ipv6Address destination;

  uint8_t traffic_class() const { return static_cast<uint8_t>(version_class_flow.host() >> 20); }
  void set_traffic_class(uint8_t c) {
    version_class_flow = Be32::from_host((version_class_flow.host() & 0xf00fffff) | uint32_t{c} << 20);
  }
};
static_assert(sizeof(Ipv6Header) == 40 && alignof(Ipv6Header) == 1);

enum class Ipv6Error : uint8_t { none, truncated, bad_version };

struct Ipv6Parse {
  Ipv6Error error = Ipv6Error::truncated;
  uint32_t total_bytes = 0;  // 40 .. packet_bytes
};

// Reads at most `readable` bytes, of a packet that is `packet_bytes` long in all. There is no jumbogram here (RFC
// 2675): a payload length of 0 says that nothing follows.
inline Ipv6Parse parse_ipv6_header(const uint8_t* data, size_t readable, size_t packet_bytes) {
  Ipv6Parse out;
  if (readable < sizeof(Ipv6Header) || packet_bytes < readable) return out;
  if (data[0] >> 4 != 6) {
    out.error = Ipv6Error::bad_version;
    return out;
  }
  const size_t total_bytes = sizeof(Ipv6Header) + (size_t{data[4]} << 8 | data[5]);
  if (total_bytes > packet_bytes) return out;
  out.total_bytes = static_cast<uint32_t>(total_bytes);
  out.error = Ipv6Error::none;
  return out;
}

enum class Ipv6ExtensionError : uint8_t {
  none,
  truncated,       // a header is past the end of the packet, or of what may be read
  too_long,        // more headers, or more bytes of them, than a packet may sensibly have
  out_of_place,    // hop-by-hop options that are not the first header (RFC 8200 section 4.1)
  routing_type_0,  // deprecated for what it amplifies (RFC 5095)
};

// Our bounds, far above what is seen: a node may have its own (RFC 8504 section 5.3).
inline constexpr unsigned kIpv6ExtensionsMax = 8;
inline constexpr size_t kIpv6ExtensionBytesMax = 512;

struct Ipv6Extensions {
  Ipv6ExtensionError error = Ipv6ExtensionError::none;
  uint8_t protocol = kNextHeaderNone;  // what follows the extension headers
  uint16_t header_bytes = 0;           // of the IPv6 header and all extension headers
  bool fragment = false;               // one of several
  bool first_fragment = true;          // what `protocol` names begins behind header_bytes
  bool more_fragments = false;
  bool routing = false;     // it has a routing header
  bool route_left = false;  // a routing header has segments left: this is not its last destination
};

constexpr bool is_ipv6_extension(uint8_t next_header) {
  return next_header == kNextHeaderHopByHop || next_header == kNextHeaderRouting ||
         next_header == kNextHeaderFragment || next_header == kNextHeaderDestinationOptions;
}

// Of a packet whose header was parsed: `total_bytes` long, of which `readable` may be read. Bounded by both and by the
// two constants above.
inline Ipv6Extensions walk_ipv6_extensions(const uint8_t* data, size_t readable, size_t total_bytes) {
  Ipv6Extensions out;
  const size_t end = std::min(readable, total_bytes);
  size_t offset = sizeof(Ipv6Header);
  uint8_t next = data[offsetof(Ipv6Header, next_header)];
  const auto failed = [&out](Ipv6ExtensionError error) {
    out.error = error;
    return out;
  };
  for (unsigned n = 0; is_ipv6_extension(next) && out.first_fragment; ++n) {
    if (n == kIpv6ExtensionsMax) return failed(Ipv6ExtensionError::too_long);
    if (next == kNextHeaderHopByHop && n != 0) return failed(Ipv6ExtensionError::out_of_place);
    if (end - offset < 8) return failed(Ipv6ExtensionError::truncated);
    const uint8_t* const header = data + offset;
    size_t bytes = 8;
    if (next == kNextHeaderFragment) {  // section 4.5: no length, the offset in units of 8 bytes
      const unsigned field = unsigned{header[2]} << 8 | header[3];
      out.more_fragments = (field & 1) != 0;
      out.first_fragment = field >> 3 == 0;
      out.fragment = out.more_fragments || !out.first_fragment;  // neither: RFC 6946, an atomic one
    } else {
      bytes = (size_t{header[1]} + 1) * 8;
      if (next == kNextHeaderRouting) {
        if (header[2] == 0) return failed(Ipv6ExtensionError::routing_type_0);
        out.routing = true;
        out.route_left |= header[3] != 0;
      }
    }
    if (bytes > end - offset) return failed(Ipv6ExtensionError::truncated);
    offset += bytes;
    if (offset - sizeof(Ipv6Header) > kIpv6ExtensionBytesMax) return failed(Ipv6ExtensionError::too_long);
    next = header[0];
  }
  out.protocol = next;
  out.header_bytes = static_cast<uint16_t>(offset);
  return out;
}

// ::/80 holds the unspecified, the loopback and the IPv4-mapped addresses and nothing that may be on a wire (RFC 4291
// sections 2.5.2, 2.5.3, 2.5.5).
inline bool ipv6_is_martian_destination(const Ipv6Address& a) {
  uint64_t high;
  uint16_t next;
  std::memcpy(&high, a.bytes.data(), 8);
  std::memcpy(&next, a.bytes.data() + 8, 2);
  return high == 0 && next == 0;
}
// Section 2.7: "Multicast addresses must not be used as source addresses in IPv6 packets".
inline bool ipv6_is_martian_source(const Ipv6Address& a) { return ipv6_is_martian_destination(a) || is_multicast(a); }

// The sum of the pseudo header (RFC 8200 section 8.1), to which the upper layer's bytes are added.
inline ChecksumSum ipv6_pseudo_header_sum(const Ipv6Address& source, const Ipv6Address& destination,
                                          uint32_t upper_layer_bytes, uint8_t protocol) {
  ChecksumSum sum = checksum_add(0, source.bytes.data(), 16);
  sum = checksum_add(sum, destination.bytes.data(), 16);
  sum += Be32::from_host(upper_layer_bytes).raw();
  sum += Be32::from_host(protocol).raw();
  return sum;
}

inline void write_ipv6(uint8_t* out, uint16_t payload_bytes, uint8_t next_header, uint8_t hop_limit,
                       const Ipv6Address& source, const Ipv6Address& destination, uint32_t flow_label = 0,
                       uint8_t traffic_class = 0) {
  const Ipv6Header h{Be32::from_host(uint32_t{6} << 28 | uint32_t{traffic_class} << 20 | (flow_label & 0xfffff)),
                     Be16::from_host(payload_bytes),
                     next_header,
                     hop_limit,
                     source,
                     destination};
  std::memcpy(out, &h, sizeof h);
}

}  // namespace demarc::wire
