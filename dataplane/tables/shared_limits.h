// The rates of what several workers forward: a tenant's, or a core VRF's. Configuration is replaced as a whole with the
// Topology; what is in the buckets lives on from one to the next, so that no change of anything fills them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/tables/leased_bucket.h"

namespace demarc::dp {

enum class Direction : uint8_t { uplink, downlink };
inline constexpr size_t kDirections = 2;

struct DirectionRates {
  Rate bits;
  Rate packets;
  bool operator==(const DirectionRates&) const = default;
};
using Rates = std::array<DirectionRates, kDirections>;  // by Direction

constexpr bool has_any(const Rates& rates) {
  for (const DirectionRates& r : rates)
    if (r.bits || r.packets) return true;
  return false;
}

// The same as workers share them.
struct SharedDirectionRates {
  SharedRate bits;
  SharedRate packets;
};
using SharedRates = std::array<SharedDirectionRates, kDirections>;

constexpr SharedRates share_rates(const Rates& rates, unsigned workers) {
  SharedRates out;
  for (size_t d = 0; d < kDirections; ++d)
    out[d] = {share_rate(rates[d].bits, kLargestPacketBits, workers), share_rate(rates[d].packets, 1, workers)};
  return out;
}

class SharedLimits {
 public:
  // What is in the buckets at first: a limit that begins full would let a burst through at each restart.
  enum class Begin : uint8_t { with_one_packet, full };

  // `workers`: 1..kWorkersMax, that spend from it.
  explicit SharedLimits(unsigned workers, Begin begin = Begin::with_one_packet)
      : workers_(workers),
        first_bits_(begin == Begin::full ? UINT64_MAX : kLargestPacketBits),
        first_packets_(begin == Begin::full ? UINT64_MAX : 1),
        leases_(std::make_unique<Leases[]>(workers)) {}
  unsigned workers() const { return workers_; }

  // ---- worker `worker` ----
  // Whether a packet of so many bits conforms to both rates; then pay() takes it from them, or release() gives back
  // what was drawn for it. If not, nothing is drawn.
  bool conforms(const SharedRates& rates, unsigned worker, Direction d, uint64_t bits, uint64_t now_tsc, uint64_t hz) {
    const SharedDirectionRates& r = rates[index(d)];
    Buckets& shared = shared_[index(d)];
    Held& held = leases_[worker].of[index(d)];
    if (r.bits && !held.bits.has(shared.bits, r.bits, first_bits_, bits, now_tsc, hz)) return false;
    if (!r.packets || held.packets.has(shared.packets, r.packets, first_packets_, 1, now_tsc, hz)) return true;
    if (r.bits) held.bits.release(shared.bits, r.bits);
    return false;
  }
  void pay(const SharedRates& rates, unsigned worker, Direction d, uint64_t bits) {
    Held& held = leases_[worker].of[index(d)];
    if (rates[index(d)].bits) held.bits.take(bits);
    if (rates[index(d)].packets) held.packets.take(1);
  }
  void release(const SharedRates& rates, unsigned worker, Direction d) {
    const SharedDirectionRates& r = rates[index(d)];
    Held& held = leases_[worker].of[index(d)];
    if (r.bits) held.bits.release(shared_[index(d)].bits, r.bits);
    if (r.packets) held.packets.release(shared_[index(d)].packets, r.packets);
  }

  // ---- agent: before the workers see other rates ----
  void settle(const SharedRates& rates, uint64_t now_tsc, uint64_t hz) {
    for (size_t d = 0; d < kDirections; ++d) {
      if (rates[d].bits) shared_[d].bits.settle(rates[d].bits, first_bits_, now_tsc, hz);
      if (rates[d].packets) shared_[d].packets.settle(rates[d].packets, first_packets_, now_tsc, hz);
    }
  }

 private:
  struct alignas(64) Buckets {
    SharedBucket bits;
    SharedBucket packets;
  };
  struct Held {
    Lease bits;
    Lease packets;
  };
  struct alignas(64) Leases {
    std::array<Held, kDirections> of;
  };
  static constexpr size_t index(Direction d) { return static_cast<size_t>(d); }

  std::array<Buckets, kDirections> shared_;
  unsigned workers_;
  uint64_t first_bits_;
  uint64_t first_packets_;
  std::unique_ptr<Leases[]> leases_;  // [worker]
};

// Of a tenant among the others on a worker that has more to do than it can, 1..100.
inline constexpr uint16_t kWeightDefault = 10;

// As a row of a Topology has it.
struct LimitsRow {
  Rates rates;
  SharedRates shared = {};              // the same
  std::shared_ptr<SharedLimits> state;  // null: no limit
};

}  // namespace demarc::dp
