#include "dataplane/stages/owner_handoff.h"

#include "dataplane/tables/session_table.h"

namespace demarc::dp {
namespace {

// The lane's packets, all for the same owner, into the batch for it.
void hand_over(StageContext& context, Burst& burst, HandoffRing& ring, const Lane& lane) {
  ring.begin();
  for (const uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    if (!ring.add(burst.mbuf[i], meta, burst.received_tsc_of(i))) {
      drop(burst, i, DropReason::handoff_full);
      continue;
    }
    if ((burst.traced_mask >> i & 1) != 0) [[unlikely]]
      ring.trace_last(burst.trace[i]);
    meta.fate = PacketFate::handed_over;
    context.counters(meta.tenant).add(Counter::held_packets, 1);
  }
}

}  // namespace

void owner_handoff(StageContext& context, Burst& burst, Lane& lane) {
  const Handoff& handoff = *context.handoff;
  Lane others;
  std::array<WorkerIndex, kBurstMax> owners;  // read once: the agent may write one meanwhile
  keep_if(lane, [&](uint8_t i) {
    owners[i] = burst.meta[i].session->owned_by();
    if (owners[i] == handoff.self) return true;
    // Who took it over found it to be another's again: its session was put anew or moved in between. Going on would
    // have no end that is certain.
    if (owners[i] == kNoOwner) {
      drop(burst, i, DropReason::session_moving);
    } else if ((burst.taken_over >> i & 1) != 0) {
      drop(burst, i, DropReason::table_changed);
    } else {
      others.push(i);
    }
    return false;
  });
  // What is ours now may meet another session later on its way.
  if (burst.taken_over != 0)
    for (const uint8_t i : lane) burst.taken_over &= ~(uint64_t{1} << i);
  while (!others.empty()) {
    const WorkerIndex owner = owners[others.index[0]];
    Lane same;
    keep_if(others, [&](uint8_t i) {
      if (owners[i] != owner) return true;
      same.push(i);
      return false;
    });
    hand_over(context, burst, *handoff.to[owner.value], same);
  }
}

void send_handed(StageContext& context) {
  for (HandoffRing* ring : context.handoff->to)
    if (ring != nullptr) ring->send();
}

}  // namespace demarc::dp
