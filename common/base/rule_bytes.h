// How much memory a session's SDF filters take in the data plane, at the most, once they are compiled
// (dataplane/tables/rule_compile.h): what the control plane lets tenants have before it says yes, and what a test of
// the data plane holds against the compiler.
#pragma once

#include <cstddef>
#include <cstdint>

namespace demarc {

// All compiled rules together, in a table with room for so many sessions.
constexpr size_t rule_bytes_max(uint32_t sessions) {
  const size_t in_proportion = size_t{sessions} * 1024;
  return in_proportion < (size_t{64} << 20) ? size_t{64} << 20 : in_proportion;
}

// Of a session's rules those that packets of one family can match. A rule is a PDR without filters, or a filter.
struct RuleCounts {
  uint32_t chunks = 0;  // of 64 rules, or fewer at the end; from access, from core and from N9 have their own
  uint32_t rules = 0;
  uint32_t qfis = 0, protocols = 0, toses = 0, spis = 0, flow_labels = 0;  // rules that name one
  uint32_t addresses = 0;                                                  // that rules name, remote and local
  uint32_t port_ranges = 0;
  uint32_t keys = 0;  // F-TEIDs and UE addresses, and framed routes of each rule; 0 where all rules have the same one
};

inline constexpr size_t kRuleHeadBytes = 32;
inline constexpr size_t kRuleChunkBytes = 152;

constexpr size_t rule_bytes_of(const RuleCounts& c, size_t address_bytes) {
  constexpr size_t kRow = 8, kOctet = 256, kPadding = 80;
  // Each interval has two ends, and before the first end there is one more in each chunk.
  const auto intervals = [&](size_t named, size_t fields, size_t value_bytes) {
    return named == 0 ? 0 : (2 * named + fields * c.chunks) * (value_bytes + kRow);
  };
  size_t bytes = c.chunks * (kRuleChunkBytes + kPadding) + c.rules;
  if (c.qfis != 0) bytes += c.chunks * (kOctet + 65 * kRow);  // 64 of them, and none
  if (c.protocols != 0) bytes += c.chunks * (kOctet + kRow) + c.protocols * kRow;
  if (c.toses != 0) bytes += c.chunks * (kOctet + 256 * kRow);
  return bytes + intervals(c.addresses, 2, address_bytes) + intervals(c.port_ranges, 2, 2) + intervals(c.spis, 1, 4) +
         intervals(c.flow_labels, 1, 4) + intervals(c.keys, 1, 8);
}

// 0: the session's PDRs are not compiled.
constexpr size_t rule_bytes_at_most(const RuleCounts& ipv4, const RuleCounts& ipv6) {
  return kRuleHeadBytes + rule_bytes_of(ipv4, 4) + rule_bytes_of(ipv6, 16);
}

// Up to this many PDRs without filters and sets of QFIs are looked at one after the other, which is faster.
inline constexpr size_t kUncompiledPdrsMax = 4;

}  // namespace demarc
