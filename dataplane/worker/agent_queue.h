// AgentQueue: the worker's end of the ring to the agent. Never waits.
#pragma once

#include <cstdint>

#include "dataplane/worker/counters.h"
#include "dataplane/worker/exchange.h"

struct rte_ring;

namespace demarc::dp {

class AgentQueue {
 public:
  // `ring`: single producer, single consumer, elements of sizeof(ToAgent) bytes. `lost` counts what found it full.
  // Both must outlive the queue.
  AgentQueue(rte_ring* ring, OwnedCounter& lost) : ring_(ring), lost_(&lost) {}

  // False when the ring is full; then it is counted as lost.
  bool send(const ToAgent& message);

 private:
  rte_ring* ring_;
  OwnedCounter* lost_;
};

}  // namespace demarc::dp
