// What a PDR asks of packets beyond its key, and how it becomes the array of rule_classifier.h. Agent only.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "common/base/rule_bytes.h"
#include "dataplane/tables/rule_classifier.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {

// A set of addresses of one family: a prefix, or all that are not in it.
struct AddressMatch {
  enum class Kind : uint8_t { any, ipv4, ipv6 };
  Kind kind = Kind::any;
  bool negated = false;
  uint8_t length = 0;   // of the prefix, 0..32 or 0..128
  Ipv6Value first = 0;  // host bits are 0; of IPv4 the lower 32 bits
  bool operator==(const AddressMatch&) const = default;
};

struct PortMatch {
  uint16_t first = 0;
  uint16_t last = 0;
  bool operator==(const PortMatch&) const = default;
};

// SDF filter, TS 29.244 clause 8.2.5, turned as entries.fbs has it: remote is the end that is not the UE. A filter that
// names an address of a family, or a flow label, takes packets of that family only, a negated one too.
struct SdfMatch {
  static constexpr uint16_t kAnyProtocol = 256;
  static constexpr uint32_t kAnyFlowLabel = 0xffffffff;
  uint16_t protocol = kAnyProtocol;
  AddressMatch remote;
  AddressMatch local;
  std::vector<PortMatch> remote_ports;  // none: any, and packets without ports
  std::vector<PortMatch> local_ports;
  uint8_t tos = 0;
  uint8_t tos_mask = 0;
  uint32_t spi = 0;  // 0: any
  uint32_t flow_label = kAnyFlowLabel;
  bool operator==(const SdfMatch&) const = default;
};

struct PdrDetail {
  uint64_t qfis = 0;                      // bit n: QFI n is taken; 0: what Pdr::qfi_match says
  std::vector<SdfMatch> filters = {};     // one of them has to match; none: every packet
  std::vector<AddressMatch> framed = {};  // framed routes: besides the UE's own address; none is negated
};

// Whether one packet, whose family and direction are the flow's, matches: the meaning that the compiled form must have.
bool matches(const SdfMatch& filter, const Flow& flow, bool ipv6);

// `pdrs` in order of precedence, `details` one for each. Empty when it is not needed: few PDRs and no details. With 64
// PDRs of 16 filters each, all different and with as many port ranges as there can be, it is 1.2 MB; with 64 filters of
// a prefix and a port it is some 10 KB. Never more than rule_bytes_at_most (common/base/rule_bytes.h).
std::vector<uint64_t> compile_rules(std::span<const Pdr> pdrs, std::span<const PdrDetail> details);

}  // namespace demarc::dp
