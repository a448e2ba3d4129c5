#include "common/channel/entry_map.h"

#include <utility>

namespace demarc::channel {

void EntryMap::apply(const TableUpdate& update) {
  const LocalKey local{update.key.kind, update.key.id};
  if (update.operation == schema::OperationKind::put) {
    std::string value = update.value;  // without memory for it nothing changes
    Tenant& tenant = tenants_[update.key.tenant];
    auto [it, inserted] = tenant.entries.try_emplace(local);
    if (inserted) ++size_;
    tenant.digest -= it->second.digest;  // 0 for a new one
    it->second.value = std::move(value);
    it->second.digest = entry_digest(update.key, it->second.value);
    tenant.digest += it->second.digest;
    return;
  }
  auto tenant = tenants_.find(update.key.tenant);
  if (tenant == tenants_.end()) return;
  auto it = tenant->second.entries.find(local);
  if (it != tenant->second.entries.end()) {
    tenant->second.digest -= it->second.digest;
    tenant->second.entries.erase(it);
    --size_;
  }
  if (tenant->second.entries.empty()) tenants_.erase(tenant);
}

const EntryMap::Entry* EntryMap::find(const EntryKey& key) const {
  auto tenant = tenants_.find(key.tenant);
  if (tenant == tenants_.end()) return nullptr;
  auto it = tenant->second.entries.find({key.kind, key.id});
  return it == tenant->second.entries.end() ? nullptr : &it->second;
}

TenantSummary EntryMap::summary(TenantId tenant) const {
  auto it = tenants_.find(tenant);
  if (it == tenants_.end()) return {};
  return {static_cast<uint32_t>(it->second.entries.size()), it->second.digest};
}

std::vector<TenantId> EntryMap::tenants() const {
  std::vector<TenantId> ids;
  ids.reserve(tenants_.size());
  for (const auto& [id, tenant] : tenants_) ids.push_back(id);
  return ids;
}

const EntryMap::TenantEntries& EntryMap::entries(TenantId tenant) const {
  static const TenantEntries none;
  auto it = tenants_.find(tenant);
  return it == tenants_.end() ? none : it->second.entries;
}

void EntryMap::clear() {
  tenants_.clear();
  size_ = 0;
}

std::vector<TableUpdate> difference(TenantId tenant, const EntryMap::TenantEntries& ours,
                                    const std::map<EntryMap::LocalKey, uint64_t>& theirs) {
  std::vector<TableUpdate> updates;
  for (auto it = theirs.rbegin(); it != theirs.rend(); ++it)
    if (!ours.contains(it->first)) updates.push_back(remove({tenant, it->first.kind, it->first.id}));
  for (const auto& [key, entry] : ours) {
    auto their = theirs.find(key);
    if (their != theirs.end() && their->second == entry.digest) continue;
    updates.push_back({schema::OperationKind::put, {tenant, key.kind, key.id}, entry.value});
  }
  return updates;
}

}  // namespace demarc::channel
