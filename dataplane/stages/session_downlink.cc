#include "dataplane/stages/session_downlink.h"

#include "dataplane/stages/packet.h"
#include "dataplane/stages/session_lookup.h"

namespace demarc::dp {

void session_downlink(StageContext& context, Burst& burst, Lane& lane) {
  KeyRuns<uint64_t> keys;
  for (uint8_t i : lane)
    keys.add(SessionTable::downlink_key(burst.meta[i].vrf, ipv4_destination(burst.mbuf[i], burst.meta[i])));
  const Session* found[kBurstMax];
  context.tables.sessions->lookup_downlink(keys.keys(), keys.size(), found);
  assign_sessions(burst, lane, keys, found, DropReason::session_unknown);
}

void session_downlink_ipv6(StageContext& context, Burst& burst, Lane& lane) {
  KeyRuns<WideKey> keys;
  for (uint8_t i : lane)
    keys.add(SessionTable::downlink_key(burst.meta[i].vrf, ipv6_destination(burst.mbuf[i], burst.meta[i])));
  const Session* found[kBurstMax];
  context.tables.sessions->lookup_downlink(keys.keys(), keys.size(), found);
  assign_sessions(burst, lane, keys, found, DropReason::session_unknown);
}

}  // namespace demarc::dp
