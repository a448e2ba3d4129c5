#include "dataplane/stages/session_downlink.h"

#include "dataplane/stages/packet.h"
#include "dataplane/stages/session_lookup.h"
#include "dataplane/tables/ethernet_network.h"

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

void session_downlink_frames(StageContext& context, Burst& burst, Lane& lane) {
  keep_if(lane, [&](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    const EthernetNetwork* const network = context.tables.sessions->ethernet_network(meta.vrf);
    const bool there = network != nullptr && meta.payload_offset < EthernetNetwork::kPlacesMax;
    meta.session = there ? network->session(static_cast<uint8_t>(meta.payload_offset)) : nullptr;
    if (meta.session != nullptr && meta.session->tenant == meta.tenant) return true;
    meta.session = nullptr;
    drop(burst, i, DropReason::session_unknown);
    return false;
  });
}

}  // namespace demarc::dp
