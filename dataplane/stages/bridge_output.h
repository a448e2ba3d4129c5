// bridge_output: a frame of an Ethernet network as it leaves by the network's attachment: with the attachment's tags
// around the frame's own, its addresses as they are.
//
// reads:  meta.egress, meta.l3_offset, meta.tenant, the frame
// drops:  bridge_too_big, encap_no_headroom, table_changed
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Empties `lane` into `output`, for port_output.
void bridge_output(StageContext& context, Burst& burst, Lane& lane, Lane& output);

}  // namespace demarc::dp
