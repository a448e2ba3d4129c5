// WorkerShared: all that a worker and the agent both touch. Allocated by launch before the worker starts.
#pragma once

#include <memory>

#include "dataplane/stages/stage_id.h"
#include "dataplane/worker/counters.h"
#include "dataplane/worker/exchange.h"
#include "dataplane/worker/trace.h"

struct rte_ring;

namespace demarc::dp {

struct WorkerShared {
  uint16_t index = 0;  // 0..workers-1; also its thread id in the qsbr
  uint16_t core = 0;   // lcore
  uint32_t tenant_slots = 0;
  std::unique_ptr<TenantCounters[]> tenants;  // [tenant slot]; written: worker; read: agent
  StageCounters stages[kStageCount];          // written: worker; read: agent
  // written: worker; read: agent
  alignas(64) OwnedCounter loops;
  OwnedCounter busy_loops;
  OwnedCounter cycles;       // TSC ticks since it started
  OwnedCounter busy_cycles;  // in turns that had packets
  OwnedCounter to_agent_lost;
  OwnedCounter trace_lost;
  rte_ring* to_agent = nullptr;    // ToAgent records; worker produces
  rte_ring* from_agent = nullptr;  // ToWorker records; agent produces
  rte_ring* trace_ring = nullptr;  // TraceRecord records; worker produces
  TraceControl trace;
};

}  // namespace demarc::dp
