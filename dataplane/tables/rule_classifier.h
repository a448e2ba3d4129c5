// The rules of a session with SDF filters or many PDRs, compiled: which PDR is a packet's, without looking at one rule
// after the other.
//
// Rules (a PDR without filters, or each filter of one that has some) stand in order of precedence in chunks of 64, bit
// i of a word for the chunk's rule i. Each field of a packet has a class: the interval of the field's values in which
// it lies, found by binary search (of an octet: by a table). A class has a word: the rules that take such a value. The
// words of all fields that any rule looks at, and-ed, are the rules that match; the lowest bit is the first in order.
// So 64 rules cost what the logarithm of their different values costs, not their number.
//
// All of it is one position-independent array of 64-bit words, made by rule_compile.h, that lies in the session's
// block.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/rule_bytes.h"
#include "dataplane/tables/fib.h"

namespace demarc::dp {

// What rules look at in a packet. Numbers are in host byte order. `remote` is the end that is not the UE: TS 29.212
// clause 5.4.2 has source and destination of a filter swapped for uplink packets.
struct Flow {
  uint64_t key = 0;      // from a tunnel: SessionTable::uplink_key; downlink, IPv4: the destination; IPv6: not used
  Ipv6Value remote = 0;  // of IPv4 the lower 32 bits
  Ipv6Value local = 0;
  uint32_t spi = 0;         // of ESP and AH
  uint32_t flow_label = 0;  // of IPv6
  uint16_t remote_port = 0;
  uint16_t local_port = 0;
  uint8_t protocol = 0;    // of IPv6: behind the extension headers
  uint8_t tos = 0;         // traffic class
  uint8_t qfi = 255;       // 255: none
  bool has_ports = false;  // false in a later fragment, and for a protocol that has none
  bool has_spi = false;
};

// One field of a chunk: offsets in words from the array's start.
struct RuleField {
  uint32_t values = 0;  // sorted first values of the intervals; of an octet: the class of each of the 256 values
  uint32_t rows = 0;    // a word for each
  uint32_t count = 0;   // intervals, or classes; 0: no rule of the chunk looks at it
};

struct RuleChunk {
  uint32_t next = 0;           // offset in words; 0: none
  uint32_t pdrs = 0;           // of each rule's PDR, an octet: its index in the session
  uint64_t all = 0;            // bits of the rules that there are
  uint64_t without_ports = 0;  // rules that take packets without ports
  uint64_t without_spi = 0;
  RuleField key, qfi, protocol, tos;
  RuleField remote, local;
  RuleField remote_port, local_port;
  RuleField spi, flow_label;
};
static_assert(sizeof(RuleChunk) % sizeof(uint64_t) == 0 && sizeof(RuleChunk) == kRuleChunkBytes);

// Of which packets: where they come from and their family have rules of their own.
inline constexpr unsigned kRulesFromAccess = 0;
inline constexpr unsigned kRulesFromCore = 1;
inline constexpr unsigned kRulesFromN9 = 2;  // from the core side, through a tunnel
inline constexpr unsigned kRuleGroups = 3;
struct RuleHead {
  uint32_t words = 0;  // of the whole array
  uint32_t reserved = 0;
  uint32_t first_chunk[kRuleGroups][2] = {};  // [group][IPv6]; offset in words; 0: no rule
};
static_assert(sizeof(RuleHead) % sizeof(uint64_t) == 0 && sizeof(RuleHead) == kRuleHeadBytes);

namespace rules {

template <class Value>
inline uint64_t row_of(const uint64_t* words, const RuleField& field, Value value) {
  const Value* first = reinterpret_cast<const Value*>(words + field.values);
  // The last interval that begins at or before the value; the first one begins at 0.
  for (uint32_t n = field.count; n > 1;) {
    const uint32_t half = n / 2;
    first = first[half] <= value ? first + half : first;
    n -= half;
  }
  return words[field.rows + static_cast<uint32_t>(first - reinterpret_cast<const Value*>(words + field.values))];
}

inline uint64_t row_of_octet(const uint64_t* words, const RuleField& field, uint8_t value) {
  return words[field.rows + reinterpret_cast<const uint8_t*>(words + field.values)[value]];
}

template <class Address>
inline uint64_t matching_rules(const uint64_t* words, const RuleChunk& c, const Flow& f) {
  uint64_t bits = c.all;
  if (c.key.count != 0) bits &= row_of(words, c.key, f.key);
  if (c.qfi.count != 0) bits &= row_of_octet(words, c.qfi, f.qfi);
  if (c.protocol.count != 0) bits &= row_of_octet(words, c.protocol, f.protocol);
  if (c.tos.count != 0) bits &= row_of_octet(words, c.tos, f.tos);
  if (f.has_ports) {
    if (c.remote_port.count != 0) bits &= row_of(words, c.remote_port, f.remote_port);
    if (c.local_port.count != 0) bits &= row_of(words, c.local_port, f.local_port);
  } else {
    bits &= c.without_ports;
  }
  if (!f.has_spi) {
    bits &= c.without_spi;
  } else if (c.spi.count != 0) {
    bits &= row_of(words, c.spi, f.spi);
  }
  if (bits == 0) return 0;
  if (c.remote.count != 0) bits &= row_of(words, c.remote, static_cast<Address>(f.remote));
  if (c.local.count != 0) bits &= row_of(words, c.local, static_cast<Address>(f.local));
  if (c.flow_label.count != 0) bits &= row_of(words, c.flow_label, f.flow_label);
  return bits;
}

}  // namespace rules

// The index of the session's PDR of the first rule that matches and whose PDR `verify(index)` takes too; -1: none.
// `verify` looks at what is almost always the same for all PDRs of a direction. Bounded by the number of rules.
template <class Address, class Verify>
int first_rule(const uint64_t* words, uint32_t chunk_offset, const Flow& flow, Verify&& verify) {
  while (chunk_offset != 0) {
    const auto& chunk = *reinterpret_cast<const RuleChunk*>(words + chunk_offset);
    const auto* const pdrs = reinterpret_cast<const uint8_t*>(words + chunk.pdrs);
    for (uint64_t bits = rules::matching_rules<Address>(words, chunk, flow); bits != 0; bits &= bits - 1) {
      const uint8_t pdr = pdrs[std::countr_zero(bits)];
      if (verify(pdr)) return pdr;
    }
    chunk_offset = chunk.next;
  }
  return -1;
}

template <class Verify>
int first_rule(const uint64_t* words, unsigned group, bool ipv6, const Flow& flow, Verify&& verify) {
  const uint32_t chunk = reinterpret_cast<const RuleHead*>(words)->first_chunk[group][ipv6];
  return ipv6 ? first_rule<Ipv6Value>(words, chunk, flow, verify) : first_rule<uint32_t>(words, chunk, flow, verify);
}

}  // namespace demarc::dp
