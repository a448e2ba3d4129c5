// The entries that one end holds, with their digests: at demarcd what the tables should be, at demarc-dp what they are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/channel/digest.h"
#include "common/channel/table_update.h"

namespace demarc::channel {

struct TenantSummary {
  uint32_t entries = 0;
  uint64_t digest = 0;
  bool operator==(const TenantSummary&) const = default;
};

class EntryMap {
 public:
  struct Entry {
    std::string value;
    uint64_t digest = 0;
  };
  // Ordered by (kind, id): dependencies come before what depends on them.
  struct LocalKey {
    schema::EntryKind kind;
    uint64_t id;
    auto operator<=>(const LocalKey&) const = default;
  };
  using TenantEntries = std::map<LocalKey, Entry>;

  // Puts or removes; a removal of what is not there changes nothing.
  void apply(const TableUpdate& update);
  const Entry* find(const EntryKey& key) const;
  // Empty when the tenant has no entries.
  TenantSummary summary(TenantId tenant) const;
  std::vector<TenantId> tenants() const;  // sorted
  const TenantEntries& entries(TenantId tenant) const;
  size_t size() const { return size_; }
  void clear();

 private:
  struct Tenant {
    TenantEntries entries;
    uint64_t digest = 0;
  };
  std::map<TenantId, Tenant> tenants_;
  size_t size_ = 0;
};

// What turns a holder of `theirs` (digests by key, of one tenant) into a holder of `ours`: removals in reverse order of
// dependence, then puts in its order.
std::vector<TableUpdate> difference(TenantId tenant, const EntryMap::TenantEntries& ours,
                                    const std::map<EntryMap::LocalKey, uint64_t>& theirs);

}  // namespace demarc::channel
