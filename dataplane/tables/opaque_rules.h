// What a session has besides its PDRs and FARs when it carries no IP: one of type Ethernet (TS 23.501 clause 5.6.10.2)
// or unstructured (clause 5.6.10.3). Its PDRs have no UE address: they are told apart by F-TEID, QFI and, of Ethernet,
// by Ethernet packet filters.
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "common/base/ids.h"

namespace demarc::dp {

class EthernetNetwork;  // ethernet_network.h

// A MAC address as a number of 48 bits: the first octet is the highest.
using MacValue = uint64_t;
inline constexpr MacValue kMacAny = ~uint64_t{0};
inline MacValue mac_value(const uint8_t* octets) {
  MacValue value = 0;
  for (unsigned i = 0; i < 6; ++i) value = value << 8 | octets[i];
  return value;
}
// IEEE 802 clause 8.2.2: the lowest bit of the first octet. Broadcast is a group, too.
constexpr bool is_group(MacValue mac) { return (mac >> 40 & 1) != 0; }

// What Ethernet packet filters look at.
struct FrameKey {
  MacValue destination;
  MacValue source;
  uint16_t ethertype;  // host byte order, behind the tags
  uint16_t c_vlan;     // VLAN id of the C-tag; 0: none, or a priority tag
};

// Ethernet Packet Filter, TS 29.244 clause 7.5.2.2-3. Source is the frame's source, whichever way the frame goes.
struct EthernetFilter {
  static constexpr uint32_t kAnyType = 0x10000;
  static constexpr uint16_t kAnyVlan = 0xffff;
  MacValue destination = kMacAny;
  MacValue source = kMacAny;
  uint32_t ethertype = kAnyType;
  uint16_t c_vlan = kAnyVlan;  // 0: untagged
  bool operator==(const EthernetFilter&) const = default;
  bool matches(const FrameKey& frame) const {
    return (destination == kMacAny || destination == frame.destination) &&
           (source == kMacAny || source == frame.source) && (ethertype == kAnyType || ethertype == frame.ethertype) &&
           (c_vlan == kAnyVlan || c_vlan == frame.c_vlan);
  }
};

// Of one PDR.
struct OpaqueRule {
  uint64_t qfis = 0;          // bit n: QFI n is taken; 0: what Pdr::qfi_match says
  uint16_t first_filter = 0;  // among OpaqueRules::filters
  uint16_t filters = 0;       // one of them has to match; 0: every frame
};

struct OpaqueRules {
  static constexpr size_t kFiltersMax = 64;  // of a session: they are looked at one after the other
  static constexpr VrfSlot kNoNetwork{~uint32_t{0}};

  bool ethernet = false;          // else unstructured
  VrfSlot vrf = kNoNetwork;       // of Ethernet: the core VRF whose network it belongs to; none: N9 alone
  std::vector<OpaqueRule> rules;  // [PDR]
  std::vector<EthernetFilter> filters;
  // Set by SessionTable::put.
  EthernetNetwork* network = nullptr;  // null: of none
  uint8_t place = 0;                   // the session's in it
};

}  // namespace demarc::dp
