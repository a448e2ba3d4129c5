// StageContext: everything that a stage may touch besides the burst and its lanes. One a worker; the tables' view is
// loaded anew at each turn of the poll loop.
//
// A stage is a free function over (StageContext&, Burst&, Lane&…). It allocates, locks, logs and throws nothing and
// calls nothing of the system.
#pragma once

#include <cstdint>
#include <span>

#include "dataplane/tables/tables.h"
#include "dataplane/worker/agent_queue.h"
#include "dataplane/worker/burst.h"
#include "dataplane/worker/counters.h"
#include "dataplane/worker/handoff.h"
#include "dataplane/worker/hold_queue.h"
#include "dataplane/worker/originator.h"

struct rte_mempool;

namespace demarc::dp {

class Admission;  // worker/admission.h
class Capturer;
class Reassembly;  // worker/reassembly.h

struct StageContext {
  TablesView tables;
  TenantCounters* tenants = nullptr;      // [tenant slot], as many as the tables can have tenants
  std::span<const MacAddress> port_macs;  // [port index]: each port's own address; fixed while the worker runs
  HoldQueue* hold = nullptr;
  AgentQueue* agent = nullptr;
  Originator* originator = nullptr;  // for what is sent in answer to a packet that is dropped
  Capturer* capture = nullptr;       // set while a capture is on
  Admission* admission = nullptr;    // set while the worker sheds
  Reassembly* reassembly = nullptr;  // fragments to GTP-U endpoints
  rte_mempool* pool = nullptr;       // for packets of our own
  Burst* own_packets = nullptr;      // the worker's, for packets that come into being on the way: fragments, answers
  Handoff* handoff = nullptr;        // null: there is one worker, and it owns all sessions
  WorkerIndex worker;                // this one
  uint64_t tsc_hz = 1;               // ticks of now_tsc a second
  // The next IPv4 header of ours has it (RFC 6864). Workers send between the same addresses, and fragments must not be
  // taken for each other's: each worker begins at its index and goes by steps of at least their number, a power of two.
  uint16_t next_identification = 0;
  uint16_t identification_step = 1;

  uint16_t take_identification() {
    const uint16_t taken = next_identification;
    next_identification = static_cast<uint16_t>(taken + identification_step);
    return taken;
  }
  const Topology& topology() const { return *tables.topology; }
  TenantCounters& counters(TenantSlot t) const { return tenants[t.value]; }
};

}  // namespace demarc::dp
