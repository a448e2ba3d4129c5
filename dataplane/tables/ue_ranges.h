// UeRanges: between which addresses the UEs of each VRF lie. Nearly all packets out of tunnels go to the world outside;
// with this they need not be looked up to know that they are not for another UE.
//
// A range only grows while there is an address in it, and is forgotten with the last one: it may say yes too often,
// and never says no of an address that was added before.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ipv6.h"
#include "dataplane/tables/publish.h"

namespace demarc::dp {

class UeRanges {
 public:
  explicit UeRanges(Reclaimer& reclaimer) : reclaimer_(&reclaimer) {}
  // No worker may still use it.
  ~UeRanges() { delete rows_.load(std::memory_order_relaxed); }
  UeRanges(const UeRanges&) = delete;
  UeRanges& operator=(const UeRanges&) = delete;

  // ---- agent ----

  // One address or prefix more. Throws std::bad_alloc without any change.
  void add(VrfSlot vrf, Be32 ue);
  void add(VrfSlot vrf, const Ipv6Prefix& prefix);
  // One less of those that were added.
  void remove_ipv4(VrfSlot vrf);
  void remove_ipv6(VrfSlot vrf);

  // ---- workers ----

  bool may_have(VrfSlot vrf, Be32 address) const {
    const Row* const row = find(vrf);
    if (row == nullptr) return false;
    const uint64_t range = row->ipv4.load(std::memory_order_relaxed);
    const uint32_t value = address.host();
    return value >= range >> 32 && value <= static_cast<uint32_t>(range);
  }
  bool may_have(VrfSlot vrf, const Ipv6Address& address) const {
    const Row* const row = find(vrf);
    if (row == nullptr) return false;
    const uint64_t value = upper_half(address);
    return value >= row->ipv6_first.load(std::memory_order_relaxed) &&
           value <= row->ipv6_last.load(std::memory_order_relaxed);
  }

 private:
  // Empty ranges: the first is behind the last.
  static constexpr uint64_t kNoIpv4 = uint64_t{0xffffffff} << 32;
  struct Row {
    std::atomic<uint64_t> ipv4{kNoIpv4};             // first << 32 | last, host byte order
    std::atomic<uint64_t> ipv6_first{~uint64_t{0}};  // of the upper halves
    std::atomic<uint64_t> ipv6_last{0};
  };
  struct Rows {
    uint32_t size = 0;
    std::unique_ptr<Row[]> row;  // [VRF slot]
  };
  struct Count {
    uint32_t ipv4 = 0;
    uint32_t ipv6 = 0;
  };

  static uint64_t upper_half(const Ipv6Address& a) {
    uint64_t value = 0;
    for (unsigned i = 0; i < 8; ++i) value = value << 8 | a.bytes[i];
    return value;
  }
  const Row* find(VrfSlot vrf) const {
    const Rows* const rows = rows_.load(std::memory_order_acquire);
    return rows == nullptr || vrf.value >= rows->size ? nullptr : &rows->row[vrf.value];
  }
  Row& grow_to(VrfSlot vrf);

  Reclaimer* reclaimer_;
  std::vector<Count> counts_;  // [VRF slot]; as many as rows
  std::atomic<const Rows*> rows_{nullptr};
};

}  // namespace demarc::dp
