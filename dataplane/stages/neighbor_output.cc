#include "dataplane/stages/neighbor_output.h"

#include "common/wire/ethernet.h"
#include "dataplane/stages/frame.h"
#include "dataplane/stages/key_runs.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

TenantId tenant_id(const Topology& topology, TenantSlot slot) {
  const auto& tenants = topology.spec().tenants;
  return slot.value < tenants.size() ? tenants[slot.value].id : TenantId{};
}

void hold(StageContext& context, Burst& burst, uint8_t i, NeighborState state) {
  PacketMeta& meta = burst.meta[i];
  PacketMeta kept = meta;
  kept.forget_session();  // it may be freed while the packet waits
  const HoldQueue::Outcome outcome = context.hold->try_hold(
      burst.mbuf[i], kept, tenant_id(context.topology(), meta.tenant), burst.now_tsc, burst.received_tsc_of(i));
  // With every packet, until the agent has made an entry: a message that found no room is not the last one.
  if (state == NeighborState::unknown)
    context.agent->send({ToAgent::Kind::neighbor_wanted, meta.egress, meta.next_hop, MacAddress{}, meta.tenant});
  if (outcome == HoldQueue::Outcome::full) return drop(burst, i, DropReason::neighbor_hold_full);
  meta.fate = PacketFate::held;
  context.counters(meta.tenant).add(Counter::held_packets, 1);
}

struct Ipv4NextHop {
  using Key = uint64_t;
  static constexpr uint16_t kEtherType = wire::kEtherTypeIpv4;
  static Key key(const PacketMeta& meta) { return NeighborTable::key(meta.egress, meta.next_hop.ipv4()); }
};
struct Ipv6NextHop {
  using Key = WideKey;
  static constexpr uint16_t kEtherType = wire::kEtherTypeIpv6;
  static Key key(const PacketMeta& meta) { return NeighborTable::key(meta.egress, meta.next_hop.ipv6()); }
};

template <class Family>
void output_family(StageContext& context, Burst& burst, Lane& lane, Lane& output) {
  KeyRuns<typename Family::Key> keys;
  for (uint8_t i : lane) {
    keys.add(Family::key(burst.meta[i]));
    rte_mbuf_prefetch_part2(burst.mbuf[i]);
  }
  NeighborAnswer answers[kBurstMax];
  context.tables.neighbors->lookup(keys.keys(), keys.size(), answers);
  unsigned position = 0;
  for (uint8_t i : lane) {
    const PacketMeta& meta = burst.meta[i];
    const NeighborAnswer& answer = answers[keys.run_of(position++)];
    const AttachmentRow* const egress = context.topology().attachment_or_null(meta.egress);
    if (egress == nullptr || egress->tenant != meta.tenant) {
      drop(burst, i, DropReason::table_changed);
    } else if (answer.state == NeighborState::failed) {
      drop(burst, i, DropReason::neighbor_unresolved);
    } else if (answer.state != NeighborState::reachable) {
      hold(context, burst, i, answer.state);
    } else if (!write_frame_header(burst.mbuf[i], meta.l3_offset, *egress, answer.mac, Family::kEtherType)) {
      drop(burst, i, DropReason::encap_no_headroom);
    } else {
      output.push(i);
    }
  }
  lane.clear();
}

}  // namespace

void neighbor_output(StageContext& context, Burst& burst, Lane& lane, Lane& output) {
  output_family<Ipv4NextHop>(context, burst, lane, output);
}

void neighbor_output_ipv6(StageContext& context, Burst& burst, Lane& lane, Lane& output) {
  output_family<Ipv6NextHop>(context, burst, lane, output);
}

}  // namespace demarc::dp
