// Applier: a whole transaction into the tables, or none of it. The agent's only way to change them.
//
// In this order: decode everything; change the model; check what must hold after the last operation; check capacities;
// give slots; compile sessions; build Fibs and the next Topology aside. Up to here no worker could notice. Then: remove
// sessions, publish the Topology, put sessions, so that a session never names a row that is not there. Only
// the last two can still fail, and what fails is taken back step by step.
#pragma once

#include <memory>
#include <span>

#include "common/channel/entry_map.h"
#include "common/channel/table_update.h"
#include "dataplane/agent/agent.h"
#include "dataplane/agent/channel_handler.h"
#include "dataplane/agent/gtpu_peers.h"
#include "dataplane/agent/slots.h"
#include "dataplane/agent/topology_build.h"
#include "dataplane/agent/topology_model.h"

namespace demarc::dp {

// All that the agent knows of the tables. Changed by transactions only.
struct TableState {
  Capacities capacities;
  std::span<const AgentPort> ports;
  PortNames port_names;
  SharedTables* tables = nullptr;
  Reclaimer* reclaimer = nullptr;

  channel::EntryMap entries;
  TopologyModel model;
  Slots slots;
  FibCache fibs;
  LimitsCache limits;
  std::unique_ptr<const Topology> topology;  // the published one
  uint64_t topology_version = 0;             // raised whenever another one was published
  // Old ones that could not be retired for want of memory: kept, for workers may read them.
  std::vector<std::unique_ptr<const Topology>> kept;
  GtpuPeers* gtpu_peers = nullptr;  // hears of each session that changes
};

class Applier {
 public:
  // Everything but `capacities` outlives it. Publishes an empty Topology. `workers` say how many tenants' slots there
  // are; without workers there are as many as `capacities.tenants` and the house. Errors: more tenants than slots.
  static Result<std::unique_ptr<Applier>> create(const Capacities& capacities, std::span<const AgentPort> ports,
                                                 SharedTables& tables, Reclaimer& reclaimer,
                                                 std::span<WorkerShared> workers);
  // The workers must have stopped: what they read is retired.
  ~Applier();
  Applier(const Applier&) = delete;
  Applier& operator=(const Applier&) = delete;

  ApplyResult apply(std::span<const channel::TableUpdate> updates);

  const TableState& state() const { return state_; }
  // Whom sessions name is told to `peers`, which outlives it, from now on.
  void follow(GtpuPeers& peers) { state_.gtpu_peers = &peers; }
  Slots& slots() { return state_.slots; }

 private:
  explicit Applier(TableState state) : state_(std::move(state)) {}
  TableState state_;
};

}  // namespace demarc::dp
