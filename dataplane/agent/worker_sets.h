// WorkerSets: which workers may own a tenant's sessions: its own, if it has some (the tier "dedicated"), else those
// that are nobody's own.
#pragma once

#include <cstdint>
#include <map>

#include "common/base/ids.h"
#include "dataplane/agent/topology_model.h"

namespace demarc::dp {

class WorkerSets {
 public:
  // `workers`: how many there are. A tenant whose own workers do not exist shares those of all.
  WorkerSets(const TopologyModel& model, unsigned workers);
  // Bit i: worker i. Never 0.
  uint64_t of(TenantId tenant) const;

 private:
  uint64_t shared_;
  std::map<TenantId, uint64_t> own_;
};

}  // namespace demarc::dp
