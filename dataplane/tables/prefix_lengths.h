// PrefixLengths: which lengths of UE prefixes each VRF has sessions for, so that a longest-prefix match over an exact
// hash asks for no more lengths than there are: in most VRFs one, /64.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>

#include "common/base/ids.h"
#include "dataplane/tables/publish.h"

namespace demarc::dp {

class PrefixLengths {
 public:
  static constexpr size_t kMax = 8;  // in one VRF

  explicit PrefixLengths(Reclaimer& reclaimer) : reclaimer_(&reclaimer) {}
  // No worker may still use it.
  ~PrefixLengths() { delete rows_.load(std::memory_order_relaxed); }
  PrefixLengths(const PrefixLengths&) = delete;
  PrefixLengths& operator=(const PrefixLengths&) = delete;

  // ---- agent ----

  // One more prefix of this length, 1..128. False, and nothing has changed: it would be a ninth length. Throws
  // std::bad_alloc without any change.
  bool add(VrfSlot vrf, uint8_t length);
  // One less of those that were added.
  void remove(VrfSlot vrf, uint8_t length);

  // ---- workers ----

  // The lengths in the bytes of the answer, the longest in the lowest byte; a byte of 0 ends them.
  uint64_t of(VrfSlot vrf) const {
    const Rows* const rows = rows_.load(std::memory_order_acquire);
    return rows == nullptr || vrf.value >= rows->size ? 0 : rows->lengths[vrf.value].load(std::memory_order_relaxed);
  }

 private:
  struct Rows {
    uint32_t size = 0;
    std::unique_ptr<std::atomic<uint64_t>[]> lengths;  // [VRF slot]
  };
  void grow_to(uint32_t size);
  void publish(VrfSlot vrf);

  Reclaimer* reclaimer_;
  std::map<std::pair<VrfSlot, uint8_t>, uint32_t> counts_;
  std::atomic<const Rows*> rows_{nullptr};
};

}  // namespace demarc::dp
