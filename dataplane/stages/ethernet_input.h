// ethernet_input: the Ethernet header and at most one 802.1Q tag, in the frame or taken off by the NIC.
//
// reads:  burst.port, the frame
// writes: meta.vlan, meta.ethertype, meta.l3_offset
// drops:  ethernet_truncated, ethernet_not_ours, vlan_reserved; all to the house, for no tenant is known here. Counts
//         what it drops as received by the house; what goes on is counted by vlan_demux.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` frames for our own MAC address, broadcasts, and multicast of the groups that our IPv6 addresses on
// this attachment oblige us to listen to: all nodes and their solicited-node groups (RFC 4291 section 2.8). Of a double
// tag the second one is the EtherType, which vlan_demux refuses in the first one's tenant.
void ethernet_input(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
