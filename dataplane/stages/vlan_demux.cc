#include "dataplane/stages/vlan_demux.h"

#include "common/wire/ethernet.h"
#include "dataplane/stages/bridge.h"
#include "dataplane/stages/packet.h"
#include "dataplane/worker/admission.h"

namespace demarc::dp {
namespace {

// While the worker sheds: here is the first moment at which the tenant is known.
bool let_in(StageContext& context, PacketMeta& meta, uint64_t bytes, uint64_t now_tsc) {
  const Admission::Verdict verdict =
      context.admission->ask(context.topology().tenant(meta.tenant), meta.tenant, bytes, now_tsc);
  meta.guaranteed = verdict == Admission::Verdict::by_guarantee;
  return verdict != Admission::Verdict::shed;
}

}  // namespace

void vlan_demux(StageContext& context, Burst& burst, Lane& lane, Lane& arp, Lane& ipv4, Lane& ipv6, Lane& bridge) {
  TenantSum received(context, Counter::received_packets, Counter::received_bytes);
  VlanId last_vlan{0xffff};  // never in meta.vlan
  VlanId last_outer;
  AttachmentSlot slot;
  const AttachmentRow* row = nullptr;
  bool bridged = false;
  for (uint8_t i : lane) {
    PacketMeta& meta = burst.meta[i];
    if (meta.vlan != last_vlan || meta.outer_vlan != last_outer) {
      row = context.topology().attachment_at(burst.port, meta.outer_vlan, meta.vlan, &slot);
      last_vlan = meta.vlan;
      last_outer = meta.outer_vlan;
      bridged = row != nullptr && is_bridged(context, *row);
      if (row == nullptr && meta.outer_vlan.value != 0) [[unlikely]] {
        row = bridged_around_tag(context, burst, i, &slot);
        bridged = row != nullptr;
        last_vlan = VlanId{0xffff};  // the next one's outer tag may be of the other kind
      }
    }
    const uint32_t bytes = received_frame_bytes(burst.mbuf[i]);
    if (row == nullptr) {
      received.add(kHouse, bytes);
      drop(burst, i, DropReason::vlan_unknown);
      continue;
    }
    meta.attachment = slot;
    meta.tenant = row->tenant;
    meta.vrf = row->vrf;
    received.add(row->tenant, bytes);
    if (row->suspended) {
      drop(burst, i, DropReason::tenant_suspended);
    } else if (context.admission != nullptr && !let_in(context, meta, bytes, burst.now_tsc)) [[unlikely]] {
      drop(burst, i, DropReason::overload);
    } else if (bridged) [[unlikely]] {
      bridge.push(i);
    } else if (meta.ethertype == wire::kEtherTypeIpv4) {
      ipv4.push(i);
    } else if (meta.ethertype == wire::kEtherTypeIpv6) {
      meta.ipv6 = true;
      ipv6.push(i);
    } else if (meta.ethertype == wire::kEtherTypeArp) {
      arp.push(i);
    } else {
      drop(burst, i, DropReason::ethertype_unsupported);
    }
  }
  lane.clear();
}

}  // namespace demarc::dp
