// The copies of a frame to a group: one for each session of its Ethernet network but the one that sent it, and one for
// the attachment if a session did. No stage itself: the copies are a burst of their own (run_flood in pipeline.h).
#pragma once

#include <rte_mbuf.h>

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Makes the copies of the frame at meta.l3_offset in the originator, which is empty: at most kBurstMax. Counts
// originated_packets, ethernet_copies_made and ethernet_copies_lost. The frame stays the caller's.
void bridge_flood(StageContext& context, rte_mbuf* mbuf, const PacketMeta& meta);

}  // namespace demarc::dp
