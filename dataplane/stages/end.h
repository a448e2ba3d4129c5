// The end of the pipeline: drops are counted to their tenants and sessions, and freed, in this one place. No stage.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Counts and frees what is in burst.dropped, and empties it.
void end_drops(StageContext& context, Burst& burst);

// For a burst that HoldQueue::poll or HandoffRing::take gave: takes its packets off their tenants' held_packets. What
// was handed over is taken off by the worker that took it over, when it is done with it: only the sum over workers
// means anything, and it is never too low for a tenant that receives nothing more.
void count_released(StageContext& context, const Burst& burst);

}  // namespace demarc::dp
