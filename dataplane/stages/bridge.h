// What the bridge stages share: a core VRF with Ethernet sessions is an Ethernet network, and its one attachment is the
// port by which the network goes on outside of demarc. No stage itself.
#pragma once

#include "common/wire/ethernet.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/stage_context.h"
#include "dataplane/tables/ethernet_network.h"

namespace demarc::dp {

inline bool is_bridged(const StageContext& context, const AttachmentRow& row) {
  return row.core && context.tables.sessions->ethernet_network(row.vrf) != nullptr;
}

// The attachment of an Ethernet network whose tag is around a C-tag of the network's own, which looks like two tags
// of an attachment; else null. `frame`: as received. Not for one whose outer tag is an S-tag: those are another space.
inline const AttachmentRow* bridged_around_tag(const StageContext& context, const Burst& burst, uint8_t i,
                                               AttachmentSlot* slot) {
  const PacketMeta& meta = burst.meta[i];
  if (meta.outer_vlan.value == 0) return nullptr;
  const rte_mbuf* const mbuf = burst.mbuf[i];
  const uint8_t* const frame = rte_pktmbuf_mtod(mbuf, const uint8_t*);
  const bool stripped = (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
  if (!stripped && (frame[12] != 0x81 || frame[13] != 0x00)) return nullptr;
  const AttachmentRow* const row = context.topology().attachment_at(burst.port, meta.outer_vlan, slot);
  return row != nullptr && is_bridged(context, *row) ? row : nullptr;
}

// The port of the network, or null when the VRF has not exactly one attachment.
inline const AttachmentRow* bridge_port(const StageContext& context, const PacketMeta& meta, AttachmentSlot* slot) {
  const VrfRow* const vrf = context.topology().vrf(meta.vrf);
  if (vrf == nullptr || vrf->tenant != meta.tenant || !vrf->core || vrf->attachments != 1) return nullptr;
  *slot = vrf->bridge_port;
  return context.topology().attachment_or_null(vrf->bridge_port);
}

// 01-80-C2-00-00-00 to -0F: between neighbours on a link, never forwarded (IEEE 802.1Q table 8-1).
constexpr bool is_reserved_group(MacValue mac) { return mac >> 4 == 0x0180'c200'000; }

// kNotDropped when the addresses may be those of a frame that is forwarded.
inline uint8_t check_frame_addresses(MacValue destination, MacValue source) {
  if (is_group(source) || source == 0) return code(DropReason::mac_source_group);
  return is_reserved_group(destination) ? code(DropReason::bridge_reserved_group) : kNotDropped;
}

inline MacValue frame_destination(rte_mbuf* mbuf, const PacketMeta& meta) {
  return mac_value(bytes_at(mbuf, meta.l3_offset));
}
inline MacValue frame_source(rte_mbuf* mbuf, const PacketMeta& meta) {
  return mac_value(bytes_at(mbuf, meta.l3_offset + size_t{6}));
}

// A frame to a group, of which copies go on: it ends here, when its burst has ended (pipeline.h, run_flood).
inline void consume_for_copies(StageContext& context, Burst& burst, uint8_t i, Lane& flood) {
  burst.meta[i].fate = PacketFate::consumed;
  context.counters(burst.meta[i].tenant).add(Counter::consumed_packets, 1);
  flood.push(i);
}

}  // namespace demarc::dp
