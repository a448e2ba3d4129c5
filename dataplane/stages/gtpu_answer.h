// What a GTP-U entity says to a peer whose packet it drops. Shared by gtpu_input and session_uplink; no stage itself.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Error Indication (TS 29.281 clause 7.3.1) to the sender of packet `i`, a G-PDU with a TEID that is not 0 and that
// nobody has. Reads: meta.l3_offset, meta.ipv6, meta.teid, and of the outer headers what was checked before. Counts
// gtpu_error_indications_sent, or answers_suppressed.
void answer_error_indication(StageContext& context, Burst& burst, uint8_t i);

// Supported Extension Headers Notification (clause 7.2.3), to the sender of packet `i`. Reads: meta.l3_offset,
// meta.ipv6. Counts gtpu_extension_notifications_sent, or answers_suppressed.
void answer_extension_headers(StageContext& context, Burst& burst, uint8_t i);

}  // namespace demarc::dp
