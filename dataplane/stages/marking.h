// Transport Level Marking (TS 29.244 clause 8.2.12): the ToS or traffic class that a FAR gives. Shared by gtpu_decap
// and gtpu_encap; no stage itself.
#pragma once

#include <cstring>

#include "common/wire/checksum.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {

// Of an outer header around a packet with `inner` as its ToS. ECN is not copied: the other end of the tunnel need not
// know how to take it back out (RFC 6040 section 4.1, compatibility mode).
inline uint8_t outer_tos(const Far& far, uint8_t inner) {
  const unsigned copied = far.copy_dscp ? inner & 0xfcu : 0u;
  return static_cast<uint8_t>((copied & ~unsigned{far.tos_mask}) | far.tos);
}

// Of a packet that leaves without an outer header.
inline uint8_t marked_tos(const Far& far, uint8_t old) {
  return static_cast<uint8_t>((old & ~unsigned{far.tos_mask}) | far.tos);
}

inline void mark(const Far& far, wire::Ipv4Header& ip) {
  if (far.tos_mask == 0) return;
  uint16_t old_word;
  uint16_t new_word;
  std::memcpy(&old_word, &ip, 2);
  ip.type_of_service = marked_tos(far, ip.type_of_service);
  std::memcpy(&new_word, &ip, 2);
  ip.checksum = wire::checksum_update(ip.checksum, old_word, new_word);
}

inline void mark(const Far& far, wire::Ipv6Header& ip) {
  if (far.tos_mask == 0) return;
  ip.set_traffic_class(marked_tos(far, ip.traffic_class()));
}

}  // namespace demarc::dp
