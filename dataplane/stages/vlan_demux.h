// vlan_demux: (port, outer VLAN, VLAN) → attachment, tenant and VRF. The only place where a tenant is found.
//
// reads:  burst.port, meta.vlan, meta.ethertype
// writes: meta.attachment, meta.vrf, meta.tenant, meta.ipv6; meta.guaranteed, while the worker sheds
// counts: received_packets, received_bytes
// drops:  vlan_unknown (to the house); tenant_suspended, ethertype_unsupported; overload, while the worker sheds
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane`: its packets go to `arp`, `ipv4` or `ipv6`, those on the attachment of an Ethernet network to
// `bridge`, or end.
void vlan_demux(StageContext& context, Burst& burst, Lane& lane, Lane& arp, Lane& ipv4, Lane& ipv6, Lane& bridge);

}  // namespace demarc::dp
