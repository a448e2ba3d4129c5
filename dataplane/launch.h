// Launch: from a configuration to a data plane that forwards, in four steps. Each is called once and in this order; one
// that fails leaves nothing behind once the DataPlane is destroyed, and says why in one sentence.
#pragma once

#include <rte_mempool.h>

#include <atomic>
#include <memory>
#include <vector>

#include "common/base/result.h"
#include "dataplane/agent/agent.h"
#include "dataplane/config.h"
#include "dataplane/io/port.h"
#include "dataplane/port_lock.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/tables.h"
#include "dataplane/worker/handoff.h"
#include "dataplane/worker/shared.h"
#include "dataplane/worker/worker.h"

namespace demarc::dp {

class DataPlane {
 public:
  explicit DataPlane(Config config) : config_(std::move(config)) {}
  ~DataPlane();
  DataPlane(const DataPlane&) = delete;

  // 1. This process has its ports to itself, and DPDK's EAL runs: memory, one lcore a worker, no device but the PCI
  //    devices of the configuration. The calling thread is on main_core from here on. Errors: `conflict` when another
  //    process has a port; `invalid` for a CPU that is not there; `exhausted` for hugepages that are not.
  Status configure();

  // 2. All memory that forwarding needs: packet buffers, tables, counters, rings. Errors: `exhausted`, with what was
  //    asked for and the memory there is.
  Status allocate();

  // 3. The ports are open and receive into their queues. Errors: Port's.
  Status start_ports();

  // 4. The agent on this thread, the workers on theirs, until `stop` is true; then the workers have stopped. Errors:
  //    the agent's (a bad channel), a worker that does not start.
  Status run(const std::atomic<bool>& stop);

 private:
  Status take_locks();
  Status start_eal();
  Status make_packet_pool();
  Status make_capture_pool();
  Status make_tables();
  Status make_worker(unsigned index);
  AgentConfig agent_config() const;

  struct FreePool {
    void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
  };

  Config config_;
  std::vector<PortLock> locks_;
  bool eal_started_ = false;
  std::unique_ptr<rte_mempool, FreePool> pool_;
  std::unique_ptr<rte_mempool, FreePool> capture_pool_;
  std::unique_ptr<Reclaimer> reclaimer_;
  std::unique_ptr<SessionTable> sessions_;
  std::unique_ptr<NeighborTable> neighbors_;
  SharedTables tables_;
  std::unique_ptr<WorkerShared[]> shared_;
  std::unique_ptr<HandoffRings> handoff_;  // null: one worker
  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<bool> stop_workers_{false};
  SystemClock clock_;
};

// For demarc-dp's main thread before configure(): net_tap tells of packets by real-time signals, which only workers
// shall take. Worker threads take them again.
void leave_tap_signals_to_workers();

}  // namespace demarc::dp
