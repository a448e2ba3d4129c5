// Handoff: packets from the worker that received them to the one that owns their session, as bursts through a ring for
// each pair of workers. Once at most for each lookup of a session, and as soon as the session is known.
//
// No pointer to a session crosses: the owner looks it up again, in the tables as it sees them. With the packet goes its
// metadata, in the mbuf's private area: every pool whose packets can come here has kPacketPrivateBytes of it.
//
// A ring is bounded, and shared so that no tenant can fill it for the others: a tenant may have as many packets in it
// as there is room left for more (a dynamic threshold, as switches have for their buffers). One that floods gets half
// of it; the next that floods besides, before anything is taken out, half of the rest, and so on.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/result.h"
#include "common/base/teid_owner.h"
#include "dataplane/worker/burst.h"

struct rte_ring;

namespace demarc::dp {

// What crosses with a packet.
struct HandoffNote {
  PacketMeta meta;            // without session and rules
  uint64_t received_tsc = 0;  // from a port
  TraceTag trace;             // of a traced packet only
};
inline constexpr uint16_t kPacketPrivateBytes = sizeof(HandoffNote);

// An element of the ring.
struct HandedPacket {
  rte_mbuf* mbuf;
  uint64_t traced;  // or 0
};
static_assert(sizeof(HandedPacket) == 16);

// From one worker to one other.
class HandoffRing {
 public:
  static constexpr unsigned kPacketsMax = 2047;

  // `tenant_slots`: as many as there can be. Errors: `exhausted`.
  static Result<std::unique_ptr<HandoffRing>> create(unsigned from, unsigned to, uint32_t tenant_slots);
  // Frees the packets that are still in it: no worker may use it any more.
  ~HandoffRing();
  HandoffRing(const HandoffRing&) = delete;
  HandoffRing& operator=(const HandoffRing&) = delete;

  // ---- the worker that hands over ----

  // Begins a batch of at most kBurstMax packets.
  void begin();
  // Takes the packet with its metadata, unless its tenant's share is used up: then it stays the caller's.
  bool add(rte_mbuf* mbuf, const PacketMeta& meta, uint64_t received_tsc = 0);
  // For the packet that was added last, when it is traced.
  void trace_last(const TraceTag& tag);
  // Lets the other worker have them. Not before everything that it may change in turn is written.
  void send();

  // ---- the worker that takes over ----

  // At most kBurstMax packets, in their order, as a burst without port and time. Returns how many.
  unsigned take(Burst& burst);

  // ---- any thread ----

  // How many were handed over, and how many taken out again, since it was made. Each is right when read.
  uint32_t handed() const;
  uint32_t taken() const;

 private:
  explicit HandoffRing(rte_ring* ring, uint32_t tenant_slots);

  rte_ring* ring_;
  // The rest is the handing worker's. It knows what is in the ring without being told: what it put in, less what the
  // other has taken out since, which leaves in the same order.
  unsigned free_ = 0;  // at the batch's begin, less what was added
  unsigned batched_ = 0;
  uint32_t put_ = 0;   // packets ever put in, with the batch
  uint32_t gone_ = 0;  // of those, taken out when it was last looked
  std::array<HandedPacket, kBurstMax> batch_;
  std::array<uint16_t, kPacketsMax + 1> tenant_of_;  // [put_ modulo its size]: whose packet
  std::vector<uint16_t> in_ring_;                    // [tenant slot]: packets in the ring and the batch
};

// One worker's ends of all the rings, for its stages.
struct Handoff {
  WorkerIndex self;
  std::vector<HandoffRing*> to;    // [worker]; null for itself
  std::vector<HandoffRing*> from;  // the same
};

// All of them, for launch and for tests.
class HandoffRings {
 public:
  // `workers`: 2..kWorkersMax. Errors: `exhausted`.
  static Result<std::unique_ptr<HandoffRings>> create(unsigned workers, uint32_t tenant_slots);

  Handoff ends_of(unsigned worker) const;
  // Packets that were handed over by now, of each ring; and whether all of those have been taken out.
  std::vector<uint32_t> mark() const;
  bool passed(const std::vector<uint32_t>& mark) const;

 private:
  HandoffRings() = default;
  const HandoffRing* ring(unsigned from, unsigned to) const { return rings_[from * workers_ + to].get(); }

  unsigned workers_ = 0;
  std::vector<std::unique_ptr<HandoffRing>> rings_;  // [from * workers + to]; null where both are the same
};

}  // namespace demarc::dp
