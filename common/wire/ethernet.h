// Ethernet II with at most two VLAN tags (802.1Q, and 802.1ad around it).
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
inline constexpr uint16_t kEtherTypeVlan = 0x8100;         // 802.1Q C-tag
inline constexpr uint16_t kEtherTypeServiceVlan = 0x88a8;  // 802.1ad S-tag

// IEEE 802.3 clause 3.2.8: what a frame has at least, without FCS.
inline constexpr size_t kFrameBytesMin = 60;

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
  bool whole = false;          // false: truncated, nothing else is set
  uint16_t outer_vlan_id = 0;  // 0..4095; of the outer one of two tags, or of an S-tag; 0: none, or a priority tag
  uint16_t vlan_id = 0;        // 0..4095; of the C-tag, 0: none, or a priority tag
  uint16_t ethertype = 0;      // host byte order, behind the tags
  uint16_t header_bytes = 0;   // 14, 18 or 22
};

// Reads at most `bytes` bytes. The outer tag may be an S-tag (0x88a8) or, as old bridges make it, a C-tag around a
// C-tag. With `tag_is_stripped` the NIC took the outermost tag off already: a C-tag found here is the inner one, and
// outer_vlan_id is not set. A third tag is left to be the EtherType.
inline EthernetParse parse_ethernet(const uint8_t* data, size_t bytes, bool tag_is_stripped) {
  EthernetParse out;
  if (bytes < sizeof(EthernetHeader)) return out;
  EthernetHeader header;
  std::memcpy(&header, data, sizeof header);
  out.ethertype = header.type.host();
  out.header_bytes = sizeof(EthernetHeader);
  out.whole = true;
  const auto take_tag = [&](uint16_t& vlan_id) {
    out.whole = bytes >= size_t{out.header_bytes} + sizeof(VlanTag);
    if (!out.whole) return;
    VlanTag tag;
    std::memcpy(&tag, data + out.header_bytes, sizeof tag);
    vlan_id = tag.tci.host() & kVlanIdMask;
    out.ethertype = tag.type.host();
    out.header_bytes += sizeof(VlanTag);
  };
  const bool service_tag = out.ethertype == kEtherTypeServiceVlan && !tag_is_stripped;
  if (service_tag) take_tag(out.outer_vlan_id);
  if (out.whole && out.ethertype == kEtherTypeVlan) {
    take_tag(out.vlan_id);
    if (out.whole && out.ethertype == kEtherTypeVlan && !service_tag && !tag_is_stripped) {
      out.outer_vlan_id = out.vlan_id;
      take_tag(out.vlan_id);
    }
  }
  return out.whole ? out : EthernetParse{};
}

// What a frame of ours is tagged with; 0: no such tag. Tags have priority 0.
struct VlanTags {
  uint16_t outer = 0;  // S-tag
  uint16_t vlan = 0;   // C-tag
};

// Bytes that write_ethernet() writes.
constexpr size_t ethernet_header_bytes(VlanTags tags) {
  return sizeof(EthernetHeader) + (tags.outer == 0 ? 0 : sizeof(VlanTag)) + (tags.vlan == 0 ? 0 : sizeof(VlanTag));
}
constexpr size_t ethernet_header_bytes(uint16_t vlan_id) { return ethernet_header_bytes(VlanTags{0, vlan_id}); }

// `out` has room for ethernet_header_bytes(tags).
inline void write_ethernet(uint8_t* out, const MacAddress& destination, const MacAddress& source, VlanTags tags,
                           uint16_t ethertype) {
  const uint16_t behind_outer = tags.vlan == 0 ? ethertype : kEtherTypeVlan;
  const EthernetHeader header{destination, source,
                              Be16::from_host(tags.outer == 0 ? behind_outer : kEtherTypeServiceVlan)};
  std::memcpy(out, &header, sizeof header);
  out += sizeof header;
  if (tags.outer != 0) {
    const VlanTag tag{Be16::from_host(tags.outer & kVlanIdMask), Be16::from_host(behind_outer)};
    std::memcpy(out, &tag, sizeof tag);
    out += sizeof tag;
  }
  if (tags.vlan == 0) return;
  const VlanTag tag{Be16::from_host(tags.vlan & kVlanIdMask), Be16::from_host(ethertype)};
  std::memcpy(out, &tag, sizeof tag);
}
inline void write_ethernet(uint8_t* out, const MacAddress& destination, const MacAddress& source, uint16_t vlan_id,
                           uint16_t ethertype) {
  write_ethernet(out, destination, source, VlanTags{0, vlan_id}, ethertype);
}

}  // namespace demarc::wire
