#include "dataplane/stages/ethernet_input.h"

#include <rte_prefetch.h>

#include <cstring>

#include "common/wire/ethernet.h"
#include "common/wire/nd.h"
#include "dataplane/stages/bridge.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/segments.h"

namespace demarc::dp {
namespace {

bool is_for(const uint8_t* frame, const MacAddress& own) {
  return std::memcmp(frame, own.data(), own.size()) == 0 ||
         std::memcmp(frame, wire::kMacBroadcast.data(), wire::kMacBroadcast.size()) == 0;
}

// kNotDropped, or the DropReason.
uint8_t read_frame(rte_mbuf* mbuf, const MacAddress& own, PacketMeta& meta) {
  const bool stripped = (mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0;
  const uint8_t* const frame = bytes_at(mbuf, 0);
  const wire::EthernetParse parsed = wire::parse_ethernet(frame, mbuf->data_len, stripped);
  if (!parsed.whole) return code(DropReason::ethernet_truncated);
  // A priority tag (VLAN 0) is handled like no tag (802.1Q clause 6.9.1). Of two tags the NIC takes off the outer one.
  const auto stripped_vlan = static_cast<uint16_t>(mbuf->vlan_tci & wire::kVlanIdMask);
  const bool inner_of_stripped = stripped && parsed.header_bytes > sizeof(wire::EthernetHeader);
  meta.outer_vlan = VlanId{inner_of_stripped ? stripped_vlan : parsed.outer_vlan_id};
  meta.vlan = VlanId{stripped && !inner_of_stripped ? stripped_vlan : parsed.vlan_id};
  meta.ethertype = parsed.ethertype;
  meta.l3_offset = parsed.header_bytes;
  if (!is_for(frame, own)) return code(DropReason::ethernet_not_ours);
  return meta.vlan > kVlanMax || meta.outer_vlan > kVlanMax ? code(DropReason::vlan_reserved) : kNotDropped;
}

// A frame on the attachment of an Ethernet network, whoever it is for.
bool is_for_network(const StageContext& context, const Burst& burst, uint8_t i) {
  const PacketMeta& meta = burst.meta[i];
  const AttachmentRow* const row = context.topology().attachment_at(burst.port, meta.outer_vlan, meta.vlan, nullptr);
  return row != nullptr ? is_bridged(context, *row) : bridged_around_tag(context, burst, i, nullptr) != nullptr;
}

// A multicast frame, read but not to our MAC address, of a group that one of our addresses on this attachment obliges
// us to listen to.
bool is_for_group_of_ours(const StageContext& context, const Burst& burst, uint8_t i) {
  const uint8_t* const frame = bytes_at(burst.mbuf[i], 0);
  if (!wire::is_multicast_mac(frame)) return false;
  const AttachmentRow* const attachment =
      context.topology().attachment_at(burst.port, burst.meta[i].outer_vlan, burst.meta[i].vlan, nullptr);
  if (attachment == nullptr || !attachment->has_ipv6()) return false;
  Ipv6Address group = wire::kAllNodes;
  if (frame[2] == 0xff) {
    group = wire::solicited_node({{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, frame[3], frame[4], frame[5]}});
  } else if (std::memcmp(frame, wire::multicast_mac(group).data(), sizeof(MacAddress)) != 0) {
    return false;
  }
  return context.topology().local_address(attachment->vrf, group).group;
}

}  // namespace

void ethernet_input(StageContext& context, Burst& burst, Lane& lane) {
  for (uint8_t i : lane) {
    rte_prefetch0(bytes_at(burst.mbuf[i], 0));
    rte_prefetch0(bytes_at(burst.mbuf[i], 64));  // inner headers of a G-PDU
  }
  const MacAddress& own = context.port_macs[burst.port.value];
  TenantSum received(context, Counter::received_packets, Counter::received_bytes);
  keep_if(lane, [&](uint8_t i) {
    if (burst.mbuf[i]->nb_segs > 1) [[unlikely]]
      pull_up(burst.mbuf[i], kHeaderBytesMax);
    const uint8_t reason = read_frame(burst.mbuf[i], own, burst.meta[i]);
    if (reason == kNotDropped) return true;
    if (reason == code(DropReason::ethernet_not_ours) &&
        (is_for_group_of_ours(context, burst, i) || is_for_network(context, burst, i)))
      return true;
    received.add(kHouse, received_frame_bytes(burst.mbuf[i]));
    drop(burst, i, static_cast<DropReason>(reason));
    return false;
  });
}

}  // namespace demarc::dp
