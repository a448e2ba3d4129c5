// OwnerChoice: which worker owns a new session. Agent only.
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

  // `uplink_keys`: of SessionTable::uplink_key(); a session may have none.
  WorkerIndex choose(std::span<const uint64_t> uplink_keys) const {
    const auto least = std::min_element(sessions_.begin(), sessions_.begin() + workers_);
    const auto fewest = WorkerIndex(static_cast<uint8_t>(least - sessions_.begin()));
    if (!follow_teids_ || uplink_keys.empty()) return fewest;
    const WorkerIndex named = named_by(uplink_keys.front());
    for (const uint64_t key : uplink_keys)
      if (named_by(key) != named) return fewest;
    return sessions_[named.value] <= *least + *least / kEvenness ? named : fewest;
  }

  void add(WorkerIndex owner) { ++sessions_[owner.value]; }
  void remove(WorkerIndex owner) { --sessions_[owner.value]; }
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
