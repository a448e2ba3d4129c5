// Worker: one core's poll loop. Takes over what other workers received for its sessions, receives from its queue of
// each port, runs the pipeline, serves the agent.
//
// Run to completion: a packet that a turn receives is sent, dropped, held, consumed or handed over before the turn
// ends. In the loop there is no allocation, no lock and no system call, with two exceptions that the configuration asks
// for: a port with fewer transmit queues than workers has a spinlock, and `idle = "sleep"` sleeps after empty turns.
#pragma once

#include <rte_rcu_qsbr.h>

#include <atomic>
#include <cstdint>
#include <vector>

#include "dataplane/stages/stage_context.h"
#include "dataplane/tables/tables.h"
#include "dataplane/worker/admission.h"
#include "dataplane/worker/agent_queue.h"
#include "dataplane/worker/burst.h"
#include "dataplane/worker/capturer.h"
#include "dataplane/worker/hold_queue.h"
#include "dataplane/worker/idle.h"
#include "dataplane/worker/load_account.h"
#include "dataplane/worker/originator.h"
#include "dataplane/worker/port_output.h"
#include "dataplane/worker/reassembly.h"
#include "dataplane/worker/shared.h"
#include "dataplane/worker/tracer.h"

struct rte_mempool;

namespace demarc::dp {

struct WorkerSetup {
  WorkerShared* shared = nullptr;        // outlives the worker, as all that is pointed to
  const SharedTables* tables = nullptr;  // topology is published before run()
  rte_rcu_qsbr* qsbr = nullptr;          // shared->index is the worker's thread id there
  rte_mempool* pool = nullptr;           // for packets of its own
  unsigned workers = 1;                  // of the process: rates are split over them
  std::vector<PortQueue> queues;         // [port index]
  std::vector<MacAddress> port_macs;     // [port index]
  Idle idle = Idle::poll;
  Handoff handoff;  // no rings: this is the only worker
};

// How long a packet waits for its next hop's address: three tries of the agent, one a second, and the answer's way.
inline constexpr uint64_t kHoldMs = 3'500;
// How long fragments wait for the rest. RFC 8200 section 4.5 and RFC 1122 section 3.3.2 say a minute, for any host in
// the Internet; the ends of our tunnels are a few milliseconds away, and what waits is memory that others want.
inline constexpr uint64_t kReassemblyMs = 2'000;

class Worker {
 public:
  explicit Worker(WorkerSetup setup);
  Worker(const Worker&) = delete;

  // On the worker's own core, until `stop` is true. Registers with the qsbr and leaves it at the end.
  void run(const std::atomic<bool>& stop);

  // One turn, for tests: registered with the qsbr or not. Returns the number of packets received and taken over.
  unsigned turn();

 private:
  unsigned receive();
  unsigned take_over();
  unsigned release_held();
  void serve_agent();
  void ask_neighbor(const ToWorker& request);
  void announce(const ToWorker& request);
  void send_on_link(AttachmentSlot attachment, const AttachmentRow& row, rte_mbuf* mbuf);
  void send_echo_request(const ToWorker& request);
  void idle(unsigned empty_turns) const;

  WorkerSetup setup_;
  uint64_t held_interval_ticks_;
  uint64_t held_next_tsc_ = 0;
  uint64_t last_turn_tsc_ = 0;
  Admission admission_;
  LoadAccount account_;
  HoldQueue hold_;
  AgentQueue agent_;
  Originator originator_;
  Reassembly reassembly_;
  Tracer tracer_;
  Capturer capturer_;
  WorkerPorts ports_;
  StageContext context_;
  Burst burst_;
  Burst own_packets_;
};

}  // namespace demarc::dp
