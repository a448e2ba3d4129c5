// What the two session stages share: what is done with the answers of a bulk lookup.
#pragma once

#include <rte_prefetch.h>

#include "dataplane/stages/key_runs.h"
#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Gives each packet of the lane the session found for its key. A packet without one, or with one of another tenant (the
// keys name the tenant through the endpoint or the VRF; this is the second lock on the same door), is dropped, after
// `before_drop(i)`.
template <class Key, class BeforeDrop>
void assign_sessions(Burst& burst, Lane& lane, const KeyRuns<Key>& keys, const Session* const* found,
                     DropReason unknown, BeforeDrop before_drop) {
  for (unsigned n = 0; n < keys.size(); ++n) {
    if (found[n] == nullptr) continue;
    rte_prefetch0(found[n]);
    rte_prefetch0(found[n]->pdrs());
  }
  unsigned position = 0;
  keep_if(lane, [&](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    const Session* const session = found[keys.run_of(position++)];
    if (session == nullptr || session->tenant != meta.tenant) {
      before_drop(i);
      drop(burst, i, unknown);
      return false;
    }
    meta.session = session;
    return true;
  });
}

template <class Key>
void assign_sessions(Burst& burst, Lane& lane, const KeyRuns<Key>& keys, const Session* const* found,
                     DropReason unknown) {
  assign_sessions(burst, lane, keys, found, unknown, [](uint8_t) {});
}

}  // namespace demarc::dp
