// Outbox: what the data plane's tables should be, and which entries of that it may not have yet.
//
// It remembers keys, not changes: an entry that changed ten times while nobody was connected is sent once, as it is
// then. Batches are removals in reverse order of dependence and then puts in its order, over all tenants, so that what
// one tenant gives up (a VLAN) another can take in the same transaction.
//
// Pure: no socket, no thread; the time comes in as an argument.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/channel/entry_map.h"
#include "common/channel/table_update.h"

namespace demarc::cp {

class Outbox {
 public:
  using Theirs = std::map<channel::EntryMap::LocalKey, uint64_t>;  // digests by key
  static constexpr uint64_t kNotWaiting = UINT64_MAX;

  // What should be, has changed. A tenant that was held is tried again. The first call is all that there is.
  void apply(const std::vector<channel::TableUpdate>& updates);
  const channel::EntryMap& desired() const { return desired_; }
  // Whether there was a first call: before it, nothing is known of what should be.
  bool loaded() const { return serial_ != 0; }
  // The number of the last apply().
  uint64_t serial() const { return serial_; }

  // From now on exactly the differences between what should be and `theirs` wait for this tenant.
  void compare(TenantId tenant, const Theirs& theirs);
  // The data plane has all of this tenant.
  void settle(TenantId tenant);

  // The next transaction, empty when nothing waits. It is under way until one of the three below.
  const std::vector<channel::TableUpdate>& take_batch();
  void acknowledge();
  // Nothing is known of it: what was in it waits again.
  void requeue();
  // The tenant of the update at `operation` is held until `retry_ns`; the updates of the others wait again.
  void refuse(size_t operation, const Error& error, uint64_t retry_ns);

  void hold(TenantId tenant, Error error, uint64_t retry_ns);
  void release_held(uint64_t now_ns);  // those whose time has come
  void release_all();

  // Entries that wait, those under way and those of held tenants among them.
  size_t waiting() const { return waiting_; }
  bool waits(TenantId tenant) const { return tenants_.contains(tenant); }
  // The oldest apply() of which something of the tenant is neither acknowledged nor held; 0: something that the data
  // plane was found to lack. kNotWaiting: none.
  uint64_t oldest(TenantId tenant) const;
  uint64_t oldest() const;  // of all tenants that are not held
  // Why the data plane refused the tenant's updates; null when it did not.
  const Error* refusal(TenantId tenant) const;
  std::map<TenantId, Error> refusals() const;

 private:
  using LocalKey = channel::EntryMap::LocalKey;
  struct Mark {
    bool put = false;
    uint64_t serial = 0;
  };
  struct Order {
    uint16_t rank;  // removals before puts
    TenantId tenant;
    uint64_t id;
    auto operator<=>(const Order&) const = default;
  };
  struct Held {
    Error error;
    uint64_t retry_ns = 0;
  };
  // There is one for each tenant of which anything waits, is under way or is held.
  struct Tenant {
    std::map<LocalKey, Mark> marks;
    std::map<uint64_t, size_t> serials;  // of marks and of what is under way, with their number
    std::optional<Held> held;
  };

  static Order order(TenantId tenant, const LocalKey& key, bool put);
  static channel::EntryKey key_of(const Order& order);
  void mark(TenantId tenant, const LocalKey& key, uint64_t serial);
  void count(Tenant& tenant, uint64_t serial);
  void uncount(Tenant& tenant, uint64_t serial);
  void drop_marks(TenantId id, Tenant& tenant);
  void release(TenantId id, Tenant& tenant);
  void forget_if_idle(TenantId tenant);
  void append(const Order& next);

  channel::EntryMap desired_;
  std::map<TenantId, Tenant> tenants_;
  std::set<Order> queue_;  // marks of tenants that are not held
  std::vector<channel::TableUpdate> batch_;
  std::vector<uint64_t> batch_serials_;
  uint64_t serial_ = 0;
  size_t waiting_ = 0;
  bool one_tenant_at_a_time_ = false;  // after a refusal that named no operation of its batch
};

}  // namespace demarc::cp
