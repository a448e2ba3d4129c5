// ICMPv6 (RFC 4443): echo, and errors about what cannot be forwarded. Neighbor discovery is in nd.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/wire/checksum.h"
#include "common/wire/icmp.h"
#include "common/wire/ipv6.h"

namespace demarc::wire {

inline constexpr uint8_t kIcmpv6Unreachable = 1;  // section 3
inline constexpr uint8_t kIcmpv6NoRoute = 0;
inline constexpr uint8_t kIcmpv6AddressUnreachable = 3;
inline constexpr uint8_t kIcmpv6PortUnreachable = 4;
inline constexpr uint8_t kIcmpv6PacketTooBig = 2;
inline constexpr uint8_t kIcmpv6TimeExceeded = 3;
inline constexpr uint8_t kIcmpv6EchoRequest = 128;

// Section 2.1: the others are errors.
constexpr bool icmpv6_is_informational(uint8_t type) { return type >= 128; }
inline constexpr uint8_t kIcmpv6EchoReply = 129;
inline constexpr uint8_t kIcmpv6RouterSolicitation = 133;  // RFC 4861 section 4
inline constexpr uint8_t kIcmpv6RouterAdvertisement = 134;
inline constexpr uint8_t kIcmpv6NeighborSolicitation = 135;
inline constexpr uint8_t kIcmpv6NeighborAdvertisement = 136;
inline constexpr uint8_t kIcmpv6Redirect = 137;

constexpr bool is_neighbor_discovery(uint8_t icmpv6_type) {
  return icmpv6_type >= kIcmpv6RouterSolicitation && icmpv6_type <= kIcmpv6Redirect;
}

// The 4 bytes that every message has. Reads at most `bytes` bytes.
inline constexpr size_t kIcmpv6BytesMin = 4;
inline IcmpParse parse_icmpv6(const uint8_t* data, size_t bytes) {
  if (bytes < kIcmpv6BytesMin) return {};
  return {true, data[0], data[1]};
}

// Turns an echo request into its reply (section 4.2) and mends the checksum; everything else is given back as it came.
inline void icmpv6_request_to_reply(uint8_t* message) {
  uint16_t old_word;
  uint16_t new_word;
  uint16_t checksum;
  std::memcpy(&old_word, message, 2);
  message[0] = kIcmpv6EchoReply;
  std::memcpy(&new_word, message, 2);
  std::memcpy(&checksum, message + 2, 2);
  checksum = checksum_update(Be16::from_raw(checksum), old_word, new_word).raw();
  std::memcpy(message + 2, &checksum, 2);
}

// Writes the checksum of the ICMPv6 message that is all of the packet's payload. `packet`: the IPv6 header and
// `message_bytes` behind it.
inline void icmpv6_set_checksum(uint8_t* packet, uint16_t message_bytes) {
  Ipv6Header ip;
  std::memcpy(&ip, packet, sizeof ip);
  uint8_t* const message = packet + sizeof ip;
  std::memset(message + 2, 0, 2);
  const ChecksumSum sum = ipv6_pseudo_header_sum(ip.source, ip.destination, message_bytes, kProtocolIcmpv6);
  const uint16_t checksum = checksum_finish(checksum_add(sum, message, message_bytes)).raw();
  std::memcpy(message + 2, &checksum, 2);
}

// The 8 bytes before the quoted packet, with the checksum. `packet`: the IPv6 header, written before, and
// `message_bytes` behind it. `mtu`: of a Packet Too Big (section 3.2), else 0.
inline void write_icmpv6_error(uint8_t* packet, uint8_t type, uint8_t code, uint32_t mtu, uint16_t message_bytes) {
  uint8_t* const message = packet + sizeof(Ipv6Header);
  const uint32_t raw = Be32::from_host(mtu).raw();
  message[0] = type;
  message[1] = code;
  std::memcpy(message + 4, &raw, sizeof raw);
  icmpv6_set_checksum(packet, message_bytes);
}

}  // namespace demarc::wire
