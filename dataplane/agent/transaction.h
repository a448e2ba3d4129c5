// Transaction: one use of Applier::apply(). Its steps, and what it needs to take them back.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dataplane/agent/apply.h"
#include "dataplane/agent/session_changes.h"
#include "dataplane/agent/session_compile.h"

namespace demarc::dp {

class Transaction {
 public:
  Transaction(TableState& state, std::span<const channel::TableUpdate> updates)
      : state_(state), updates_(updates), sessions_(*state.tables->sessions, *state.reclaimer) {}

  // Once. On an error everything is as it was.
  ApplyResult run();

 private:
  struct KeyHash {
    size_t operator()(const channel::EntryKey& key) const {
      const uint64_t x = (key.id ^ uint64_t{key.tenant.value} << 32) + static_cast<uint64_t>(key.kind);
      return static_cast<size_t>(x * 0x9e3779b97f4a7c15ull);
    }
  };
  // A session to put, and the operation that wants it.
  struct SessionPut {
    uint32_t operation;
    channel::EntryKey key;
    SessionValue value;
  };
  struct Recheck {
    bool small = false;
    bool sessions = false;
  };

  // The steps, in their order.
  ApplyResult steps();
  ApplyResult decode_all();
  void change_model();
  ApplyResult check_entries();
  ApplyResult check_dependents();
  ApplyResult check_capacities();
  ApplyResult assign_slots();
  ApplyResult build_fibs();
  ApplyResult build_topology();
  void compile_sessions();
  void change_entries();
  ApplyResult change_tables() noexcept;
  void commit();
  void roll_back() noexcept;
  // Once no worker can look at them any more.
  void retire(std::unique_ptr<const Topology> topology, std::vector<ReleasedSlot> slots);

  // The last operation on anything of the tenant, or kNoOperation.
  uint32_t operation_of(TenantId tenant) const;
  void note_recheck(const channel::EntryKey& key, const std::optional<SmallValue>& before);
  ApplyResult check_sessions_of(TenantId tenant);
  void mark_vrf_dirty(const channel::EntryKey& key, const std::optional<SmallValue>& value);
  bool uses_moved_endpoint(const channel::EntryKey& key, const SessionValue& session) const;
  void publish(const Topology* topology);
  ApplyResult refuse_put(const FailedPut& failed) const;
  tl::unexpected<Refusal> refuse_dependent(const Complaint& complaint) const;
  bool is_last(uint32_t operation) const { return last_.at(ops_[operation].key) == operation; }

  TableState& state_;
  std::span<const channel::TableUpdate> updates_;
  std::vector<DecodedOperation> ops_;
  std::unordered_map<channel::EntryKey, uint32_t, KeyHash> last_;   // the last operation on each key
  std::map<channel::EntryKey, std::optional<SmallValue>> touched_;  // small entries, as they were before
  std::map<TenantId, Recheck> recheck_;                             // whose other entries may be wrong now
  std::set<std::pair<TenantId, GtpuEndpointId>> moved_endpoints_;   // have another address or peer policy than before
  std::vector<std::pair<TenantSlot, Seid>> session_removals_;
  std::vector<SessionPut> session_puts_;
  std::vector<SessionSpec> specs_;                                // of session_puts_, in their order
  std::vector<channel::EntryKey> taken_;                          // got a slot
  std::vector<std::pair<channel::EntryKey, uint32_t>> released_;  // lost this slot
  std::vector<ReleasedSlot> leaving_;                             // released_, for the Reclaimer
  std::set<std::pair<TenantId, VrfId>> dirty_vrfs_;
  FibCache fibs_before_;  // ipv4 null: there was none
  std::unique_ptr<const Topology> next_;
  std::vector<channel::TableUpdate> entries_undo_;
  SessionChanges sessions_;
  size_t after_removals_ = 0;
  bool published_ = false;
};

}  // namespace demarc::dp
