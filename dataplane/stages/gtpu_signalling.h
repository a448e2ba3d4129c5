// GTP-U messages that end here: Echo Response, Error Indication, Supported Extension Headers Notification (TS 29.281
// clauses 7.2.2, 7.2.3, 7.3.1). Called by gtpu_input; no stage itself.
#pragma once

#include "common/wire/gtpu.h"
#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// True for the types that take_signalling() takes.
bool ends_here(uint8_t message_type);

// Tells the agent what it must know: only it knows which peers there are and what they were asked. Ends packet `i`:
// consumed, counted by what it was; or dropped: gtpu_control_malformed, agent_queue_full.
// Reads: meta.payload_offset (to the GTP-U header), meta.l3_offset, meta.ipv6, meta.endpoint.
void take_signalling(StageContext& context, Burst& burst, uint8_t i, const wire::GtpuParse& gtpu);

}  // namespace demarc::dp
