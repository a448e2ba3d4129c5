#include "dataplane/agent/session_moves.h"

#include <spdlog/spdlog.h>

#include "dataplane/agent/worker_sets.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {

const Session* SessionMoves::find(const Name& name) const {
  const std::optional<uint32_t> slot = state_.slots.of(schema::EntryKind::tenant).find(name.tenant, name.tenant.value);
  return slot ? state_.tables->sessions->find(TenantSlot{static_cast<uint16_t>(*slot)}, name.up_seid) : nullptr;
}

void SessionMoves::follow_model() {
  const unsigned workers = state_.tables->sessions->workers();
  if (workers == 1) return;
  const WorkerSets sets(state_.model, workers);
  std::map<TenantId, uint64_t> now;
  for (const auto& [tenant, rows] : state_.model.tenants()) now.emplace(tenant, sets.of(tenant));
  for (const auto& [tenant, allowed] : now) {
    const auto before = sets_.find(tenant);
    if (before == sets_.end() || before->second != allowed) find_misplaced(tenant, allowed);
  }
  sets_ = std::move(now);
}

void SessionMoves::find_misplaced(TenantId tenant, uint64_t allowed) {
  const auto& entries = state_.entries.entries(tenant);
  size_t found = 0;
  for (auto it = entries.lower_bound({schema::EntryKind::session, 0}); it != entries.end(); ++it) {
    const Name name{tenant, Seid(it->first.id)};
    const Session* const session = find(name);
    if (session == nullptr || session->owner == kNoOwner || (allowed >> session->owner.value & 1) != 0) continue;
    waiting_.push_back(name);
    ++found;
  }
  if (found != 0)
    spdlog::info("{} sessions of tenant {} go to other workers, of those in {:#x}", found, tenant.value, allowed);
}

void SessionMoves::tick() {
  if (!leaving_.empty() && *passed_) give_to_new_owners();
  if (leaving_.empty() && !waiting_.empty()) let_go();
}

void SessionMoves::let_go() {
  while (!waiting_.empty() && leaving_.size() < kAtOnce) {
    const Name name = waiting_.front();
    waiting_.pop_front();
    const Session* const session = find(name);
    const auto set = sets_.find(name.tenant);
    if (session == nullptr || set == sets_.end()) continue;                                      // gone meanwhile
    if (session->owner == kNoOwner || (set->second >> session->owner.value & 1) != 0) continue;  // or put back
    state_.tables->sessions->set_owner(session->tenant, name.up_seid, kNoOwner);
    leaving_.push_back(name);
  }
  if (leaving_.empty()) return;
  passed_ = std::make_shared<bool>(false);
  reclaimer_.retire([passed = passed_] { *passed = true; });
}

void SessionMoves::give_to_new_owners() {
  for (const Name& name : leaving_) {
    const Session* const session = find(name);
    if (session == nullptr || session->owner != kNoOwner) continue;
    const auto set = sets_.find(name.tenant);
    const uint64_t allowed = set == sets_.end() ? 0 : set->second;
    state_.tables->sessions->set_owner(session->tenant, name.up_seid,
                                       state_.tables->sessions->choose_owner(*session, allowed));
    ++moved_;
  }
  leaving_.clear();
}

}  // namespace demarc::dp
