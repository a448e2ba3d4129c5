// ReleasedTeids: our TEIDs whose session is gone, and which are not drawn again for a while: packets that are still on
// their way to the old session must not reach a new one.
//
// The store keeps them, too (statement in store/write_rows.cc), so that a restart of demarcd forgets none; what it
// reads there counts from its start.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <utility>

#include "common/base/ids.h"

namespace demarc::cp {

class ReleasedTeids {
 public:
  using Clock = std::chrono::steady_clock;
  using FTeidKey = std::pair<GtpuEndpointId, Teid>;
  static constexpr std::chrono::seconds kHeld{60};

  void release(const FTeidKey& key, Clock::time_point now) {
    forget(now);
    released_[key] = now;
    order_.emplace_back(now, key);
  }
  bool held(const FTeidKey& key, Clock::time_point now) const {
    const auto it = released_.find(key);
    return it != released_.end() && now - it->second < kHeld;
  }
  size_t size() const { return released_.size(); }

  // No object: two models that have the same objects are the same.
  bool operator==(const ReleasedTeids&) const { return true; }

 private:
  void forget(Clock::time_point now) {
    for (; !order_.empty() && now - order_.front().first >= kHeld; order_.pop_front()) {
      const auto it = released_.find(order_.front().second);
      if (it != released_.end() && it->second == order_.front().first) released_.erase(it);
    }
  }

  std::map<FTeidKey, Clock::time_point> released_;
  std::deque<std::pair<Clock::time_point, FTeidKey>> order_;  // of their release
};

}  // namespace demarc::cp
