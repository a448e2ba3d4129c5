#include "dataplane/stages/bridge_uplink.h"

#include "dataplane/stages/bridge.h"
#include "dataplane/stages/usage.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {
namespace {

enum class Way : uint8_t { dropped, session, port, flood };
struct Taken {
  Way way;
  uint8_t reason = kNotDropped;
};
inline Taken dropped(DropReason reason) { return {Way::dropped, code(reason)}; }

uint8_t learn(EthernetNetwork& network, uint8_t place, MacValue source, uint64_t now_tsc) {
  switch (network.learn(place, source, now_tsc)) {
    case EthernetNetwork::Learned::yes: return kNotDropped;
    case EthernetNetwork::Learned::taken: return code(DropReason::mac_taken);
    case EthernetNetwork::Learned::full: break;
  }
  return code(DropReason::mac_limit);
}

bool is_tag(uint16_t ethertype) {
  // 0x9100 and 0x9200 stood for S-tags before 802.1ad, and many a switch still takes them so.
  return ethertype == wire::kEtherTypeVlan || ethertype == wire::kEtherTypeServiceVlan || ethertype == 0x9100 ||
         ethertype == 0x9200;
}

// A tag of the UE's becomes the outer one on an untagged attachment, and the inner one of two behind an attachment's
// tag: neither may lead into what is another attachment's. Nobody leaves an untagged one with a tag.
bool may_leave(const Topology& topology, const AttachmentRow& port, rte_mbuf* mbuf, const PacketMeta& meta) {
  const uint8_t* const type = bytes_at(mbuf, meta.l3_offset + size_t{12});
  const auto ethertype = static_cast<uint16_t>(type[0] << 8 | type[1]);
  if (!is_tag(ethertype)) return true;
  if (port.vlan.value == 0 || readable_bytes(mbuf, meta.l3_offset) < 16) return false;
  if (port.outer_vlan.value != 0) return true;
  const VlanId inner{static_cast<uint16_t>((type[2] << 8 | type[3]) & wire::kVlanIdMask)};
  return topology.attachment_at(port.port, port.vlan, inner, nullptr) == nullptr;
}

// From here on it is a frame that came from the core, for the session at the place.
void turn(PacketMeta& meta, int place) {
  meta.teid = Teid{0};
  meta.endpoint = kNoEndpoint;
  meta.qfi = kQfiNone;
  meta.forget_session();
  meta.payload_offset = static_cast<uint16_t>(place);
}

Taken take_frame(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta, uint64_t now_tsc) {
  const OpaqueRules& rules = *meta.session->opaque;
  if (rules.network == nullptr || rules.vrf != meta.vrf) return dropped(DropReason::far_drop);
  EthernetNetwork& network = *rules.network;
  const AttachmentRow* const port = bridge_port(context, meta, &meta.egress);
  if (port == nullptr) return dropped(DropReason::bridge_no_port);
  const MacValue destination = frame_destination(mbuf, meta);
  const MacValue source = frame_source(mbuf, meta);
  uint8_t reason = check_frame_addresses(destination, source);
  if (reason == kNotDropped && source == mac_value(port->mac.data())) reason = code(DropReason::mac_taken);
  if (reason == kNotDropped) reason = learn(network, rules.place, source, now_tsc);
  if (reason != kNotDropped) return {Way::dropped, reason};
  const bool ue_to_ue = context.topology().vrf(meta.vrf)->ue_to_ue;  // bridge_port has looked at the row
  if (const int place = is_group(destination) ? -1 : network.place_of(destination, now_tsc); place >= 0) {
    if (!ue_to_ue || place == rules.place) return dropped(DropReason::ue_to_ue_forbidden);
    count_uplink(context, meta, packet_bytes(mbuf, meta.l3_offset));
    turn(meta, place);
    return {Way::session};
  }
  if (!may_leave(context.topology(), *port, mbuf, meta)) return dropped(DropReason::bridge_vlan_forbidden);
  if (!is_group(destination)) return {Way::port};
  if (!network.take_group_frame(now_tsc)) return dropped(DropReason::bridge_storm);
  return {ue_to_ue ? Way::flood : Way::port};
}

}  // namespace

void bridge_uplink(StageContext& context, Burst& burst, Lane& lane, BridgeLanes out) {
  for (const uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    const Taken taken = take_frame(context, burst.mbuf[i], meta, burst.now_tsc);
    if (taken.way == Way::dropped) {
      drop(burst, i, static_cast<DropReason>(taken.reason));
      continue;
    }
    const size_t bytes = packet_bytes(burst.mbuf[i], meta.l3_offset);
    if (taken.way == Way::flood) {
      count_uplink(context, meta, bytes);  // here, for each copy ends by itself
      consume_for_copies(context, burst, i, out.flood);
    } else {
      if (taken.way == Way::port) note_uplink(burst, i, bytes);
      (taken.way == Way::session ? out.frames : out.port).push(i);
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
