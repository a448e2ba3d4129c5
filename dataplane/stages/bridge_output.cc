#include "dataplane/stages/bridge_output.h"

#include <cstring>

#include "common/wire/ethernet.h"
#include "dataplane/stages/frame.h"
#include "dataplane/stages/packet.h"

namespace demarc::dp {
namespace {

constexpr size_t kAddressBytes = 2 * sizeof(MacAddress);

uint8_t put_tags(rte_mbuf* mbuf, const PacketMeta& meta, const AttachmentRow& egress) {
  uint8_t* const frame = bytes_at(mbuf, meta.l3_offset);
  wire::EthernetHeader header;
  std::memcpy(&header, frame, sizeof header);
  // The MTU is of what an untagged frame carries, or one with a C-tag.
  const bool tagged = header.type.host() == wire::kEtherTypeVlan;
  const size_t overhead = sizeof header + (tagged ? sizeof(wire::VlanTag) : 0);
  if (packet_bytes(mbuf, meta.l3_offset) > egress.mtu + overhead) return code(DropReason::bridge_too_big);
  // What write_frame_header() leaves in place of the frame's own header: the last tag's type is the frame's type.
  const auto behind = static_cast<uint16_t>(meta.l3_offset + kAddressBytes + sizeof(Be16));
  if (!write_frame_header(mbuf, behind, egress, header.destination, header.type.host()))
    return code(DropReason::encap_no_headroom);
  std::memcpy(bytes_at(mbuf, sizeof(MacAddress)), header.source.data(), sizeof(MacAddress));
  pad_frame(mbuf);
  return kNotDropped;
}

}  // namespace

void bridge_output(StageContext& context, Burst& burst, Lane& lane, Lane& output) {
  for (const uint8_t i : lane) {
    const PacketMeta& meta = burst.meta[i];
    const AttachmentRow* const egress = context.topology().attachment_or_null(meta.egress);
    const uint8_t reason = egress == nullptr || egress->tenant != meta.tenant ? code(DropReason::table_changed)
                                                                              : put_tags(burst.mbuf[i], meta, *egress);
    if (reason == kNotDropped) {
      output.push(i);
    } else {
      drop(burst, i, static_cast<DropReason>(reason));
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
