// SdfFilter: which packets of a UE a rule is for (TS 29.244 clause 8.2.5), and the text form of its main part, the flow
// description: an IPFilterRule (RFC 6733 section 4.3.1) as TS 29.212 clause 5.4.2 narrows it,
//
//   permit out PROTOCOL from REMOTE [PORTS] to LOCAL [PORTS]
//
// PROTOCOL is `ip` for any, a number, or one of some names. REMOTE and LOCAL are `any`, an address or a prefix, with
// `!` before it for every address of its family that is not in it; LOCAL may be `assigned`, the UE's own address. PORTS
// are up to eight of `80` and `1000-2000` with commas between. The direction is `out`, towards the UE: for what comes
// from the UE source and destination are swapped. So a filter is kept by its ends, remote and local, and not by
// direction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/ipv4.h"
#include "common/base/ipv6.h"
#include "common/base/result.h"

namespace demarc {

struct FlowAddress {
  std::variant<Ipv4Prefix, Ipv6Prefix> prefix;
  bool negated = false;
  bool is_ipv6() const { return std::holds_alternative<Ipv6Prefix>(prefix); }
  bool operator==(const FlowAddress&) const = default;
};

struct FlowPorts {
  uint16_t first = 0;
  uint16_t last = 0;
  bool operator==(const FlowPorts&) const = default;
};

struct SdfFilter {
  static constexpr uint16_t kAnyProtocol = 256;
  static constexpr size_t kPortRangesMax = 8;
  uint32_t id = 0;  // SDF Filter ID; 0: none
  uint16_t protocol = kAnyProtocol;
  std::optional<FlowAddress> remote;  // the end that is not the UE; none: any
  std::optional<FlowAddress> local;
  std::vector<FlowPorts> remote_ports;  // none: any, and packets without ports
  std::vector<FlowPorts> local_ports;
  // ToS Traffic Class: of a packet's octet the bits of the mask must be these.
  uint8_t tos = 0;
  uint8_t tos_mask = 0;                // 0: any
  uint32_t spi = 0;                    // Security Parameter Index, of ESP and AH; 0: any
  std::optional<uint32_t> flow_label;  // 20 bits; then IPv6 alone
  bool operator==(const SdfFilter&) const = default;
  // Whether the flow description says more than "permit out ip from any to assigned".
  bool has_flow() const {
    return protocol != kAnyProtocol || remote || local || !remote_ports.empty() || !local_ports.empty();
  }
};

// Errors: `invalid`, naming the word that cannot be, and what could.
Result<SdfFilter> parse_flow_description(std::string_view text);
// As TS 29.244 writes it: "permit out 17 from 10.0.0.0/8 53 to assigned".
std::string flow_description(const SdfFilter& filter);

// What its fields say about each other; parse_flow_description() has checked its own. Errors: `invalid`.
Status check_sdf_filter(const SdfFilter& filter);

}  // namespace demarc
