#include "dataplane/stages/session_uplink.h"

#include "dataplane/stages/gtpu_answer.h"
#include "dataplane/stages/session_lookup.h"

namespace demarc::dp {
namespace {

template <class BeforeDrop>
void find_sessions(StageContext& context, Burst& burst, Lane& lane, BeforeDrop before_drop) {
  KeyRuns<uint64_t> keys;
  for (uint8_t i : lane) keys.add(SessionTable::uplink_key(burst.meta[i].endpoint, burst.meta[i].teid));
  const Session* found[kBurstMax];
  context.tables.sessions->lookup_uplink(keys.keys(), keys.size(), found);
  assign_sessions(burst, lane, keys, found, DropReason::gtpu_teid_unknown, before_drop);
}

}  // namespace

void session_uplink(StageContext& context, Burst& burst, Lane& lane) {
  find_sessions(context, burst, lane, [&](uint8_t i) { answer_error_indication(context, burst, i); });
}

void session_end_marker(StageContext& context, Burst& burst, Lane& lane) {
  find_sessions(context, burst, lane, [](uint8_t) {});
}

}  // namespace demarc::dp
