// The packets that demarc makes by itself on a link: it asks who has an address, and says which is its own.
#pragma once

#include "common/base/ip_address.h"
#include "dataplane/tables/topology.h"

struct rte_mbuf;
struct rte_mempool;

namespace demarc::dp {

// "Who has `address`, tell ours of this attachment" as a whole frame, tagged as the attachment is and padded to
// Ethernet's 60 bytes: an ARP request (RFC 826) or a Neighbor Solicitation (RFC 4861 section 7.2.2). `to`: broadcast,
// or the MAC address that is probed (RFC 1122 2.3.2.1, RFC 4861 section 7.3.3); a solicitation that nobody is known for
// goes to the solicited-node group. Null: no buffer in the pool, or the attachment has no address of that family.
rte_mbuf* make_neighbor_request(const AttachmentRow& attachment, const IpAddress& address, const MacAddress& to,
                                rte_mempool* pool);

// "`address` is ours", to all stations of the attachment's link: an ARP request from and for it (RFC 5227 section 3),
// or a Neighbor Advertisement that nobody asked for (RFC 4861 section 7.2.6). Null as above.
rte_mbuf* make_announcement(const AttachmentRow& attachment, const IpAddress& address, rte_mempool* pool);

}  // namespace demarc::dp
