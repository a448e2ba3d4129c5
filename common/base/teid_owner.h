// The rule that a TEID's upper bits name a worker, so that one mask brings its packets to that worker: a NIC's flow
// rules, and demarcd when it draws a TEID, go by it. With n workers the upper ceil(log2 n) bits, taken modulo n, are
// the worker's index.
//
// A session is owned by one worker whatever its TEIDs say: where they say another (those that a peer or an operator
// chose, or more than fit evenly), packets are handed over. The rule makes it cheap, never right.
#pragma once

#include <bit>
#include <cstdint>

#include "common/base/ids.h"

namespace demarc {

// Of the data plane, 0..workers-1.
using WorkerIndex = Id<struct WorkerIndexTag, uint8_t>;
inline constexpr unsigned kWorkersMax = 64;
// Of a session that is between two owners: nobody handles its packets.
inline constexpr WorkerIndex kNoOwner{255};
// As a mask: bit i: worker i.
constexpr uint64_t all_workers(unsigned workers) {
  return workers >= kWorkersMax ? ~uint64_t{0} : (uint64_t{1} << workers) - 1;
}

// How many upper bits of a TEID name its worker: 0 with one worker, 1 with two, 6 with 64. `workers`: 1..kWorkersMax.
constexpr unsigned teid_owner_bits(unsigned workers) { return static_cast<unsigned>(std::bit_width(workers - 1)); }

// Those bits, as a mask over a TEID in host byte order.
constexpr uint32_t teid_owner_mask(unsigned workers) {
  const unsigned bits = teid_owner_bits(workers);
  return bits == 0 ? 0 : ~uint32_t{0} << (32 - bits);
}

// The worker that the TEID names. Any TEID names one.
constexpr WorkerIndex teid_owner(Teid teid, unsigned workers) {
  const unsigned bits = teid_owner_bits(workers);
  return WorkerIndex(static_cast<uint8_t>(bits == 0 ? 0 : (teid.value >> (32 - bits)) % workers));
}

// The TEID with its owner bits set to name `owner` (below `workers`), and its other bits as they are. May be 0, which
// is no TEID, when they are: draw again.
constexpr Teid teid_owned_by(WorkerIndex owner, Teid teid, unsigned workers) {
  const unsigned bits = teid_owner_bits(workers);
  if (bits == 0) return teid;
  return Teid((teid.value & ~teid_owner_mask(workers)) | uint32_t{owner.value} << (32 - bits));
}

}  // namespace demarc
