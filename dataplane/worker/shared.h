// WorkerShared: all that a worker and the agent both touch. Allocated by launch before the worker starts.
#pragma once

#include <memory>

#include "dataplane/stages/stage_id.h"
#include "dataplane/worker/capturer.h"
#include "dataplane/worker/counters.h"
#include "dataplane/worker/exchange.h"
#include "dataplane/worker/tenant_load.h"
#include "dataplane/worker/trace.h"

struct rte_ring;

namespace demarc::dp {

inline constexpr uint32_t kTenantSlotsMax = 65536;  // TenantSlot has 16 bits

struct WorkerShared {
  uint16_t index = 0;  // 0..workers-1; also its thread id in the qsbr
  uint16_t core = 0;   // lcore
  uint32_t tenant_slots = 0;
  std::unique_ptr<TenantCounters[]> tenants;  // [tenant slot]; written: worker; read: agent
  std::unique_ptr<TenantLoad[]> loads;        // the same
  StageCounters stages[kStageCount];          // written: worker; read: agent
  // written: worker; read: agent
  alignas(64) OwnedCounter loops;
  OwnedCounter busy_loops;
  OwnedCounter cycles;       // TSC ticks since it started
  OwnedCounter busy_cycles;  // in turns that had packets
  OwnedCounter to_agent_lost;
  OwnedCounter trace_lost;
  rte_ring* to_agent = nullptr;    // ToAgent records; worker produces; to_agent_ring_size(tenant_slots) of them
  rte_ring* from_agent = nullptr;  // ToWorker records; agent produces
  rte_ring* trace_ring = nullptr;  // TraceRecord records; worker produces
  // [tenant slot]: messages of it that the agent took out of to_agent. written: agent; read: worker
  std::unique_ptr<OwnedCounter[]> to_agent_taken;
  std::unique_ptr<TraceControl> trace;  // for tenant_slots
  CaptureQueue capture;
};

}  // namespace demarc::dp
