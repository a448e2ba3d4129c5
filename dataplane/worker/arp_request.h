// The one packet that demarc makes by itself.
#pragma once

#include "common/base/byte_order.h"
#include "dataplane/tables/topology.h"

struct rte_mbuf;
struct rte_mempool;

namespace demarc::dp {

// "Who has `ipv4`, tell `attachment.ipv4`" (RFC 826) as a whole frame, tagged as the attachment is and padded to
// Ethernet's 60 bytes. `to`: broadcast, or the address that is probed (RFC 1122 2.3.2.1). Null: no buffer in the pool.
rte_mbuf* make_arp_request(const AttachmentRow& attachment, Be32 ipv4, const MacAddress& to, rte_mempool* pool);

}  // namespace demarc::dp
