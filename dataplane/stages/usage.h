// What a session used, and with it what its tenant has as uplink and downlink. Shared by stages; no stage itself.
//
// A packet is noted where it leaves its tunnel or gets its outer headers, and counted at the end of its way, so that
// what a later stage drops (no route, too big, the port is full) is a drop and not usage. Held packets count as
// forwarded when they are held: the session may be gone when they go on. What is dropped then is the tenant's alone.
// A packet that is cut counts once, with its first fragment; a frame that is copied to many, as uplink where it is
// copied and as downlink to each that gets a copy.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/tables/session_table.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// `inner_bytes`: of the packet in the tunnel, from its IP header on; of a frame from its destination address on.
inline void note_uplink(Burst& burst, uint8_t i, size_t inner_bytes) {
  burst.uplink |= uint64_t{1} << i;
  burst.inner_bytes[i] = static_cast<uint32_t>(inner_bytes);
}
inline void note_downlink(Burst& burst, uint8_t i, size_t inner_bytes) {
  burst.downlink |= uint64_t{1} << i;
  burst.inner_bytes[i] = static_cast<uint32_t>(inner_bytes);
}

// Of a packet that goes on as another session's downlink now: its uplink is done. Called by the owner of meta.session.
void count_uplink(StageContext& context, const PacketMeta& meta, size_t inner_bytes);

// What was noted of packets that are sent or held. Once a burst, behind port_output.
void count_forwarded(StageContext& context, const Burst& burst);

// A packet with a session is dropped.
inline void count_session_drop(const Burst& burst, uint8_t i) {
  const PacketMeta& meta = burst.meta[i];
  if (meta.session == nullptr || (burst.uncounted >> i & 1) != 0) return;
  meta.session->usage->count_drop(static_cast<DropReason>(meta.drop));
}

}  // namespace demarc::dp
