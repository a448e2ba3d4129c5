// The Internet checksum (RFC 1071) and its incremental update (RFC 1624).
//
// Sums are taken over the bytes as they lie in memory, without a swap: the ones' complement sum does not depend on the
// byte order (RFC 1071 section 2 B), so what comes out is stored as it is, by Be16::from_raw.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"

namespace demarc::wire {

// A sum that is not folded yet. Parts may be added in any order; each must start at an even offset of the whole.
using ChecksumSum = uint64_t;

// `bytes` at most 64 KiB a call and some thousand calls a sum: 64 bits cannot overflow then.
inline ChecksumSum checksum_add(ChecksumSum sum, const uint8_t* data, size_t bytes) {
  while (bytes >= 4) {
    uint32_t word;
    std::memcpy(&word, data, 4);
    sum += word;
    data += 4;
    bytes -= 4;
  }
  if (bytes >= 2) {
    uint16_t word;
    std::memcpy(&word, data, 2);
    sum += word;
    data += 2;
    bytes -= 2;
  }
  if (bytes == 1) {
    uint16_t word = 0;  // the odd last byte is padded with a zero behind it (RFC 1071 section 1)
    std::memcpy(&word, data, 1);
    sum += word;
  }
  return sum;
}

// The sum in 16 bits, not complemented. Over data that includes a right checksum it is 0xffff.
inline uint16_t checksum_fold(ChecksumSum sum) {
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 32) + (sum & 0xffffffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<uint16_t>(sum);
}

// What goes into a header, when `sum` was taken with the checksum field as 0.
inline Be16 checksum_finish(ChecksumSum sum) { return Be16::from_raw(static_cast<uint16_t>(~checksum_fold(sum))); }

// True when the data with its checksum in it is intact.
inline bool checksum_is_right(ChecksumSum sum) { return checksum_fold(sum) == 0xffff; }

// The checksum after one aligned 16-bit word of the data became another. RFC 1624 equation 3:
// HC' = ~(~HC + ~m + m'). The words are given as they lie in memory.
inline Be16 checksum_update(Be16 checksum, uint16_t old_word_raw, uint16_t new_word_raw) {
  ChecksumSum sum = static_cast<uint16_t>(~checksum.raw());
  sum += static_cast<uint16_t>(~old_word_raw);
  sum += new_word_raw;
  return checksum_finish(sum);
}

}  // namespace demarc::wire
