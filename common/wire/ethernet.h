// Ethernet II with at most one 802.1Q tag.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"

namespace demarc::wire {

using MacAddress = std::array<uint8_t, 6>;
inline constexpr MacAddress kMacBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// IEEE 802 clause 8.2: the least significant bit of the first octet says group. Broadcast is a group, too.
constexpr bool mac_is_group(const MacAddress& mac) { return (mac[0] & 1) != 0; }

inline constexpr uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr uint16_t kEtherTypeArp = 0x0806;
inline constexpr uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr uint16_t kEtherTypeVlan = 0x8100;  // 802.1Q C-tag

struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  Be16 type;
};
static_assert(sizeof(EthernetHeader) == 14 && alignof(EthernetHeader) == 1);

struct VlanTag {
  Be16 tci;   // priority (3 bits), drop eligible (1), VLAN identifier (12)
  Be16 type;  // of what follows
};
static_assert(sizeof(VlanTag) == 4 && alignof(VlanTag) == 1);

inline constexpr uint16_t kVlanIdMask = 0x0fff;

struct EthernetParse {
  bool whole = false;         // false: truncated, nothing else is set
  uint16_t vlan_id = 0;       // 0..4095; 0: no tag, or a priority tag
  uint16_t ethertype = 0;     // host byte order, behind the tag
  uint16_t header_bytes = 0;  // 14 or 18
};

// Reads at most `bytes` bytes. With `tag_is_stripped` the NIC took a tag off already: a tag found here would be a
// second one, and is left to be the EtherType.
inline EthernetParse parse_ethernet(const uint8_t* data, size_t bytes, bool tag_is_stripped) {
  EthernetParse out;
  if (bytes < sizeof(EthernetHeader)) return out;
  EthernetHeader header;
  std::memcpy(&header, data, sizeof header);
  out.ethertype = header.type.host();
  out.header_bytes = sizeof(EthernetHeader);
  if (out.ethertype == kEtherTypeVlan && !tag_is_stripped) {
    if (bytes < sizeof(EthernetHeader) + sizeof(VlanTag)) return out;
    VlanTag tag;
    std::memcpy(&tag, data + sizeof(EthernetHeader), sizeof tag);
    out.vlan_id = tag.tci.host() & kVlanIdMask;
    out.ethertype = tag.type.host();
    out.header_bytes = sizeof(EthernetHeader) + sizeof(VlanTag);
  }
  out.whole = true;
  return out;
}

// Bytes that write_ethernet() writes.
constexpr size_t ethernet_header_bytes(uint16_t vlan_id) {
  return sizeof(EthernetHeader) + (vlan_id == 0 ? 0 : sizeof(VlanTag));
}

// `vlan_id` 0: no tag. The tag has priority 0. `out` has room for ethernet_header_bytes(vlan_id).
inline void write_ethernet(uint8_t* out, const MacAddress& destination, const MacAddress& source, uint16_t vlan_id,
                           uint16_t ethertype) {
  const EthernetHeader header{destination, source, Be16::from_host(vlan_id == 0 ? ethertype : kEtherTypeVlan)};
  std::memcpy(out, &header, sizeof header);
  if (vlan_id == 0) return;
  const VlanTag tag{Be16::from_host(vlan_id & kVlanIdMask), Be16::from_host(ethertype)};
  std::memcpy(out + sizeof header, &tag, sizeof tag);
}

}  // namespace demarc::wire
