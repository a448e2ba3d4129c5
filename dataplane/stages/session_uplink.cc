#include "dataplane/stages/session_uplink.h"

#include "dataplane/stages/session_lookup.h"

namespace demarc::dp {

void session_uplink(StageContext& context, Burst& burst, Lane& lane) {
  KeyRuns<uint64_t> keys;
  for (uint8_t i : lane) keys.add(SessionTable::uplink_key(burst.meta[i].endpoint, burst.meta[i].teid));
  const Session* found[kBurstMax];
  context.tables.sessions->lookup_uplink(keys.keys(), keys.size(), found);
  assign_sessions(burst, lane, keys, found, DropReason::gtpu_teid_unknown);
}

}  // namespace demarc::dp
