#include "dataplane/worker/agent_queue.h"

#include <rte_ring.h>
#include <rte_ring_elem.h>

namespace demarc::dp {

bool AgentQueue::send(const ToAgent& message) {
  if (rte_ring_sp_enqueue_elem(ring_, const_cast<ToAgent*>(&message), sizeof message) == 0) return true;
  lost_->add(1);
  return false;
}

}  // namespace demarc::dp
