// ICMP (RFC 792): echo, and errors about what cannot be forwarded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/wire/checksum.h"

namespace demarc::wire {

inline constexpr uint8_t kIcmpEchoReply = 0;
inline constexpr uint8_t kIcmpEchoRequest = 8;
inline constexpr uint8_t kIcmpUnreachable = 3;
inline constexpr uint8_t kIcmpUnreachableNet = 0;
inline constexpr uint8_t kIcmpUnreachableHost = 1;
inline constexpr uint8_t kIcmpUnreachableProtocol = 2;
inline constexpr uint8_t kIcmpUnreachablePort = 3;
inline constexpr uint8_t kIcmpFragmentationNeeded = 4;
inline constexpr uint8_t kIcmpTimeExceeded = 11;

// RFC 1122 section 3.2.2: what is known to be no error; of what is not known we say nothing either.
constexpr bool icmp_is_query(uint8_t type) {
  return type == kIcmpEchoReply || type == kIcmpEchoRequest || (type >= 13 && type <= 18);
}

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

// The 8 bytes before the quoted packet, with the checksum over all `message_bytes`. `mtu`: of the next hop, for
// fragmentation needed (RFC 1191 section 4), else 0.
inline void write_icmp_error(uint8_t* message, uint8_t type, uint8_t code, uint16_t mtu, size_t message_bytes) {
  IcmpHeader h{type, code, Be16{}, Be16{}, Be16::from_host(mtu)};
  std::memcpy(message, &h, sizeof h);
  h.checksum = checksum_finish(checksum_add(0, message, message_bytes));
  std::memcpy(message, &h, sizeof h);
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
