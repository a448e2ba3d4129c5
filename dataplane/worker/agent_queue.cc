#include "dataplane/worker/agent_queue.h"

#include <rte_ring.h>
#include <rte_ring_elem.h>

namespace demarc::dp {

bool AgentQueue::send(const ToAgent& message) {
  uint64_t& sent = sent_[message.tenant.value];
  // The agent counts after it has taken: what is read here is old at worst, and then the share looks fuller than it is.
  const bool room = sent - taken_[message.tenant.value].read() < kToAgentPerTenantMax;
  if (room && rte_ring_sp_enqueue_elem(ring_, const_cast<ToAgent*>(&message), sizeof message) == 0) {
    ++sent;
    return true;
  }
  lost_->add(1);
  return false;
}

}  // namespace demarc::dp
