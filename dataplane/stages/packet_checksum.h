// The Internet checksum over part of a packet, in however many segments it lies.
#pragma once

#include <algorithm>

#include "common/wire/checksum.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {

// True when `bytes` bytes from `offset` on, with their checksum in them and `sum` added (a pseudo header's), are
// intact. False, too, when the packet is shorter than that.
inline bool checksum_is_right(const rte_mbuf* mbuf, size_t offset, size_t bytes, wire::ChecksumSum sum) {
  bool odd = false;  // how many bytes were summed up to here is odd
  for (const rte_mbuf* s = mbuf; s != nullptr && bytes != 0; s = s->next) {
    if (offset >= s->data_len) {
      offset -= s->data_len;
      continue;
    }
    const size_t part = std::min<size_t>(bytes, s->data_len - offset);
    const uint16_t folded =
        wire::checksum_fold(wire::checksum_add(0, rte_pktmbuf_mtod_offset(s, const uint8_t*, offset), part));
    // A part that starts at an odd offset of the whole counts with its bytes swapped (RFC 1071 section 2 B).
    sum += odd ? __builtin_bswap16(folded) : folded;
    odd ^= (part & 1) != 0;
    bytes -= part;
    offset = 0;
  }
  return bytes == 0 && wire::checksum_is_right(sum);
}

}  // namespace demarc::dp
