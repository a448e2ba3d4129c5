// TCP (RFC 9293): its header as far as a router in the middle needs it, and the maximum segment size of a SYN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/wire/checksum.h"

namespace demarc::wire {

inline constexpr size_t kTcpHeaderBytes = 20;  // section 3.1, without options
inline constexpr size_t kTcpFlagsOffset = 13;
inline constexpr size_t kTcpChecksumOffset = 16;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpOptionEnd = 0;  // section 3.2
inline constexpr uint8_t kTcpOptionNop = 1;
inline constexpr uint8_t kTcpOptionMss = 2;

// Where the value of the MSS option is, from the header's start; 0: there is none, or the options lead nowhere. Reads
// at most `readable` bytes; the walk is bounded by the 40 that options may have.
inline size_t tcp_mss_offset(const uint8_t* tcp, size_t readable) {
  if (readable < kTcpHeaderBytes) return 0;
  const size_t header_bytes = size_t{tcp[12]} >> 4 << 2;
  if (header_bytes > readable) return 0;
  for (size_t at = kTcpHeaderBytes; at < header_bytes;) {
    if (tcp[at] == kTcpOptionEnd) return 0;
    if (tcp[at] == kTcpOptionNop) {
      ++at;
      continue;
    }
    if (header_bytes - at < 2) return 0;
    const size_t option_bytes = tcp[at + 1];
    if (option_bytes < 2 || option_bytes > header_bytes - at) return 0;
    if (tcp[at] == kTcpOptionMss) return option_bytes == 4 ? at + 2 : 0;
    at += option_bytes;
  }
  return 0;
}

// Lowers the maximum segment size that a SYN announces (section 3.7.1) to `mss` and mends the checksum. True when it
// was larger. A segment without SYN, without the option or with options that lead nowhere stays as it is.
inline bool tcp_clamp_mss(uint8_t* tcp, size_t readable, uint16_t mss) {
  if (readable < kTcpHeaderBytes || (tcp[kTcpFlagsOffset] & kTcpSyn) == 0) return false;
  const size_t at = tcp_mss_offset(tcp, readable);
  if (at == 0) return false;
  uint16_t before;
  std::memcpy(&before, tcp + at, sizeof before);
  if (Be16::from_raw(before).host() <= mss) return false;
  const uint16_t after = Be16::from_host(mss).raw();
  std::memcpy(tcp + at, &after, sizeof after);
  uint16_t checksum;
  std::memcpy(&checksum, tcp + kTcpChecksumOffset, sizeof checksum);
  // At an odd offset its two bytes belong to two words: the sum sees them swapped (RFC 1071 section 2 B).
  const bool odd = (at & 1) != 0;
  checksum = checksum_update(Be16::from_raw(checksum), odd ? __builtin_bswap16(before) : before,
                             odd ? __builtin_bswap16(after) : after)
                 .raw();
  std::memcpy(tcp + kTcpChecksumOffset, &checksum, sizeof checksum);
  return true;
}

}  // namespace demarc::wire
