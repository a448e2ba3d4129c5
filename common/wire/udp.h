// UDP over IPv4 and IPv6 (RFC 768).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/wire/checksum.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"

namespace demarc::wire {

struct UdpHeader {
  Be16 source_port;
  Be16 destination_port;
  Be16 length;    // header and data
  Be16 checksum;  // 0: the sender computed none
};
static_assert(sizeof(UdpHeader) == 8 && alignof(UdpHeader) == 1);

struct UdpParse {
  bool well_formed = false;  // false: truncated, or a length below 8 or past the packet
  UdpHeader header{};
  uint16_t datagram_bytes = 0;  // 8..packet_bytes
};

// Reads at most `readable` bytes, of an IP payload that is `payload_bytes` long in all.
inline UdpParse parse_udp(const uint8_t* data, size_t readable, size_t payload_bytes) {
  UdpParse out;
  if (readable < sizeof(UdpHeader) || payload_bytes < readable) return out;
  std::memcpy(&out.header, data, sizeof(UdpHeader));
  const size_t length = out.header.length.host();
  if (length < sizeof(UdpHeader) || length > payload_bytes) return out;
  out.datagram_bytes = static_cast<uint16_t>(length);
  out.well_formed = true;
  return out;
}

// The sum of the pseudo header (RFC 768), to which the datagram's bytes are added.
inline ChecksumSum udp_pseudo_header_sum(Be32 source, Be32 destination, uint16_t datagram_bytes) {
  ChecksumSum sum = source.raw();
  sum += destination.raw();
  sum += Be16::from_host(kProtocolUdp).raw();
  sum += Be16::from_host(datagram_bytes).raw();
  return sum;
}

// RFC 8200 section 8.1.
inline ChecksumSum udp_pseudo_header_sum(const Ipv6Address& source, const Ipv6Address& destination,
                                         uint16_t datagram_bytes) {
  return ipv6_pseudo_header_sum(source, destination, datagram_bytes, kProtocolUdp);
}

// What goes into a datagram of ours: a sum that comes out as 0 is sent as 0xffff, for 0 means none (RFC 768).
inline Be16 udp_checksum_finish(ChecksumSum sum) {
  const Be16 checksum = checksum_finish(sum);
  return checksum.raw() == 0 ? Be16::from_raw(0xffff) : checksum;
}

// `checksum` 0: none, which IPv4 allows, and IPv6 between the ends of a tunnel (RFC 6935 section 5).
inline void write_udp(uint8_t* out, uint16_t source_port, uint16_t destination_port, uint16_t datagram_bytes,
                      Be16 checksum = Be16{}) {
  const UdpHeader h{Be16::from_host(source_port), Be16::from_host(destination_port), Be16::from_host(datagram_bytes),
                    checksum};
  std::memcpy(out, &h, sizeof h);
}

}  // namespace demarc::wire
