#include "dataplane/stages/ethernet_input.h"

#include <rte_prefetch.h>

#include <cstring>

#include "common/wire/ethernet.h"
#include "dataplane/stages/packet.h"

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
  if (!parsed.whole) return static_cast<uint8_t>(DropReason::ethernet_truncated);
  if (!is_for(frame, own)) return static_cast<uint8_t>(DropReason::ethernet_not_ours);
  // A priority tag (VLAN 0) is handled like no tag (802.1Q clause 6.9.1).
  meta.vlan = VlanId{stripped ? static_cast<uint16_t>(mbuf->vlan_tci & wire::kVlanIdMask) : parsed.vlan_id};
  if (meta.vlan > kVlanMax) return static_cast<uint8_t>(DropReason::vlan_reserved);
  meta.ethertype = parsed.ethertype;
  meta.l3_offset = parsed.header_bytes;
  return kNotDropped;
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
    const uint8_t reason = read_frame(burst.mbuf[i], own, burst.meta[i]);
    if (reason == kNotDropped) return true;
    received.add(kHouse, received_frame_bytes(burst.mbuf[i]));
    drop(burst, i, static_cast<DropReason>(reason));
    return false;
  });
}

}  // namespace demarc::dp
