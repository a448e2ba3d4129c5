// ARP for IPv4 over Ethernet (RFC 826).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/wire/ethernet.h"

namespace demarc::wire {

inline constexpr uint16_t kArpHardwareEthernet = 1;

enum class ArpOperation : uint16_t { request = 1, reply = 2 };

struct ArpPacket {
  Be16 hardware_type;
  Be16 protocol_type;
  uint8_t hardware_length;
  uint8_t protocol_length;
  Be16 operation;
  MacAddress sender_mac;
  Be32 sender_ipv4;
  MacAddress target_mac;
  Be32 target_ipv4;
};
static_assert(sizeof(ArpPacket) == 28 && alignof(ArpPacket) == 1);

struct ArpParse {
  bool well_formed =
      false;  // false: truncated, of other address kinds or another operation, or of an impossible sender
  ArpOperation operation = ArpOperation::request;
  ArpPacket packet{};
};

// Reads at most `bytes` bytes; what follows the 28 is padding.
inline ArpParse parse_arp(const uint8_t* data, size_t bytes) {
  ArpParse out;
  if (bytes < sizeof(ArpPacket)) return out;
  std::memcpy(&out.packet, data, sizeof(ArpPacket));
  const ArpPacket& p = out.packet;
  if (p.hardware_type.host() != kArpHardwareEthernet || p.hardware_length != 6) return out;
  if (p.protocol_type.host() != kEtherTypeIpv4 || p.protocol_length != 4) return out;
  const uint16_t operation = p.operation.host();
  if (operation != static_cast<uint16_t>(ArpOperation::request) &&
      operation != static_cast<uint16_t>(ArpOperation::reply))
    return out;
  out.operation = static_cast<ArpOperation>(operation);
  // A station has neither a group address nor none; learning it would send unicast to everybody.
  if (mac_is_group(p.sender_mac) || p.sender_mac == MacAddress{}) return out;
  out.well_formed = true;
  return out;
}

// `out` has room for 28 bytes.
inline void write_arp(uint8_t* out, ArpOperation operation, const MacAddress& sender_mac, Be32 sender_ipv4,
                      const MacAddress& target_mac, Be32 target_ipv4) {
  const ArpPacket p{Be16::from_host(kArpHardwareEthernet),
                    Be16::from_host(kEtherTypeIpv4),
                    6,
                    4,
                    Be16::from_host(static_cast<uint16_t>(operation)),
                    sender_mac,
                    sender_ipv4,
                    target_mac,
                    target_ipv4};
  std::memcpy(out, &p, sizeof p);
}

}  // namespace demarc::wire
