// Outbox: what the data plane's tables should be, and which entries of that it may not have yet.
//
// It remembers keys, not changes: an entry that changed ten times while nobody was connected is sent once, as it is
// then. Batches are removals in reverse order of dependence and then puts in its order, over all tenants, so that what
// one tenant gives up (a VLAN) another can take in the same transaction.
//
// What the data plane refuses is held, and is tried again later, or as soon as something changes that may have been the
// cause. Held with it are the tenant's puts of higher kinds, which may name it; everything else goes on. So a session
// that is refused keeps nobody waiting but itself. A tenant of which more than kHeldMax entries are refused is held
// whole, until its time has come: each refusal costs an exchange, and the others' time.
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
  static constexpr size_t kHeldMax = 16;

  // What should be, has changed. What was held is tried again where the change may have been what it waits for: a
  // change of the entry itself, of a lower kind, or a removal, which makes room. The first call is all that there is.
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
  // The entry of the update at `operation` is held until `retry_ns`, with what may depend on it; all others wait again.
  void refuse(size_t operation, const Error& error, uint64_t retry_ns);

  // All of the tenant.
  void hold(TenantId tenant, Error error, uint64_t retry_ns);
  void release_held(uint64_t now_ns);  // those whose time has come
  void release_all();

  // Entries that wait, those under way and those held among them.
  size_t waiting() const { return waiting_; }
  bool waits(TenantId tenant) const { return tenants_.contains(tenant); }
  // The oldest apply() of which something of the tenant is neither acknowledged nor held; 0: something that the data
  // plane was found to lack. kNotWaiting: none.
  uint64_t oldest(TenantId tenant) const;
  uint64_t oldest() const;  // of all tenants
  // The number of the last apply() that changed something of the tenant, as long as anything of it waits; or 0.
  uint64_t last_change(TenantId tenant) const;
  // Why the data plane does not have what that apply() changed of the tenant; null when nothing of it is held.
  const Error* refusal(TenantId tenant, uint64_t change) const;
  std::map<TenantId, Error> refusals() const;  // one of each tenant of which something is held

 private:
  using LocalKey = channel::EntryMap::LocalKey;
  struct Mark {
    bool put = false;
    uint64_t serial = 0;  // the first apply() of which it is
    uint64_t latest = 0;  // and the last
    bool held = false;    // then it is neither in queue_ nor in serials
  };
  struct Order {
    uint16_t rank;  // removals before puts
    TenantId tenant;
    uint64_t id;
    auto operator<=>(const Order&) const = default;
  };
  struct Refused {
    Error error;
    uint64_t retry_ns = 0;
    bool put = false;
  };
  // There is one for each tenant of which anything waits, is under way or is held.
  struct Tenant {
    std::map<LocalKey, Mark> marks;
    std::map<uint64_t, size_t> serials;  // of marks that are not held and of what is under way, with their number
    std::map<LocalKey, Refused> refused;
    std::optional<Refused> whole;
    uint64_t last_change = 0;
  };

  static Order order(TenantId tenant, const LocalKey& key, bool put);
  static channel::EntryKey key_of(const Order& order);
  void mark(TenantId tenant, const LocalKey& key, uint64_t serial, uint64_t latest);
  void enqueue(TenantId id, Tenant& tenant, const LocalKey& key, Mark& mark);
  void dequeue(TenantId id, Tenant& tenant, const LocalKey& key, Mark& mark);
  static void count(Tenant& tenant, uint64_t serial);
  static void uncount(Tenant& tenant, uint64_t serial);
  // Why the entry is held, or null.
  static const Error* why_held(const Tenant& tenant, const LocalKey& key, bool put);
  // After what is refused has changed.
  void hold_or_release(TenantId id, Tenant& tenant);
  void release_for(const channel::TableUpdate& update);
  void drop_marks(TenantId id, Tenant& tenant);
  void forget_if_idle(TenantId tenant);
  void append(const Order& next);

  channel::EntryMap desired_;
  std::map<TenantId, Tenant> tenants_;
  std::set<Order> queue_;  // marks that are not held
  std::vector<channel::TableUpdate> batch_;
  std::vector<Mark> batch_marks_;  // of what is under way
  uint64_t serial_ = 0;
  size_t waiting_ = 0;
  bool one_tenant_at_a_time_ = false;  // after a refusal that named no operation of its batch
};

}  // namespace demarc::cp
