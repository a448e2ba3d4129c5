#include "dataplane/tables/publish.h"

#include <cstdlib>
#include <new>
#include <utility>

namespace demarc::dp {

void Reclaimer::FreeQsbr::operator()(rte_rcu_qsbr* q) const { std::free(q); }

Reclaimer::Reclaimer(unsigned workers_max) {
  const size_t size = rte_rcu_qsbr_get_memsize(workers_max);
  // aligned_alloc wants a multiple of the alignment; rte_rcu_qsbr_get_memsize gives one.
  qsbr_.reset(static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, size)));
  if (!qsbr_ || rte_rcu_qsbr_init(qsbr_.get(), workers_max) != 0) throw std::bad_alloc();
}

Reclaimer::~Reclaimer() {
  // A destroy may retire once more, so until there is nothing left.
  while (!retired_.empty()) {
    std::function<void()> destroy = std::move(retired_.front().destroy);
    retired_.pop_front();
    destroy();
  }
}

void Reclaimer::retire(std::function<void()> destroy) {
  // The token is taken after what is retired became unreachable, with release order: a worker that has seen the token
  // can only find the new.
  retired_.push_back({rte_rcu_qsbr_start(qsbr_.get()), std::move(destroy)});
}

size_t Reclaimer::reclaim() {
  // Tokens grow from front to back, so the first that must wait ends it. What a destroy retires waits for the next
  // call.
  size_t done = 0;
  for (size_t left = retired_.size(); left > 0; --left) {
    if (rte_rcu_qsbr_check(qsbr_.get(), retired_.front().token, false) != 1) break;
    std::function<void()> destroy = std::move(retired_.front().destroy);
    retired_.pop_front();
    destroy();
    ++done;
  }
  return done;
}

}  // namespace demarc::dp
