// Of Transaction: the steps that judge, before anything that workers read is changed.
#include <fmt/format.h>

#include "dataplane/agent/transaction.h"

namespace demarc::dp {

using channel::EntryKey;
using schema::EntryKind;

namespace {

tl::unexpected<Refusal> refusal(uint32_t operation, Error error) {
  return tl::unexpected(Refusal{operation, std::move(error)});
}

}  // namespace

ApplyResult Transaction::decode_all() {
  ops_.reserve(updates_.size());
  last_.reserve(updates_.size());
  for (uint32_t i = 0; i < updates_.size(); ++i) {
    const channel::TableUpdate& update = updates_[i];
    auto op = decode({update.operation, update.key, update.value}, state_.port_names);
    if (!op) return refusal(i, std::move(op.error()));
    last_[op->key] = i;
    ops_.push_back(std::move(*op));
  }
  return {};
}

void Transaction::change_model() {
  for (uint32_t i = 0; i < ops_.size(); ++i) {
    DecodedOperation& op = ops_[i];
    if (!is_last(i)) continue;
    if (op.key.kind == EntryKind::session) {
      if (op.put) {
        session_puts_.push_back({i, op.key, std::move(std::get<SessionValue>(op.value))});
      } else if (state_.entries.find(op.key) != nullptr) {
        session_removals_.emplace_back(state_.slots.tenant(op.key.tenant), Seid(op.key.id));
      }
      continue;
    }
    std::optional<SmallValue> value;
    if (op.put) value = std::move(std::get<SmallValue>(op.value));
    const bool put = value.has_value();
    auto [it, inserted] = touched_.try_emplace(op.key, state_.model.get(op.key));
    if (!put && !it->second) {
      touched_.erase(it);  // a removal of what is not there
      continue;
    }
    state_.model.set(op.key, std::move(value));
    note_recheck(op.key, it->second);
    mark_vrf_dirty(op.key, it->second);
    mark_vrf_dirty(op.key, state_.model.get(op.key));
  }
}

// Which of the tenant's other entries may have become wrong by this change.
void Transaction::note_recheck(const EntryKey& key, const std::optional<SmallValue>& before) {
  if (!before) return;
  const std::optional<SmallValue> after = state_.model.get(key);
  Recheck change;
  if (!after) {
    change = {key.kind != EntryKind::route, key.kind != EntryKind::route && key.kind != EntryKind::attachment};
  } else if (const auto* vrf = std::get_if<VrfValue>(&*before)) {
    change.small = change.sessions = vrf->core != std::get<VrfValue>(*after).core;
  } else if (const auto* a = std::get_if<AttachmentValue>(&*before)) {
    const auto& b = std::get<AttachmentValue>(*after);
    change.small = a->vrf != b.vrf || a->address != b.address || a->ipv6 != b.ipv6;
  } else if (const auto* e = std::get_if<GtpuEndpointValue>(&*before)) {
    const auto& f = std::get<GtpuEndpointValue>(*after);
    const bool moved = e->ipv4 != f.ipv4 || e->ipv6 != f.ipv6 || e->outer_dont_fragment != f.outer_dont_fragment ||
                       e->peer_policy != f.peer_policy;
    change.sessions = e->vrf != f.vrf || moved;
    if (moved) moved_endpoints_.emplace(key.tenant, GtpuEndpointId(static_cast<uint32_t>(key.id)));
  }
  if (!change.small && !change.sessions) return;
  Recheck& recheck = recheck_[key.tenant];
  recheck.small |= change.small;
  recheck.sessions |= change.sessions;
}

void Transaction::mark_vrf_dirty(const EntryKey& key, const std::optional<SmallValue>& value) {
  if (!value) return;
  if (std::holds_alternative<VrfValue>(*value)) {
    dirty_vrfs_.emplace(key.tenant, VrfId(static_cast<uint32_t>(key.id)));
  } else if (const auto* attachment = std::get_if<AttachmentValue>(&*value)) {
    dirty_vrfs_.emplace(key.tenant, attachment->vrf);
  } else if (const auto* route = std::get_if<RouteValue>(&*value)) {
    dirty_vrfs_.emplace(key.tenant, route->vrf);
  }
}

ApplyResult Transaction::check_entries() {
  auto session = session_puts_.begin();
  for (uint32_t i = 0; i < ops_.size(); ++i) {
    if (!ops_[i].put || !is_last(i)) continue;
    Check ok;
    if (ops_[i].key.kind == EntryKind::session) {
      ok = check_session(session->key, session->value, state_.model);
      ++session;
    } else {
      ok = state_.model.check(ops_[i].key);
    }
    if (!ok) return refusal(i, std::move(ok.error().error));
  }
  return {};
}

// For what no single operation can be blamed for.
uint32_t Transaction::operation_of(TenantId tenant) const {
  for (uint32_t i = static_cast<uint32_t>(ops_.size()); i-- > 0;)
    if (ops_[i].key.tenant == tenant) return i;
  return kNoOperation;
}

// An entry that nobody touched is wrong now: the operation that made it so is to blame.
tl::unexpected<Refusal> Transaction::refuse_dependent(const Complaint& complaint) const {
  const auto it = last_.find(complaint.because_of);
  const uint32_t operation = it == last_.end() ? operation_of(complaint.because_of.tenant) : it->second;
  if (operation == kNoOperation) return refusal(operation, complaint.error);
  return refusal(operation, {ErrorCode::conflict,
                             fmt::format("{}: it cannot be {}: {}", describe(ops_[operation].key),
                                         ops_[operation].put ? "changed so" : "removed", complaint.error.message)});
}

bool Transaction::uses_moved_endpoint(const EntryKey& key, const SessionValue& session) const {
  for (const FarValue& far : session.fars)
    if (moved_endpoints_.contains({key.tenant, far.endpoint})) return true;
  for (const PdrValue& pdr : session.pdrs)
    if (moved_endpoints_.contains({key.tenant, pdr.endpoint})) return true;
  return false;
}

ApplyResult Transaction::check_sessions_of(TenantId tenant) {
  const auto& entries = state_.entries.entries(tenant);
  for (auto it = entries.lower_bound({EntryKind::session, 0}); it != entries.end(); ++it) {
    const EntryKey key{tenant, EntryKind::session, it->first.id};
    if (last_.contains(key)) continue;
    auto session = decode_session(key, it->second.value);
    if (!session) return refusal(operation_of(tenant), std::move(session.error()));
    if (auto ok = check_session(key, *session, state_.model); !ok) return refuse_dependent(ok.error());
    if (moved_endpoints_.empty() || !uses_moved_endpoint(key, *session)) continue;
    // Its FARs hold the endpoint's address and DF, and its tunnels follow the endpoint's peer policy.
    const EntryKey endpoint{tenant, EntryKind::gtpu_endpoint, moved_endpoints_.lower_bound({tenant, {}})->second.value};
    session_puts_.push_back({last_.at(endpoint), key, std::move(*session)});
  }
  return {};
}

ApplyResult Transaction::check_dependents() {
  for (const auto& [tenant, recheck] : recheck_) {
    if (recheck.small)
      if (auto ok = state_.model.check_tenant(tenant); !ok) return refuse_dependent(ok.error());
    if (recheck.sessions)
      if (auto ok = check_sessions_of(tenant); !ok) return ok;
  }
  return {};
}

ApplyResult Transaction::check_capacities() {
  const Capacities& c = state_.capacities;
  size_t new_sessions = 0;
  for (const SessionPut& put : session_puts_) new_sessions += state_.entries.find(put.key) == nullptr;
  const size_t sessions = state_.tables->sessions->size() - session_removals_.size() + new_sessions;
  struct Row {
    EntryKind kind;
    size_t count, capacity;
  };
  const Row rows[] = {
      {EntryKind::tenant, state_.model.count(EntryKind::tenant), c.tenants},
      {EntryKind::vrf, state_.model.count(EntryKind::vrf), c.vrfs},
      {EntryKind::attachment, state_.model.count(EntryKind::attachment), c.attachments},
      {EntryKind::gtpu_endpoint, state_.model.count(EntryKind::gtpu_endpoint), c.gtpu_endpoints},
      {EntryKind::route, state_.model.count(EntryKind::route), c.routes},
      {EntryKind::session, sessions, std::min(c.sessions, state_.tables->sessions->capacity())},
  };
  for (const Row& row : rows) {
    if (row.count <= row.capacity) continue;
    // The last of the kind that is new is the one too many.
    for (uint32_t i = static_cast<uint32_t>(ops_.size()); i-- > 0;)
      if (ops_[i].put && ops_[i].key.kind == row.kind && state_.entries.find(ops_[i].key) == nullptr)
        return refusal(i, {ErrorCode::exhausted, fmt::format("{}: {} table is full: {} of {}", describe(ops_[i].key),
                                                             kind_name(row.kind), row.capacity, row.capacity)});
  }
  return {};
}

ApplyResult Transaction::assign_slots() {
  taken_.reserve(touched_.size());
  released_.reserve(touched_.size());
  for (const auto& [key, before] : touched_) {
    if (!Slots::has_slots(key.kind)) continue;
    KindSlots& slots = state_.slots.of(key.kind);
    const auto id = static_cast<uint32_t>(key.id);
    const bool exists = state_.model.get(key).has_value();
    const bool has_slot = slots.find(key.tenant, id).has_value();
    if (exists && !has_slot) {
      if (!slots.take(key.tenant, id))
        return refusal(last_.at(key),
                       {ErrorCode::unavailable,
                        fmt::format("{}: {} of {} rows are in use and the others still leave the workers; the same "
                                    "request succeeds in a moment",
                                    describe(key), slots.size(), slots.end())});
      taken_.push_back(key);
    } else if (!exists && has_slot) {
      released_.emplace_back(key, slots.release(key.tenant, id));
    }
  }
  return {};
}

ApplyResult Transaction::build_fibs() {
  for (const auto& [tenant, vrf] : dirty_vrfs_) {
    const auto cached = state_.fibs.find({tenant, vrf});
    fibs_before_[{tenant, vrf}] = cached == state_.fibs.end() ? VrfFibs{} : cached->second;
    if (state_.model.vrf(tenant, vrf) == nullptr) {
      state_.fibs.erase({tenant, vrf});
      continue;
    }
    auto fib = dp::build_fibs(state_.model, state_.slots, tenant, vrf);
    if (!fib)
      return refusal(operation_of(tenant), {fib.error().code, fmt::format("vrf {} of tenant {}: {}", vrf.value,
                                                                          tenant.value, fib.error().message)});
    state_.fibs[{tenant, vrf}] = std::move(*fib);
  }
  return {};
}

ApplyResult Transaction::build_topology() {
  if (touched_.empty()) return {};
  auto next = Topology::build(make_topology_spec(state_.model, state_.slots, state_.fibs, state_.limits, state_.ports));
  if (!next) return refusal(kNoOperation, std::move(next.error()));
  next_ = std::move(*next);
  return {};
}

}  // namespace demarc::dp
