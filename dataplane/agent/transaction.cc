#include "dataplane/agent/transaction.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <new>
#include <utility>

#include "common/base/ip_prefix.h"
#include "dataplane/agent/worker_sets.h"

namespace demarc::dp {

using channel::EntryKey;
using schema::EntryKind;
using schema::OperationKind;

ApplyResult Transaction::run() {
  ApplyResult ok;
  try {
    ok = steps();
  } catch (const std::bad_alloc&) {
    ok = tl::unexpected(Refusal{kNoOperation, {ErrorCode::exhausted, "no memory is left for this transaction"}});
  }
  if (ok) {
    commit();
  } else {
    roll_back();
  }
  return ok;
}

ApplyResult Transaction::steps() {
  ApplyResult ok = decode_all();
  if (!ok) return ok;
  change_model();
  if (ok = check_entries(); !ok) return ok;
  if (ok = check_dependents(); !ok) return ok;
  if (ok = check_capacities(); !ok) return ok;
  if (ok = assign_slots(); !ok) return ok;
  if (ok = build_fibs(); !ok) return ok;
  if (ok = build_topology(); !ok) return ok;
  compile_sessions();
  change_entries();
  return change_tables();
}

void Transaction::change_entries() {
  entries_undo_.reserve(last_.size());
  for (uint32_t i = 0; i < updates_.size(); ++i) {
    if (!is_last(i)) continue;
    const channel::TableUpdate& update = updates_[i];
    const channel::EntryMap::Entry* before = state_.entries.find(update.key);
    if (before == nullptr && update.operation == OperationKind::remove) continue;
    if (before != nullptr) {
      entries_undo_.push_back({OperationKind::put, update.key, before->value});
    } else {
      entries_undo_.push_back(channel::remove(update.key));
    }
    state_.entries.apply(update);
  }
}

void Transaction::publish(const Topology* topology) {
  state_.tables->topology.store(topology, std::memory_order_release);
  ++state_.topology_version;
}

void Transaction::compile_sessions() {
  specs_.reserve(session_puts_.size());
  const WorkerSets workers(state_.model, state_.tables->sessions->workers());
  for (const SessionPut& put : session_puts_) {
    specs_.push_back(compile_session(put.key, put.value, state_.model, state_.slots));
    specs_.back().workers = workers.of(put.key.tenant);
  }
  for (const auto& [key, slot] : released_) leaving_.push_back({key.kind, slot});
  state_.kept.reserve(state_.kept.size() + 1);
}

// Without memory in here the process ends, and starts again empty: half a change of what workers read is worse.
ApplyResult Transaction::change_tables() noexcept {
  for (const auto& [tenant, up_seid] : session_removals_) sessions_.remove(tenant, up_seid);
  after_removals_ = sessions_.mark();
  if (next_ != nullptr) {
    publish(next_.get());
    published_ = true;
  }
  if (auto ok = sessions_.put_all(specs_); !ok) return refuse_put(ok.error());
  return {};
}

namespace {

std::string ue_text(const PdrValue& pdr, const FailedPut& failed) {
  if (const auto& framed = failed.conflict_is_framed)
    return "framed route " + to_string(IpPrefix(Ipv6Prefix{framed->network, framed->length()}));
  return failed.conflict_is_ipv6 ? "UE prefix " + to_string(pdr.ue_ipv6) : "UE address " + to_string(pdr.ue);
}

}  // namespace

// In the words of the entry, not of slots.
ApplyResult Transaction::refuse_put(const FailedPut& failed) const {
  const SessionPut& put = session_puts_[failed.index];
  Refusal refusal{put.operation, failed.error};
  if (failed.conflicts_with.value == 0) {
    refusal.error.message = describe(put.key) + ": " + failed.error.message;
    return tl::unexpected(refusal);
  }
  const auto pdr = std::find_if(put.value.pdrs.begin(), put.value.pdrs.end(),
                                [&](const PdrValue& p) { return p.pdr_id == failed.conflict.pdr_id; });
  const std::string what = pdr->teid == Teid{0}
                               ? fmt::format("{} in vrf {}", ue_text(*pdr, failed), pdr->vrf.value)
                               : fmt::format("TEID {:#x} at gtpu_endpoint {}", pdr->teid.value, pdr->endpoint.value);
  refusal.error.message = fmt::format("{}: PDR {}: {} is already used by session {}", describe(put.key), pdr->pdr_id,
                                      what, failed.conflicts_with.value);
  return tl::unexpected(refusal);
}

void Transaction::retire(std::unique_ptr<const Topology> topology, std::vector<ReleasedSlot> slots) {
  try {
    if (topology != nullptr) {
      state_.reclaimer->retire([old = topology.get()] { delete old; });
      topology.release();
    }
    state_.slots.retire(std::move(slots), *state_.reclaimer);
  } catch (const std::bad_alloc&) {
    spdlog::error("no memory to let go of old tables: some rows stay occupied");
    if (topology != nullptr) state_.kept.push_back(std::move(topology));
  }
}

void Transaction::commit() {
  std::unique_ptr<const Topology> old;
  if (published_) old = std::exchange(state_.topology, std::move(next_));
  retire(std::move(old), std::move(leaving_));
  if (state_.gtpu_peers == nullptr) return;
  sessions_.for_each_change([this](const SessionSpec* before, const Session* after) {
    const std::optional<SessionSpec> now = after != nullptr ? std::optional(spec_of(*after)) : std::nullopt;
    state_.gtpu_peers->change(before, now ? &*now : nullptr);
  });
}

void Transaction::roll_back() noexcept {
  Status sessions = sessions_.undo_to(after_removals_);
  if (published_) publish(state_.topology.get());
  if (Status removed = sessions_.undo_to(0); !removed && sessions) sessions = removed;
  if (!sessions) spdlog::error("a refused transaction could not be taken back: {}", sessions.error().message);

  for (auto undo = entries_undo_.rbegin(); undo != entries_undo_.rend(); ++undo) state_.entries.apply(*undo);
  for (const auto& [key, fib] : fibs_before_) {
    if (fib.ipv4 == nullptr) {
      state_.fibs.erase(key);
    } else {
      state_.fibs[key] = fib;
    }
  }
  std::vector<ReleasedSlot> taken;
  for (const EntryKey& key : taken_) {
    const uint32_t slot = state_.slots.of(key.kind).release(key.tenant, static_cast<uint32_t>(key.id));
    // What no worker has seen is free at once.
    if (published_) {
      taken.push_back({key.kind, slot});
    } else {
      state_.slots.of(key.kind).free(slot);
    }
  }
  retire(published_ ? std::move(next_) : nullptr, std::move(taken));
  for (const auto& [key, slot] : released_)
    state_.slots.of(key.kind).restore(key.tenant, static_cast<uint32_t>(key.id), slot);
  for (auto& [key, before] : touched_) state_.model.set(key, std::move(before));
}

}  // namespace demarc::dp
