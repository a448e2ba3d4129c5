#include "dataplane/stages/bridge_downlink.h"

#include "dataplane/stages/bridge.h"

namespace demarc::dp {
namespace {

// The bytes of the attachment's own tags, which a NIC may have taken one of off, and of priority tags before or instead
// of them (802.1Q clause 6.9.1). ethernet_input has read them: an S-tag first, C-tags, two at most.
size_t tag_bytes(const rte_mbuf* mbuf, const AttachmentRow& row) {
  const bool stripped =
      (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 && (mbuf->vlan_tci & wire::kVlanIdMask) != 0;
  const bool untagged = row.vlan.value == 0;
  unsigned own = unsigned{row.outer_vlan.value != 0} + unsigned{!untagged};
  own -= own != 0 && stripped ? 1 : 0;
  size_t tags = 0;
  for (const uint8_t* type = rte_pktmbuf_mtod(mbuf, const uint8_t*) + 12; tags < 2; type += sizeof(wire::VlanTag)) {
    const auto ethertype = static_cast<uint16_t>(type[0] << 8 | type[1]);
    if (ethertype != wire::kEtherTypeVlan && (ethertype != wire::kEtherTypeServiceVlan || tags != 0)) break;
    const bool priority = ((type[2] << 8 | type[3]) & wire::kVlanIdMask) == 0;
    const bool instead_of_none = untagged && priority && tags == 0;
    if (own == 0 && !instead_of_none) break;  // a tag of the network's own
    own -= priority ? 0 : 1;
    ++tags;
  }
  return tags * sizeof(wire::VlanTag);
}

// The frame as it is without the attachment's tags. Its headers were read before, so all bytes are there.
void take_tags_off(rte_mbuf* mbuf, PacketMeta& meta, const AttachmentRow& row) {
  const size_t tags = tag_bytes(mbuf, row);
  uint8_t* const frame = bytes_at(mbuf, 0);
  if (tags != 0) std::memmove(frame + tags, frame, 2 * sizeof(MacAddress));
  meta.l3_offset = static_cast<uint16_t>(tags);
  meta.opaque = true;
}

// kNotDropped: it is for a session, or for all of them.
uint8_t take_frame(StageContext& context, rte_mbuf* mbuf, PacketMeta& meta, uint64_t now_tsc, bool& to_group) {
  EthernetNetwork* const network = context.tables.sessions->ethernet_network(meta.vrf);
  if (network == nullptr) return code(DropReason::table_changed);
  AttachmentSlot port;
  const AttachmentRow* const row = bridge_port(context, meta, &port);
  if (row == nullptr || port != meta.attachment) return code(DropReason::bridge_no_port);
  take_tags_off(mbuf, meta, *row);
  const MacValue destination = frame_destination(mbuf, meta);
  const MacValue source = frame_source(mbuf, meta);
  const uint8_t reason = check_frame_addresses(destination, source);
  if (reason != kNotDropped) return reason;
  // A station of the network's, seen from outside: a loop, or somebody who would be it.
  if (network->place_of(source, now_tsc) >= 0) return code(DropReason::mac_taken);
  to_group = is_group(destination);
  if (to_group) return network->take_group_frame(now_tsc) ? kNotDropped : code(DropReason::bridge_storm);
  const int place = network->place_of(destination, now_tsc);
  if (place < 0) return code(DropReason::mac_unknown);
  meta.payload_offset = static_cast<uint16_t>(place);
  return kNotDropped;
}

}  // namespace

void bridge_downlink(StageContext& context, Burst& burst, Lane& lane, Lane& frames, Lane& flood) {
  for (const uint8_t i : lane) {
    bool to_group = false;
    const uint8_t reason = take_frame(context, burst.mbuf[i], burst.meta[i], burst.now_tsc, to_group);
    if (reason != kNotDropped) {
      drop(burst, i, static_cast<DropReason>(reason));
    } else if (to_group) {
      consume_for_copies(context, burst, i, flood);
    } else {
      frames.push(i);
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
