// The PDRs of sessions that carry no IP: Ethernet and unstructured. Shared with pdr_match; no stage itself.
#pragma once

#include "dataplane/tables/session_table.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// The first of the session's PDRs, in order of precedence, that the packet matches (TS 29.244 clause 5.2.1): by its
// F-TEID or network, by QFI, and by the Ethernet packet filters. Null: none, and `reason` says why. Sets meta.opaque.
// The frame is in the tunnel, or at meta.l3_offset.
const Pdr* find_opaque_pdr(PacketMeta& meta, rte_mbuf* mbuf, uint8_t& reason);

}  // namespace demarc::dp
