// ICMP (RFC 792): echo.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/wire/checksum.h"

namespace demarc::wire {

inline constexpr uint8_t kIcmpEchoReply = 0;
inline constexpr uint8_t kIcmpEchoRequest = 8;

struct IcmpHeader {
  uint8_t type;
  uint8_t code;
  Be16 checksum;
  Be16 identifier;  // of echo
  Be16 sequence;    // of echo
};
static_assert(sizeof(IcmpHeader) == 8 && alignof(IcmpHeader) == 1);

struct IcmpParse {
  bool whole = false;  // the 8 bytes are there; the checksum is a matter of the whole message
  uint8_t type = 0;
  uint8_t code = 0;
};

// Reads at most `bytes` bytes.
inline IcmpParse parse_icmp(const uint8_t* data, size_t bytes) {
  if (bytes < sizeof(IcmpHeader)) return {};
  return {true, data[0], data[1]};
}

// Turns an echo request into its reply: type 0, the checksum mended for it (RFC 1624). Everything else is given back as
// it came (RFC 1122 section 3.2.2.6).
inline void icmp_request_to_reply(IcmpHeader& h) {
  uint16_t old_word;
  uint16_t new_word;
  std::memcpy(&old_word, &h, 2);
  h.type = kIcmpEchoReply;
  std::memcpy(&new_word, &h, 2);
  h.checksum = checksum_update(h.checksum, old_word, new_word);
  // A reply may be zeros all through, and the sum of nothing but zeros is the one that RFC 1624's equation takes for
  // 0xffff. A checksum of 0xffff is right in both cases (RFC 1624 section 3: the two zeros).
  if (h.checksum.raw() == 0) h.checksum = Be16::from_raw(0xffff);
}

}  // namespace demarc::wire
