// The end of the pipeline: drops are counted to their tenants and freed, in this one place. No stage.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Counts and frees what is in burst.dropped, and empties it.
void end_drops(StageContext& context, Burst& burst);

// For a burst that HoldQueue::poll gave: takes its packets off their tenants' held_packets.
void count_released(StageContext& context, const Burst& burst);

}  // namespace demarc::dp
