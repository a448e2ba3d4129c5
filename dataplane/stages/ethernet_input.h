// ethernet_input: the Ethernet header and at most two VLAN tags, in the frame or the outer one taken off by the NIC.
//
// reads:  burst.port, the frame
// writes: meta.vlan, meta.outer_vlan, meta.ethertype, meta.l3_offset; headers in several segments move to the first
// drops:  ethernet_truncated, ethernet_not_ours, vlan_reserved; all to the house, for no tenant is known here. Counts
//         what it drops as received by the house; what goes on is counted by vlan_demux.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` frames for our own MAC address, broadcasts, and multicast of the groups that our IPv6 addresses on
// this attachment oblige us to listen to: all nodes and their solicited-node groups (RFC 4291 section 2.8). The third
// of three tags is the EtherType, which vlan_demux refuses. Of an Ethernet network's attachment (bridge.h), all frames.
void ethernet_input(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
