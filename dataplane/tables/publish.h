// How a table changes under the workers' eyes, and when the old is freed.
//
// The agent is the only writer. It publishes a pointer with release order; a worker loads it with acquire once a turn
// of its poll loop and reports a quiescent state at the end of the turn. What was replaced is retired here, and
// destroyed only after every worker has passed a quiescent state since (rte_rcu_qsbr). Nothing ever waits for a
// worker, and a worker never waits.
#pragma once

#include <rte_rcu_qsbr.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

namespace demarc::dp {

// Agent only. One for all tables.
class Reclaimer {
 public:
  // `workers_max`: thread ids 0..workers_max-1 may be registered with qsbr().
  explicit Reclaimer(unsigned workers_max);
  // Runs everything that is still retired. The workers must have stopped.
  ~Reclaimer();
  Reclaimer(const Reclaimer&) = delete;
  Reclaimer& operator=(const Reclaimer&) = delete;

  // `destroy` runs on the agent's thread in a later reclaim(), once no worker can still look at what it frees.
  void retire(std::function<void()> destroy);
  // Destroys what may be destroyed by now; never blocks. Returns how many were.
  size_t reclaim();
  size_t pending() const { return retired_.size(); }
  rte_rcu_qsbr* qsbr() { return qsbr_.get(); }

 private:
  struct Retired {
    uint64_t token;
    std::function<void()> destroy;
  };
  struct FreeQsbr {
    void operator()(rte_rcu_qsbr* q) const;
  };
  std::unique_ptr<rte_rcu_qsbr, FreeQsbr> qsbr_;
  std::deque<Retired> retired_;
};

}  // namespace demarc::dp
