// Agent: the data plane's end of the channel, and the only writer of its tables. One thread, never a worker core's.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/result.h"
#include "common/channel/curve.h"
#include "dataplane/agent/gtpu_peers.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/tables.h"
#include "dataplane/worker/handoff.h"
#include "dataplane/worker/shared.h"

namespace demarc::dp {

struct Capacities {
  uint32_t tenants = 1024;  // besides the house
  uint32_t vrfs = 4096;
  uint32_t attachments = 4096;
  uint32_t gtpu_endpoints = 4096;
  uint32_t routes = 65536;
  uint32_t sessions = 65536;
  uint32_t neighbors = 16384;
};

// What the agent must know of a port; launch fills it in, so that the agent does not touch ethdev.
struct AgentPort {
  std::string name;
  std::string device;  // devargs
  PortIndex index;
  MacAddress mac{};
  uint16_t mtu = 1500;
  std::string spread = "one worker";  // what brings packets to the worker that owns their session, for people
  struct Stats {
    bool link_up = false;
    uint64_t rx_packets = 0, tx_packets = 0, rx_missed = 0;
  };
  std::function<Stats()> stats;
};

struct AgentConfig {
  std::string channel_endpoint;  // ipc://PATH or tcp://HOST:PORT
  channel::CurveFiles curve;     // both for tcp://, neither for ipc://
  Capacities capacities;
  std::vector<AgentPort> ports;
  const Clock* clock = nullptr;
  GtpuPathConfig gtpu;
  const HandoffRings* handoff = nullptr;  // outlives the agent; null: there is one worker
};

class Agent {
 public:
  // `tables`, `reclaimer` and `workers` outlive it. Publishes an empty Topology at once. Errors: a bad endpoint.
  static Result<std::unique_ptr<Agent>> create(AgentConfig config, SharedTables& tables, Reclaimer& reclaimer,
                                               std::span<WorkerShared> workers);
  ~Agent();
  // Until `stop` is true. Looks at it at least every 10 ms.
  void run(const std::atomic<bool>& stop);

 private:
  Agent() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::dp
