// Neighbor discovery for IPv6 (RFC 4861).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/wire/ethernet.h"
#include "common/wire/icmpv6.h"
#include "common/wire/ipv6.h"

namespace demarc::wire {

// Sections 6.1, 7.1: "… could not possibly have been forwarded by a router".
inline constexpr uint8_t kNdHopLimit = 255;

// Section 4.6.
inline constexpr uint8_t kNdOptionSourceLinkAddress = 1;
inline constexpr uint8_t kNdOptionTargetLinkAddress = 2;
inline constexpr uint8_t kNdOptionPrefixInformation = 3;
inline constexpr unsigned kNdOptionsMax = 16;  // our bound

// Section 4.4, in the octet behind the checksum.
inline constexpr uint8_t kNaRouter = 0x80;
inline constexpr uint8_t kNaSolicited = 0x40;
inline constexpr uint8_t kNaOverride = 0x20;

inline constexpr Ipv6Address kAllNodes{{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

// RFC 4291 section 2.7.1: ff02::1:ffXX:XXXX with the last 24 bits of the address.
constexpr Ipv6Address solicited_node(const Ipv6Address& a) {
  return {{0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a.bytes[13], a.bytes[14], a.bytes[15]}};
}
// RFC 2464 section 7: 33:33 and the last 32 bits of the group.
constexpr MacAddress multicast_mac(const Ipv6Address& group) {
  return {0x33, 0x33, group.bytes[12], group.bytes[13], group.bytes[14], group.bytes[15]};
}
constexpr bool is_multicast_mac(const uint8_t* mac) { return mac[0] == 0x33 && mac[1] == 0x33; }

// fe80:: and the modified EUI-64 of the MAC address (RFC 4291 appendix A, RFC 2464 section 5).
constexpr Ipv6Address link_local_of(const MacAddress& m) {
  return {{0xfe, 0x80, 0, 0, 0, 0, 0, 0, static_cast<uint8_t>(m[0] ^ 2), m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]}};
}

struct NdParse {
  bool well_formed = false;  // false: truncated, of another code or kind, or with options that lead nowhere
  uint8_t type = 0;
  uint8_t flags = 0;   // of an advertisement
  Ipv6Address target;  // of a Neighbor Solicitation or Advertisement
  bool has_link_address = false;
  MacAddress link_address{};  // the sender's (solicitations) or the target's (advertisement)
};

// Section 4.6: type, length in units of 8 bytes, content. "Nodes MUST silently discard an ND packet that contains an
// option with length zero." Bounded by the bytes left and by kNdOptionsMax. False: malformed.
inline bool walk_nd_options(const uint8_t* data, size_t bytes, uint8_t link_address_option, NdParse& out) {
  for (unsigned n = 0; bytes != 0; ++n) {
    if (n == kNdOptionsMax || bytes < 2) return false;
    const size_t option = size_t{data[1]} * 8;
    if (option == 0 || option > bytes) return false;
    if (data[0] == link_address_option) {
      if (option != 8) return false;  // RFC 2464 section 6: of Ethernet it is 1
      std::memcpy(out.link_address.data(), data + 2, out.link_address.size());
      // A station has neither a group address nor none.
      if (mac_is_group(out.link_address) || out.link_address == MacAddress{}) return false;
      out.has_link_address = true;
    }
    data += option;
    bytes -= option;
  }
  return true;
}

// A message of neighbor discovery, whose checksum was found right. All of its `bytes` may be read. Of Router
// Advertisements and Redirects only the type is told.
inline NdParse parse_nd(const uint8_t* data, size_t bytes) {
  NdParse out;
  if (bytes < 8 || data[1] != 0) return out;  // the code is 0 in all of them
  out.type = data[0];
  size_t fixed = 8;
  uint8_t option = kNdOptionSourceLinkAddress;
  switch (out.type) {
    case kIcmpv6RouterSolicitation: break;
    case kIcmpv6RouterAdvertisement:
    case kIcmpv6Redirect: out.well_formed = true; return out;
    case kIcmpv6NeighborAdvertisement:
      option = kNdOptionTargetLinkAddress;
      out.flags = data[4];
      [[fallthrough]];
    case kIcmpv6NeighborSolicitation:
      fixed = 24;
      if (bytes < fixed) return out;
      std::memcpy(out.target.bytes.data(), data + 8, 16);
      if (is_multicast(out.target)) return out;
      break;
    default: return out;
  }
  out.well_formed = walk_nd_options(data + fixed, bytes - fixed, option, out);
  return out;
}

// What sections 6.1.1, 7.1.1 and 7.1.2 ask of the packet around a message that parsed.
inline bool nd_is_valid(const Ipv6Header& ip, const NdParse& nd) {
  if (!nd.well_formed || ip.hop_limit != kNdHopLimit) return false;
  if (nd.type == kIcmpv6NeighborAdvertisement) return !is_multicast(ip.destination) || (nd.flags & kNaSolicited) == 0;
  if (!is_unspecified(ip.source)) return true;
  if (nd.has_link_address) return false;
  return nd.type != kIcmpv6NeighborSolicitation || ip.destination == solicited_node(nd.target);
}

// A Neighbor Solicitation or Advertisement as a whole IPv6 packet, with the option for our link-layer address.
// `flags`: of an advertisement, else 0. `out` has room for kNdNeighborPacketBytes.
inline constexpr size_t kNdNeighborPacketBytes = sizeof(Ipv6Header) + 24 + 8;
inline void write_nd_neighbor(uint8_t* out, uint8_t type, uint8_t flags, const Ipv6Address& source,
                              const Ipv6Address& destination, const Ipv6Address& target, const MacAddress& own_mac) {
  constexpr uint16_t kMessageBytes = kNdNeighborPacketBytes - sizeof(Ipv6Header);
  write_ipv6(out, kMessageBytes, kProtocolIcmpv6, kNdHopLimit, source, destination);
  uint8_t* const message = out + sizeof(Ipv6Header);
  std::memset(message, 0, kMessageBytes);
  message[0] = type;
  message[4] = flags;
  std::memcpy(message + 8, target.bytes.data(), 16);
  message[24] = type == kIcmpv6NeighborSolicitation ? kNdOptionSourceLinkAddress : kNdOptionTargetLinkAddress;
  message[25] = 1;
  std::memcpy(message + 26, own_mac.data(), own_mac.size());
  icmpv6_set_checksum(out, kMessageBytes);
}

// A Router Advertisement for a UE behind a tunnel, as a whole IPv6 packet: section 4.2 with the values that TS 29.061
// clause 11.2.1.3.4 gives for a link with one host. `prefix_length` 64: the prefix is to be used for autonomous
// configuration (A), is not on-link (no L), and lives as long as the session; else no prefix is announced, for a host
// can make no address of it (RFC 4862 section 5.5.3). `out` has room for kNdRouterAdvertisementBytesMax; returns what
// was written.
inline constexpr size_t kNdRouterAdvertisementBytesMax = sizeof(Ipv6Header) + 16 + 32;
inline constexpr uint16_t kNdRouterLifetimeSeconds = 65'535;  // the most that the field can say (RFC 8319 section 4)
inline size_t write_nd_router_advertisement(uint8_t* out, const Ipv6Address& source, const Ipv6Address& destination,
                                            const Ipv6Address& prefix, uint8_t prefix_length) {
  const bool with_prefix = prefix_length == 64;
  const uint16_t message_bytes = with_prefix ? 48 : 16;
  write_ipv6(out, message_bytes, kProtocolIcmpv6, kNdHopLimit, source, destination);
  uint8_t* const message = out + sizeof(Ipv6Header);
  std::memset(message, 0, message_bytes);
  message[0] = kIcmpv6RouterAdvertisement;
  message[4] = 64;  // current hop limit
  const Be16 lifetime = Be16::from_host(kNdRouterLifetimeSeconds);
  std::memcpy(message + 6, &lifetime, sizeof lifetime);
  if (with_prefix) {
    message[16] = kNdOptionPrefixInformation;
    message[17] = 4;
    message[18] = prefix_length;
    message[19] = 0x40;                  // A
    std::memset(message + 20, 0xff, 8);  // valid and preferred lifetime: infinity
    std::memcpy(message + 32, prefix.bytes.data(), 16);
  }
  icmpv6_set_checksum(out, message_bytes);
  return sizeof(Ipv6Header) + message_bytes;
}

}  // namespace demarc::wire
