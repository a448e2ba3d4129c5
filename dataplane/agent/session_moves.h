// SessionMoves: takes sessions to other workers, when a tenant was given workers of its own or lost them.
//
// What a session keeps (its usage, its buckets) is written by its owner alone. So it goes in two steps: first nobody
// owns it, and its packets are dropped as session_moving; when every worker has passed a quiescent state, and so none
// can be in the middle of a packet of it, the new worker gets it. That is a few milliseconds for some sessions at a
// time, while those of others go on. Nothing else of the session changes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "common/base/ids.h"
#include "dataplane/agent/apply.h"
#include "dataplane/tables/publish.h"

namespace demarc::dp {

class SessionMoves {
 public:
  static constexpr size_t kAtOnce = 1'024;

  SessionMoves(const TableState& state, Reclaimer& reclaimer) : state_(state), reclaimer_(reclaimer) {}

  // The model may have changed: finds the sessions that are not where they belong.
  void follow_model();
  // Once a turn of the agent.
  void tick();

  size_t pending() const { return waiting_.size() + leaving_.size(); }
  uint64_t moved() const { return moved_; }

 private:
  struct Name {
    TenantId tenant;
    Seid up_seid;
  };
  const Session* find(const Name& name) const;
  void find_misplaced(TenantId tenant, uint64_t allowed);
  void let_go();
  void give_to_new_owners();

  const TableState& state_;
  Reclaimer& reclaimer_;
  std::map<TenantId, uint64_t> sets_;  // as they were last looked at
  std::deque<Name> waiting_;           // to be moved
  std::vector<Name> leaving_;          // that nobody owns now
  std::shared_ptr<bool> passed_;       // set by the Reclaimer when no worker can still have one of `leaving_`
  uint64_t moved_ = 0;
};

}  // namespace demarc::dp
