// Packets that lie in more than one segment: large ones in small buffers, or however a driver cut them. No stage.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

namespace demarc::dp {

// What of a packet its first segment must have, so that every header that a stage reads is in it: Ethernet, the outer
// header with extension headers, UDP, GTP-U, the inner header with its own, TCP. A header that reaches past it is
// dropped as truncated.
inline constexpr uint32_t kHeaderBytesMax = 1024;

// Moves bytes from the following segments to the first until it has `bytes` of them, or all that the packet has, or no
// room. Segments that are empty then are freed. The packet as a whole stays the same.
void pull_up(rte_mbuf* mbuf, uint32_t bytes);

}  // namespace demarc::dp
