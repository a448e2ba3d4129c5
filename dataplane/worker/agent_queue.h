// AgentQueue: the worker's end of the ring to the agent. Never waits.
//
// Each tenant has its own share of the ring, kToAgentPerTenantMax messages, and the ring is as large as all the shares
// together: one that floods its link with ARP fills its own share and nobody else's.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/worker/counters.h"
#include "dataplane/worker/exchange.h"

struct rte_ring;

namespace demarc::dp {

class AgentQueue {
 public:
  // `ring`: single producer, single consumer, elements of sizeof(ToAgent) bytes. `taken`: [tenant slot], `tenant_slots`
  // of them: how many messages the agent has taken out of this ring, counted by it alone. `lost` counts what found no
  // room. All must outlive the queue.
  AgentQueue(rte_ring* ring, const OwnedCounter* taken, uint32_t tenant_slots, OwnedCounter& lost)
      : ring_(ring), taken_(taken), lost_(&lost), sent_(tenant_slots) {}

  // False when the share of message.tenant is used up; then it is counted as lost.
  bool send(const ToAgent& message);

 private:
  rte_ring* ring_;
  const OwnedCounter* taken_;
  OwnedCounter* lost_;
  std::vector<uint64_t> sent_;  // [tenant slot]
};

}  // namespace demarc::dp
