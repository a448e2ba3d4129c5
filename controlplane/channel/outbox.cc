#include "controlplane/channel/outbox.h"

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

void Outbox::count(Tenant& tenant, uint64_t serial) {
  ++tenant.serials[serial];
  ++waiting_;
}

void Outbox::uncount(Tenant& tenant, uint64_t serial) {
  auto it = tenant.serials.find(serial);
  if (--it->second == 0) tenant.serials.erase(it);
  --waiting_;
}

void Outbox::forget_if_idle(TenantId id) {
  auto it = tenants_.find(id);
  if (it != tenants_.end() && it->second.serials.empty() && !it->second.held) tenants_.erase(it);
}

void Outbox::mark(TenantId id, const LocalKey& key, uint64_t serial) {
  Tenant& tenant = tenants_[id];
  const bool put = desired_.find({id, key.kind, key.id}) != nullptr;
  auto [it, added] = tenant.marks.try_emplace(key, Mark{put, serial});
  Mark& mark = it->second;
  if (added) {
    count(tenant, serial);
  } else {
    if (mark.put != put) queue_.erase(order(id, key, mark.put));
    mark.put = put;
    if (serial < mark.serial) {
      uncount(tenant, mark.serial);
      mark.serial = serial;
      count(tenant, serial);
    }
  }
  if (!tenant.held) queue_.insert(order(id, key, put));
}

void Outbox::drop_marks(TenantId id, Tenant& tenant) {
  for (const auto& [key, mark] : tenant.marks) {
    queue_.erase(order(id, key, mark.put));
    uncount(tenant, mark.serial);
  }
  tenant.marks.clear();
}

void Outbox::apply(const std::vector<channel::TableUpdate>& updates) {
  ++serial_;
  for (const auto& update : updates) {
    desired_.apply(update);
    mark(update.key.tenant, {update.key.kind, update.key.id}, serial_);
  }
  for (const auto& update : updates) release(update.key.tenant, tenants_[update.key.tenant]);
}

void Outbox::compare(TenantId id, const Theirs& theirs) {
  Tenant& tenant = tenants_[id];
  const std::map<LocalKey, Mark> before = tenant.marks;
  drop_marks(id, tenant);
  tenant.held.reset();
  auto differs = [&](const LocalKey& key) {
    auto it = before.find(key);
    mark(id, key, it == before.end() ? 0 : it->second.serial);
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
  it->second.held.reset();
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
  batch_serials_.push_back(mark->second.serial);  // stays counted until the batch is answered
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
    uncount(tenants_[id], batch_serials_[i]);
    forget_if_idle(id);
  }
  batch_.clear();
  batch_serials_.clear();
}

void Outbox::requeue() {
  const auto batch = std::exchange(batch_, {});
  const auto serials = std::exchange(batch_serials_, {});
  for (size_t i = 0; i < batch.size(); ++i) {
    const channel::EntryKey& key = batch[i].key;
    mark(key.tenant, {key.kind, key.id}, serials[i]);
    uncount(tenants_[key.tenant], serials[i]);  // the mark counts now
  }
}

void Outbox::refuse(size_t operation, const Error& error, uint64_t retry_ns) {
  std::set<TenantId> tenants;
  for (const auto& update : batch_) tenants.insert(update.key.tenant);
  std::optional<TenantId> culprit;
  if (operation < batch_.size()) {
    culprit = batch_[operation].key.tenant;
  } else if (tenants.size() == 1) {
    culprit = *tenants.begin();
  }
  requeue();
  if (culprit) {
    hold(*culprit, error, retry_ns);
  } else {
    one_tenant_at_a_time_ = true;
  }
}

void Outbox::hold(TenantId id, Error error, uint64_t retry_ns) {
  Tenant& tenant = tenants_[id];
  for (const auto& [key, mark] : tenant.marks) queue_.erase(order(id, key, mark.put));
  tenant.held = Held{std::move(error), retry_ns};
}

void Outbox::release(TenantId id, Tenant& tenant) {
  if (!tenant.held) return;
  tenant.held.reset();
  for (const auto& [key, mark] : tenant.marks) queue_.insert(order(id, key, mark.put));
}

void Outbox::release_held(uint64_t now_ns) {
  for (auto it = tenants_.begin(); it != tenants_.end();) {
    const auto here = it++;
    if (!here->second.held || here->second.held->retry_ns > now_ns) continue;
    release(here->first, here->second);
    forget_if_idle(here->first);
  }
}

void Outbox::release_all() { release_held(UINT64_MAX); }

uint64_t Outbox::oldest(TenantId id) const {
  auto it = tenants_.find(id);
  if (it == tenants_.end() || it->second.held || it->second.serials.empty()) return kNotWaiting;
  return it->second.serials.begin()->first;
}

uint64_t Outbox::oldest() const {
  uint64_t oldest_of_all = kNotWaiting;
  for (const auto& [id, tenant] : tenants_) oldest_of_all = std::min(oldest_of_all, oldest(id));
  return oldest_of_all;
}

const Error* Outbox::refusal(TenantId id) const {
  auto it = tenants_.find(id);
  return it == tenants_.end() || !it->second.held ? nullptr : &it->second.held->error;
}

std::map<TenantId, Error> Outbox::refusals() const {
  std::map<TenantId, Error> all;
  for (const auto& [id, tenant] : tenants_)
    if (tenant.held) all.emplace(id, tenant.held->error);
  return all;
}

}  // namespace demarc::cp
