// TenantLoad: what a tenant has cost one worker, and how long its packets took.
#pragma once

#include <cstdint>

#include "common/base/log_linear.h"
#include "dataplane/worker/counters.h"

namespace demarc::dp {

// written: one worker; read: agent
struct alignas(64) TenantLoad {
  OwnedCounter cycles;   // TSC ticks of the worker's busy turns
  OwnedCounter packets;  // taken from ports and other workers
  // Packets that were sent, by the time since they were received: from a port, by whichever worker. What they waited in
  // the port before is not in it.
  OwnedCounter latency[kLogLinearBuckets];

  // The agent, when the slot is nobody's.
  void reset() {
    cycles.reset();
    packets.reset();
    for (OwnedCounter& n : latency) n.reset();
  }
};

}  // namespace demarc::dp
