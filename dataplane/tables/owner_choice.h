// OwnerChoice: which worker owns a new session, of those that its tenant may have. Agent only.
//
// The worker with the fewest sessions, so that they spread evenly whatever their TEIDs are. Where ports bring G-PDUs to
// the worker that the TEID names (teid_owner.h), that one, if all F-TEIDs of the session name the same and it does not
// have many more than the others: packets then need no handover, and a peer that draws its TEIDs badly still cannot
// pile everything on one worker.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "common/base/teid_owner.h"

namespace demarc::dp {

class OwnerChoice {
 public:
  // `workers`: 1..kWorkersMax.
  explicit OwnerChoice(unsigned workers) : workers_(workers) {}

  void follow_teids(bool follow) { follow_teids_ = follow; }

  // `uplink_keys`: of SessionTable::uplink_key(); a session may have none. `allowed`: bit i: worker i may own it; where
  // that leaves none, all.
  WorkerIndex choose(std::span<const uint64_t> uplink_keys, uint64_t allowed = 0) const {
    if ((allowed & all_workers(workers_)) == 0) allowed = all_workers(workers_);
    WorkerIndex fewest{};
    const uint32_t* least = nullptr;
    for (unsigned w = 0; w < workers_; ++w) {
      if ((allowed >> w & 1) == 0 || (least != nullptr && sessions_[w] >= *least)) continue;
      least = &sessions_[w];
      fewest = WorkerIndex(static_cast<uint8_t>(w));
    }
    if (!follow_teids_ || uplink_keys.empty()) return fewest;
    const WorkerIndex named = named_by(uplink_keys.front());
    for (const uint64_t key : uplink_keys)
      if (named_by(key) != named) return fewest;
    if ((allowed >> named.value & 1) == 0) return fewest;
    return sessions_[named.value] <= *least + *least / kEvenness ? named : fewest;
  }

  // kNoOwner is counted nowhere.
  void add(WorkerIndex owner) {
    if (owner != kNoOwner) ++sessions_[owner.value];
  }
  void remove(WorkerIndex owner) {
    if (owner != kNoOwner) --sessions_[owner.value];
  }
  uint32_t sessions(WorkerIndex owner) const { return sessions_[owner.value]; }
  unsigned workers() const { return workers_; }

 private:
  // A worker may have so much more than the one with the fewest, as a part of that, and one.
  static constexpr uint32_t kEvenness = 8;

  WorkerIndex named_by(uint64_t uplink_key) const {
    return teid_owner(Teid(static_cast<uint32_t>(uplink_key)), workers_);
  }

  unsigned workers_;
  bool follow_teids_ = false;
  std::array<uint32_t, kWorkersMax> sessions_{};
};

}  // namespace demarc::dp
