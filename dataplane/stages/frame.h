// The Ethernet header of a frame that leaves an attachment, with its tag. Shared by arp_input and neighbor_output; no
// stage itself.
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

// Fills up with zeros what is shorter than an Ethernet frame may be (IEEE 802.3 clause 3.2.8: 60 bytes without FCS).
void pad_frame(rte_mbuf* mbuf);

}  // namespace demarc::dp
