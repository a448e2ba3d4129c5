// Tables: the view that a worker has in one turn of its poll loop.
#pragma once

#include <atomic>

#include "dataplane/tables/neighbor_table.h"
#include "dataplane/tables/session_table.h"
#include "dataplane/tables/topology.h"

namespace demarc::dp {

// Loaded anew at each turn; valid until the worker reports its quiescent state.
struct TablesView {
  const Topology* topology;
  const SessionTable* sessions;
  const NeighborTable* neighbors;
};

// Owned by launch; written: agent; read: workers.
struct SharedTables {
  std::atomic<const Topology*> topology{nullptr};
  SessionTable* sessions = nullptr;    // set before the workers start
  NeighborTable* neighbors = nullptr;  // set before the workers start

  TablesView view() const { return {topology.load(std::memory_order_acquire), sessions, neighbors}; }
};

}  // namespace demarc::dp
