// KeyRuns: the keys of a lane for a bulk lookup, where neighbouring packets with the same key ask once.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/worker/burst.h"

namespace demarc::dp {

template <class Key>
class KeyRuns {
 public:
  // In the order of the lane, at most kBurstMax times.
  void add(const Key& key) {
    if (size_ == 0 || keys_[size_ - 1] != key) keys_[size_++] = key;
    run_of_[packets_++] = static_cast<uint8_t>(size_ - 1);
  }
  const Key* keys() const { return keys_.data(); }
  unsigned size() const { return size_; }
  // Which key the packet at `position` of the lane has.
  unsigned run_of(unsigned position) const { return run_of_[position]; }

 private:
  unsigned size_ = 0;
  unsigned packets_ = 0;
  std::array<Key, kBurstMax> keys_;
  std::array<uint8_t, kBurstMax> run_of_;
};

}  // namespace demarc::dp
