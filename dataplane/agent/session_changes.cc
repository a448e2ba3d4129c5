#include "dataplane/agent/session_changes.h"

#include <set>
#include <thread>
#include <utility>

#include "dataplane/tables/session_block.h"

namespace demarc::dp {
namespace {

// Lets everything that is retired go, if the workers allow it soon: only when a table is full of what is still leaving.
void wait_for_workers(Reclaimer& reclaimer) {
  constexpr int kTries = 200;
  for (int i = 0; i < kTries && reclaimer.pending() > 0; ++i) {
    if (reclaimer.reclaim() == 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

// By the PDR's F-TEID, or its UE address.
const Session* holder_of_key(const SessionTable& table, const Pdr& pdr) {
  const Session* found = nullptr;
  if (pdr.teid == Teid{0}) {
    if (pdr.ue_ipv4 == Be32{}) return nullptr;
    const uint64_t key = SessionTable::downlink_key(pdr.vrf, pdr.ue_ipv4);
    table.lookup_downlink(&key, 1, &found);
  } else {
    const uint64_t key = SessionTable::uplink_key(pdr.endpoint, pdr.teid);
    table.lookup_uplink(&key, 1, &found);
  }
  return found;
}

const Session* holder_of_prefix(const SessionTable& table, const SessionSpec& spec, const Pdr& pdr) {
  if (pdr.teid != Teid{0} || pdr.ue_ipv6 == 0) return nullptr;
  return table.find_prefix(pdr.vrf, spec.ue_prefixes[pdr.ue_ipv6 - 1]);
}

// Another session that has a framed route of the PDR with this index; `route` is the route then.
const Session* holder_of_framed(const SessionTable& table, const SessionSpec& spec, size_t index, UePrefix& route) {
  if (spec.pdrs[index].teid != Teid{0}) return nullptr;
  for (const FramedRoute& framed : spec.framed_routes) {
    if (!framed.is_of_pdr(index)) continue;
    const Session* holder = table.find_framed(spec.pdrs[index].vrf, framed.prefix);
    route = framed.prefix;
    if (holder != nullptr && holder->up_seid != spec.up_seid) return holder;
  }
  return nullptr;
}

}  // namespace

SessionSpec spec_of(const Session& session) {
  SessionSpec spec;
  spec.up_seid = session.up_seid;
  spec.tenant = session.tenant;
  spec.pdrs.assign(session.pdrs(), session.pdrs() + session.pdr_count);
  spec.fars.assign(session.fars(), session.fars() + session.far_count);
  spec.ue_prefixes.assign(session.ue_prefixes(), session.ue_prefixes() + session.ue_prefix_count);
  spec.outer_ipv6.assign(session.outer_ipv6(), session.outer_ipv6() + session.outer_ipv6_count);
  spec.framed_routes.assign(session.framed_routes(), session.framed_routes() + session.framed_route_count);
  const std::span<const uint64_t> rules = compiled_rules(session);
  spec.rules.assign(rules.begin(), rules.end());
  for (unsigned n = 0; n < session.learned_peer_count; ++n)
    spec.learned_peers.push_back({session.learned_peers[n].endpoint, session.learned_peers[n].teid});
  spec.owner = session.owner;
  if (session.opaque != nullptr) spec.opaque = *session.opaque;
  if (session.rates != nullptr) spec.rates = *session.rates;  // of the same time, for an undo is no change
  spec.usage = UsageRef(session.usage);
  return spec;
}

Status SessionChanges::put_or_wait(const SessionSpec& spec) {
  Status ok = table_.put(spec);
  const bool may_help = !ok && (ok.error().code == ErrorCode::exhausted || ok.error().code == ErrorCode::unavailable);
  if (!may_help || reclaimer_.pending() == 0) return ok;
  wait_for_workers(reclaimer_);
  return table_.put(spec);
}

Status SessionChanges::put(const SessionSpec& spec) {
  Done done{spec.tenant, spec.up_seid, std::nullopt};
  if (const Session* before = table_.find(spec.tenant, spec.up_seid)) done.before = spec_of(*before);
  done_.push_back(std::move(done));  // before the change: what fails for memory fails here
  Status ok = put_or_wait(spec);
  if (!ok) done_.pop_back();
  return ok;
}

void SessionChanges::remove(TenantSlot tenant, Seid up_seid) {
  const Session* before = table_.find(tenant, up_seid);
  if (before == nullptr) return;
  done_.push_back({tenant, up_seid, spec_of(*before)});
  if (!table_.remove(tenant, up_seid)) done_.pop_back();
}

FailedPut SessionChanges::explain(size_t index, const SessionSpec& spec, Error error) const {
  FailedPut failed{index, std::move(error), Seid{}, {}, false, {}};
  const auto is_another = [&spec](const Session* s) { return s != nullptr && s->up_seid != spec.up_seid; };
  if (failed.error.code != ErrorCode::conflict) return failed;
  for (const Pdr& pdr : spec.pdrs) {
    const Session* holder = holder_of_key(table_, pdr);
    failed.conflict_is_ipv6 = !is_another(holder);
    if (failed.conflict_is_ipv6) holder = holder_of_prefix(table_, spec, pdr);
    UePrefix route;
    if (!is_another(holder)) {
      holder = holder_of_framed(table_, spec, static_cast<size_t>(&pdr - spec.pdrs.data()), route);
      if (holder != nullptr) failed.conflict_is_framed = route;
    }
    if (!is_another(holder)) continue;
    failed.conflicts_with = holder->up_seid;
    failed.conflict = pdr;
    break;
  }
  return failed;
}

tl::expected<void, FailedPut> SessionChanges::put_all(std::span<const SessionSpec> specs) {
  // Those whose key another session of the list still has, but is about to give up.
  std::vector<size_t> waiting;
  std::set<std::pair<uint16_t, uint64_t>> in_list;
  for (size_t i = 0; i < specs.size(); ++i) {
    Status ok = put(specs[i]);
    if (ok) continue;
    if (in_list.empty())
      for (const SessionSpec& spec : specs) in_list.emplace(spec.tenant.value, spec.up_seid.value);
    FailedPut failed = explain(i, specs[i], std::move(ok.error()));
    if (!in_list.contains({specs[i].tenant.value, failed.conflicts_with.value})) return tl::unexpected(failed);
    waiting.push_back(i);
  }
  // Most can now be put as they are. What is left swaps keys in a circle: it must let go of them first.
  std::vector<size_t> circle;
  for (const size_t i : waiting)
    if (!put(specs[i])) circle.push_back(i);
  std::vector<std::optional<WorkerIndex>> owners;  // which they keep, as what they used
  std::vector<UsageRef> usages;
  for (const size_t i : circle) {
    const Session* before = table_.find(specs[i].tenant, specs[i].up_seid);
    owners.push_back(before == nullptr ? std::nullopt : std::optional(before->owner));
    usages.emplace_back(before == nullptr ? nullptr : before->usage);
  }
  for (const size_t i : circle) remove(specs[i].tenant, specs[i].up_seid);
  for (size_t n = 0; n < circle.size(); ++n) {
    const size_t i = circle[n];
    SessionSpec spec = specs[i];
    spec.owner = owners[n];
    spec.usage = usages[n];
    if (Status ok = put(spec); !ok) return tl::unexpected(explain(i, specs[i], std::move(ok.error())));
  }
  return {};
}

Status SessionChanges::undo_to(size_t mark) {
  Status result;
  while (done_.size() > mark) {
    const Done& done = done_.back();
    Status ok;
    if (done.before) {
      ok = put_or_wait(*done.before);
    } else if (table_.find(done.tenant, done.up_seid) != nullptr) {  // else memory failed before it was put
      ok = table_.remove(done.tenant, done.up_seid);
    }
    if (!ok && result) result = std::move(ok);
    done_.pop_back();
  }
  return result;
}

}  // namespace demarc::dp
