#include "controlplane/channel/outbox.h"

#include <algorithm>
#include <utility>

#include "common/channel/channel_limits.h"

namespace demarc::cp {
namespace {

constexpr uint16_t kPutRank = 256;
constexpr size_t kOperationOverheadBytes = 64;  // of a FlatBuffers Operation besides its value, rounded up

}  // namespace

Outbox::Order Outbox::order(TenantId tenant, const LocalKey& key, bool put) {
  const auto kind = static_cast<uint16_t>(key.kind);
  return {static_cast<uint16_t>(put ? kPutRank + kind : kPutRank - 1 - kind), tenant, key.id};
}

channel::EntryKey Outbox::key_of(const Order& order) {
  const bool put = order.rank >= kPutRank;
  const auto kind = static_cast<schema::EntryKind>(put ? order.rank - kPutRank : kPutRank - 1 - order.rank);
  return {order.tenant, kind, order.id};
}

void Outbox::count(Tenant& tenant, uint64_t serial) { ++tenant.serials[serial]; }

void Outbox::uncount(Tenant& tenant, uint64_t serial) {
  auto it = tenant.serials.find(serial);
  if (--it->second == 0) tenant.serials.erase(it);
}

void Outbox::forget_if_idle(TenantId id) {
  auto it = tenants_.find(id);
  if (it == tenants_.end()) return;
  const Tenant& t = it->second;
  if (t.marks.empty() && t.serials.empty() && t.refused.empty() && !t.whole) tenants_.erase(it);
}

const Error* Outbox::why_held(const Tenant& tenant, const LocalKey& key, bool put) {
  if (tenant.whole) return &tenant.whole->error;
  if (const auto own = tenant.refused.find(key); own != tenant.refused.end()) return &own->second.error;
  // In the order of their keys, whose kinds are in the order of dependence.
  for (const auto& [culprit, refused] : tenant.refused)
    if (put && refused.put && culprit.kind < key.kind) return &refused.error;
  return nullptr;
}

void Outbox::enqueue(TenantId id, Tenant& tenant, const LocalKey& key, Mark& mark) {
  mark.held = why_held(tenant, key, mark.put) != nullptr;
  if (mark.held) return;
  queue_.insert(order(id, key, mark.put));
  count(tenant, mark.serial);
}

void Outbox::dequeue(TenantId id, Tenant& tenant, const LocalKey& key, Mark& mark) {
  if (mark.held) return;
  queue_.erase(order(id, key, mark.put));
  uncount(tenant, mark.serial);
}

void Outbox::mark(TenantId id, const LocalKey& key, uint64_t serial, uint64_t latest) {
  Tenant& tenant = tenants_[id];
  const bool put = desired_.find({id, key.kind, key.id}) != nullptr;
  auto [it, added] = tenant.marks.try_emplace(key, Mark{put, serial, latest});
  Mark& mark = it->second;
  if (added) {
    ++waiting_;
  } else {
    dequeue(id, tenant, key, mark);
    mark.put = put;
    mark.serial = std::min(mark.serial, serial);
    mark.latest = std::max(mark.latest, latest);
  }
  enqueue(id, tenant, key, mark);
}

void Outbox::drop_marks(TenantId id, Tenant& tenant) {
  for (auto& [key, mark] : tenant.marks) {
    dequeue(id, tenant, key, mark);
    --waiting_;
  }
  tenant.marks.clear();
}

void Outbox::hold_or_release(TenantId id, Tenant& tenant) {
  for (auto& [key, mark] : tenant.marks) {
    dequeue(id, tenant, key, mark);
    enqueue(id, tenant, key, mark);
  }
}

void Outbox::release_for(const channel::TableUpdate& update) {
  Tenant& tenant = tenants_[update.key.tenant];
  if (tenant.refused.empty()) return;
  const bool removal = update.operation == schema::OperationKind::remove;
  const LocalKey key{update.key.kind, update.key.id};
  const size_t released = std::erase_if(tenant.refused, [&](const auto& refused) {
    return removal || refused.first == key || key.kind < refused.first.kind;
  });
  if (released != 0) hold_or_release(update.key.tenant, tenant);
}

void Outbox::apply(const std::vector<channel::TableUpdate>& updates) {
  ++serial_;
  for (const auto& update : updates) {
    desired_.apply(update);
    mark(update.key.tenant, {update.key.kind, update.key.id}, serial_, serial_);
    tenants_[update.key.tenant].last_change = serial_;
  }
  for (const auto& update : updates) release_for(update);
}

void Outbox::compare(TenantId id, const Theirs& theirs) {
  Tenant& tenant = tenants_[id];
  const std::map<LocalKey, Mark> before = tenant.marks;
  drop_marks(id, tenant);
  tenant.refused.clear();
  tenant.whole.reset();
  auto differs = [&](const LocalKey& key) {
    auto it = before.find(key);
    const bool waited = it != before.end();
    mark(id, key, waited ? it->second.serial : 0, waited ? it->second.latest : 0);
  };
  const auto& ours = desired_.entries(id);
  for (const auto& [key, digest] : theirs)
    if (!ours.contains(key)) differs(key);
  for (const auto& [key, entry] : ours) {
    auto it = theirs.find(key);
    if (it == theirs.end() || it->second != entry.digest) differs(key);
  }
  forget_if_idle(id);
}

void Outbox::settle(TenantId id) {
  auto it = tenants_.find(id);
  if (it == tenants_.end()) return;
  drop_marks(id, it->second);
  it->second.refused.clear();
  it->second.whole.reset();
  forget_if_idle(id);
}

void Outbox::append(const Order& next) {
  channel::TableUpdate update{schema::OperationKind::remove, key_of(next), {}};
  if (const auto* entry = desired_.find(update.key)) {
    update.operation = schema::OperationKind::put;
    update.value = entry->value;
  }
  Tenant& tenant = tenants_[next.tenant];
  auto mark = tenant.marks.find({update.key.kind, update.key.id});
  batch_marks_.push_back(mark->second);  // stays counted until the batch is answered
  tenant.marks.erase(mark);
  batch_.push_back(std::move(update));
}

const std::vector<channel::TableUpdate>& Outbox::take_batch() {
  if (queue_.empty()) one_tenant_at_a_time_ = false;
  size_t bytes = 0;
  const std::optional<TenantId> only = one_tenant_at_a_time_ ? std::optional(queue_.begin()->tenant) : std::nullopt;
  for (auto it = queue_.begin(); it != queue_.end() && batch_.size() < channel::kTransactionOperationsMax;) {
    if (only && it->tenant != *only) {
      ++it;
      continue;
    }
    const auto* entry = desired_.find(key_of(*it));
    bytes += kOperationOverheadBytes + (entry == nullptr ? 0 : entry->value.size());
    if (bytes > channel::kTransactionBytesMax && !batch_.empty()) break;
    append(*it);
    it = queue_.erase(it);
  }
  return batch_;
}

void Outbox::acknowledge() {
  for (size_t i = 0; i < batch_.size(); ++i) {
    const TenantId id = batch_[i].key.tenant;
    uncount(tenants_[id], batch_marks_[i].serial);
    --waiting_;
    forget_if_idle(id);
  }
  batch_.clear();
  batch_marks_.clear();
}

void Outbox::requeue() {
  const auto batch = std::exchange(batch_, {});
  const auto marks = std::exchange(batch_marks_, {});
  for (size_t i = 0; i < batch.size(); ++i) {
    const channel::EntryKey& key = batch[i].key;
    mark(key.tenant, {key.kind, key.id}, marks[i].serial, marks[i].latest);
    uncount(tenants_[key.tenant], marks[i].serial);  // the mark counts now
    --waiting_;
  }
}

void Outbox::refuse(size_t operation, const Error& error, uint64_t retry_ns) {
  std::set<TenantId> tenants;
  for (const auto& update : batch_) tenants.insert(update.key.tenant);
  std::optional<channel::TableUpdate> culprit;
  uint64_t refused_change = 0;
  if (operation < batch_.size()) {
    culprit = batch_[operation];
    refused_change = batch_marks_[operation].latest;
  }
  requeue();
  if (!culprit && tenants.size() == 1) return hold(*tenants.begin(), error, retry_ns);
  if (!culprit) {
    one_tenant_at_a_time_ = true;
    return;
  }
  const TenantId id = culprit->key.tenant;
  Tenant& tenant = tenants_[id];
  const LocalKey key{culprit->key.kind, culprit->key.id};
  if (tenant.marks.at(key).latest > refused_change) return;  // it is another one by now
  const bool put = culprit->operation == schema::OperationKind::put;
  tenant.refused.insert_or_assign(key, Refused{error, retry_ns, put});
  if (tenant.refused.size() > kHeldMax) return hold(id, error, retry_ns);
  hold_or_release(id, tenant);
}

void Outbox::hold(TenantId id, Error error, uint64_t retry_ns) {
  Tenant& tenant = tenants_[id];
  tenant.refused.clear();
  tenant.whole = Refused{std::move(error), retry_ns};
  hold_or_release(id, tenant);
}

void Outbox::release_held(uint64_t now_ns) {
  for (auto it = tenants_.begin(); it != tenants_.end();) {
    auto& [id, tenant] = *it++;
    const bool whole = tenant.whole && tenant.whole->retry_ns <= now_ns;
    if (whole) tenant.whole.reset();
    const size_t released =
        std::erase_if(tenant.refused, [&](const auto& refused) { return refused.second.retry_ns <= now_ns; });
    if (!whole && released == 0) continue;
    hold_or_release(id, tenant);
    forget_if_idle(id);
  }
}

void Outbox::release_all() { release_held(UINT64_MAX); }

uint64_t Outbox::oldest(TenantId id) const {
  auto it = tenants_.find(id);
  return it == tenants_.end() || it->second.serials.empty() ? kNotWaiting : it->second.serials.begin()->first;
}

uint64_t Outbox::oldest() const {
  uint64_t oldest_of_all = kNotWaiting;
  for (const auto& [id, tenant] : tenants_) oldest_of_all = std::min(oldest_of_all, oldest(id));
  return oldest_of_all;
}

uint64_t Outbox::last_change(TenantId id) const {
  const auto it = tenants_.find(id);
  return it == tenants_.end() ? 0 : it->second.last_change;
}

const Error* Outbox::refusal(TenantId id, uint64_t change) const {
  const auto it = tenants_.find(id);
  if (it == tenants_.end()) return nullptr;
  const Tenant& tenant = it->second;
  if (tenant.whole) return &tenant.whole->error;
  if (tenant.refused.empty()) return nullptr;
  for (const auto& [key, mark] : tenant.marks)
    if (mark.held && mark.serial <= change && change <= mark.latest) return why_held(tenant, key, mark.put);
  return nullptr;
}

std::map<TenantId, Error> Outbox::refusals() const {
  std::map<TenantId, Error> all;
  for (const auto& [id, tenant] : tenants_) {
    if (tenant.whole) {
      all.emplace(id, tenant.whole->error);
    } else if (!tenant.refused.empty()) {
      all.emplace(id, tenant.refused.begin()->second.error);
    }
  }
  return all;
}

}  // namespace demarc::cp
