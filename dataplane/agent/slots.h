// Slots: which row of the data plane's tables an entry has. Dense, given by the agent, the same while the entry lives.
//
// A slot that is released is not given again before every worker has passed a quiescent state since (Reclaimer), what
// workers had handed over to each other until then was taken and every worker has passed another, the agent has read
// all that the workers had said about it (their rings), and, of a tenant, no packet of it is held any more; then its
// counters are set to zero in all workers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "common/base/ids.h"
#include "common/channel/table_update.h"
#include "dataplane/tables/publish.h"
#include "dataplane/worker/handoff.h"
#include "dataplane/worker/shared.h"

namespace demarc::dp {

// The slots of one kind.
class KindSlots {
 public:
  // Gives slots first..limit-1.
  KindSlots(uint32_t first, uint32_t limit) : next_(first), limit_(limit) {}

  std::optional<uint32_t> find(TenantId tenant, uint32_t id) const;
  // The lowest free slot; nullopt when all are in use or waiting.
  std::optional<uint32_t> take(TenantId tenant, uint32_t id);
  // Takes the name away from the slot, which must have one. The slot is not free yet.
  uint32_t release(TenantId tenant, uint32_t id);
  // Undoes release().
  void restore(TenantId tenant, uint32_t id, uint32_t slot);
  // May be given again.
  void free(uint32_t slot);

  struct Owner {
    TenantId tenant;  // 0: never had one
    uint32_t id = 0;
  };
  // Who has the slot, or had it last.
  Owner owner(uint32_t slot) const { return slot < owners_.size() ? owners_[slot] : Owner{}; }
  // One past the highest slot ever given.
  uint32_t end() const { return next_; }
  size_t size() const { return slots_.size(); }

 private:
  static uint64_t name(TenantId tenant, uint32_t id) { return uint64_t{tenant.value} << 32 | id; }

  uint32_t next_;
  uint32_t limit_;
  std::unordered_map<uint64_t, uint32_t> slots_;
  std::vector<Owner> owners_;
  std::vector<uint32_t> free_;  // heap, the lowest first
};

struct ReleasedSlot {
  schema::EntryKind kind = schema::EntryKind::none;
  uint32_t slot = 0;
};

class Slots {
 public:
  struct Limits {
    uint32_t tenants;  // the house counted
    uint32_t vrfs;
    uint32_t attachments;
    uint32_t gtpu_endpoints;
  };
  explicit Slots(const Limits& limits);

  // `kind`: tenant, vrf, attachment or gtpu_endpoint.
  KindSlots& of(schema::EntryKind kind);
  const KindSlots& of(schema::EntryKind kind) const { return const_cast<Slots*>(this)->of(kind); }
  static bool has_slots(schema::EntryKind kind) {
    return kind >= schema::EntryKind::tenant && kind <= schema::EntryKind::gtpu_endpoint;
  }

  // The slot of something that exists.
  TenantSlot tenant(TenantId id) const;
  VrfSlot vrf(TenantId tenant, VrfId id) const;
  AttachmentSlot attachment(TenantId tenant, AttachmentId id) const;
  GtpuEndpointSlot endpoint(TenantId tenant, GtpuEndpointId id) const;

  // Slots that no published table names any more: they start to cool.
  void retire(std::vector<ReleasedSlot> slots, Reclaimer& reclaimer);
  // Call when the rings of all workers were read to the end since the last Reclaimer::reclaim(): frees what may be
  // freed, and zeroes tenants' counters. Returns how many slots were freed.
  size_t free_cooled(std::span<WorkerShared> workers);
  // Between workers; outlives what is retired. Null: there is one worker.
  void set_handoff(const HandoffRings* handoff) { handoff_ = handoff; }

 private:
  // Released slots, of which packets may be in the rings up to the mark.
  struct Crossing {
    std::vector<ReleasedSlot> slots;
    std::vector<uint32_t> mark;
  };
  void follow_crossing();

  const HandoffRings* handoff_ = nullptr;
  Reclaimer* reclaimer_ = nullptr;
  std::vector<KindSlots> kinds_;  // by EntryKind
  // Shared with what waits in the Reclaimer, which may run after this is gone.
  std::shared_ptr<std::vector<Crossing>> crossing_ = std::make_shared<std::vector<Crossing>>();
  std::shared_ptr<std::vector<ReleasedSlot>> cooled_ = std::make_shared<std::vector<ReleasedSlot>>();
};

}  // namespace demarc::dp
