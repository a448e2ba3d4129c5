// Ethernet frames that leave an attachment: the header with its tag, and ARP requests. Shared by arp_input,
// neighbor_output and the worker; no stage itself.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/tables/topology.h"

namespace demarc::dp {

// Makes the mbuf's data start with an Ethernet header for `egress`, tagged as the attachment is, in front of what lies
// `l3_offset` bytes into the data now; what was before that is gone. False, with the mbuf unchanged, when there is no
// room before it. Clears the offload flags that the receiving port left.
bool write_frame_header(rte_mbuf* mbuf, uint16_t l3_offset, const AttachmentRow& egress, const MacAddress& destination,
                        uint16_t ethertype);

// Fills an empty mbuf with an ARP request of the attachment: who has `target`. `destination` is broadcast, or the
// station that is probed. False when the mbuf has no room for it (at most 46 bytes).
bool write_arp_request(rte_mbuf* mbuf, const AttachmentRow& egress, const MacAddress& destination, Be32 target);

}  // namespace demarc::dp
