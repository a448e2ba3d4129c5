#include "dataplane/stages/ue_to_ue.h"

#include "dataplane/stages/hop.h"
#include "dataplane/stages/key_runs.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/rate_check.h"
#include "dataplane/stages/usage.h"
#include "dataplane/worker/capturer.h"

namespace demarc::dp {
namespace {

// A UE's packet to itself would only go round and round between us and it.
bool may_turn(const Topology& topology, const PacketMeta& meta, const Session& other) {
  const VrfRow* const vrf = topology.vrf(meta.vrf);
  return vrf != nullptr && vrf->core && vrf->tenant == meta.tenant && vrf->ue_to_ue && &other != meta.session;
}

// From here on it is a packet that came from the core.
void turn(PacketMeta& meta) {
  meta.teid = Teid{0};
  meta.endpoint = kNoEndpoint;
  meta.qfi = kQfiNone;
  meta.forget_session();
}

template <class Key>
void send_on(StageContext& context, Burst& burst, const Lane& lane, const KeyRuns<Key>& keys, Lane& downlink,
             Lane& route) {
  const Session* found[kBurstMax];
  context.tables.sessions->lookup_downlink(keys.keys(), keys.size(), found);
  unsigned position = 0;
  for (const uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    rte_mbuf* const mbuf = burst.mbuf[i];
    const Session* const other = found[keys.run_of(position++)];
    const bool for_ue = other != nullptr && other->tenant == meta.tenant;
    if (for_ue && !may_turn(context.topology(), meta, *other)) {
      drop(burst, i, DropReason::ue_to_ue_forbidden);
      continue;
    }
    // One hop is taken off in all: of what turns, by gtpu_encap.
    const uint8_t reason = for_ue ? kNotDropped : take_hop(mbuf, meta);
    if (reason != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(reason));
      continue;
    }
    const size_t bytes = packet_bytes(mbuf, meta.l3_offset);
    if (!for_ue) {
      note_uplink(burst, i, bytes);
      route.push(i);
      continue;
    }
    const uint8_t beyond =
        meters_nothing(context) ? kNotDropped : check_rates(context, meta, Direction::uplink, bytes, burst.now_tsc);
    if (beyond != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(beyond));
      continue;
    }
    count_uplink(context, meta, bytes);  // what happens to it now is the other session's
    if (context.capture != nullptr) [[unlikely]]
      context.capture->turning(burst, i);
    turn(meta);
    downlink.push(i);
  }
}

}  // namespace

void ue_to_ue(StageContext& context, Burst& burst, Lane& lane, UeToUeLanes out) {
  Lane ipv4;
  Lane ipv6;
  KeyRuns<uint64_t> keys;
  KeyRuns<WideKey> ipv6_keys;
  for (const uint8_t i : lane) {
    const PacketMeta& meta = burst.meta[i];
    if (meta.ipv6) {
      ipv6.push(i);
      ipv6_keys.add(SessionTable::downlink_key(meta.vrf, ipv6_destination(burst.mbuf[i], meta)));
    } else {
      ipv4.push(i);
      keys.add(SessionTable::downlink_key(meta.vrf, ipv4_destination(burst.mbuf[i], meta)));
    }
  }
  lane.clear();
  if (!ipv4.empty()) send_on(context, burst, ipv4, keys, out.downlink, out.route);
  if (!ipv6.empty()) send_on(context, burst, ipv6, ipv6_keys, out.downlink_ipv6, out.route_ipv6);
}

}  // namespace demarc::dp
