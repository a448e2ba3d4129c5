// SessionUsage: what one session used since it was first put: packets and bytes both ways, and its drops by reason.
//
// It lies beside the session's block, which a put replaces, and lives as long as any version of the block does: a put
// of the same session keeps it, a session that is put after a removal begins at 0, and a worker that still looks at a
// removed session counts into memory that is still the session's own. Two cache lines a session; a forwarded packet
// touches the first.
//
// What is forwarded is counted by the session's owner alone, without locked instructions. Drops may happen on any
// worker (before a packet is handed over, for one), are rare or cost nothing but their sender, and are counted with
// atomics. The first kReasons reasons of a session are counted each by itself; a session that has still others, which
// takes somebody who tries, counts those together.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "common/defs/drop_reason.h"
#include "dataplane/tables/session_rates.h"

namespace demarc::dp {

// Inner packets and their bytes, from the inner IP header on.
struct UsageReading {
  uint64_t uplink_packets = 0;
  uint64_t uplink_bytes = 0;
  uint64_t downlink_packets = 0;
  uint64_t downlink_bytes = 0;
  std::array<uint64_t, kDropReasonCount> drops{};  // [DropReason]
  uint64_t other_drops = 0;                        // of reasons that found no place
};

class alignas(64) SessionUsage {
 public:
  static constexpr size_t kReasons = 9;

  // ---- the session's owner ----
  void count_uplink(uint64_t packets, uint64_t bytes) { add(uplink_packets_, packets), add(uplink_bytes_, bytes); }
  void count_downlink(uint64_t packets, uint64_t bytes) {
    add(downlink_packets_, packets), add(downlink_bytes_, bytes);
  }

  // ---- any worker ----
  void count_drop(DropReason reason) {
    const uint64_t name = uint64_t{static_cast<uint8_t>(reason)} + 1;  // 0: the place is free
    for (std::atomic<uint64_t>& place : drops_) {
      uint64_t seen = place.load(std::memory_order_relaxed);
      if (seen == 0 && place.compare_exchange_strong(seen, name << kNameShift | 1, std::memory_order_relaxed)) return;
      if (seen >> kNameShift != name) continue;
      place.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    other_drops_.fetch_add(1, std::memory_order_relaxed);
  }

  // ---- agent ----
  // What is in the buckets of its rates, made when it first has one. Null: no memory.
  SessionMeters* meters() {
    if (meters_ == nullptr) meters_.reset(new (std::nothrow) SessionMeters);
    return meters_.get();
  }
  // Each value is exact when it is read; two are of the same instant only while no packet comes.
  UsageReading read() const {
    UsageReading out{uplink_packets_.load(std::memory_order_relaxed),
                     uplink_bytes_.load(std::memory_order_relaxed),
                     downlink_packets_.load(std::memory_order_relaxed),
                     downlink_bytes_.load(std::memory_order_relaxed),
                     {},
                     other_drops_.load(std::memory_order_relaxed)};
    for (const std::atomic<uint64_t>& place : drops_)
      if (const uint64_t seen = place.load(std::memory_order_relaxed); seen != 0)
        out.drops[(seen >> kNameShift) - 1] = seen & kCountMask;
    return out;
  }

 private:
  friend class UsageRef;
  static constexpr unsigned kNameShift = 56;  // reason above, count below: 2^56 packets are enough for 20 years
  static constexpr uint64_t kCountMask = (uint64_t{1} << kNameShift) - 1;
  static_assert(kDropReasonCount < 255, "a reason's name fits a byte, beside 0");

  static void add(std::atomic<uint64_t>& counter, uint64_t n) {
    counter.store(counter.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }

  std::atomic<uint64_t> uplink_packets_{0};
  std::atomic<uint64_t> uplink_bytes_{0};
  std::atomic<uint64_t> downlink_packets_{0};
  std::atomic<uint64_t> downlink_bytes_{0};
  std::array<std::atomic<uint64_t>, kReasons> drops_{};
  std::atomic<uint64_t> other_drops_{0};
  std::unique_ptr<SessionMeters> meters_;  // agent; null: the session never had a rate
  uint64_t holders_ = 0;                   // UsageRefs; agent only
};
static_assert(sizeof(SessionUsage) == 128);

// Holds a session's usage: versions of its block do, and who may want to put it back. Agent only.
class UsageRef {
 public:
  UsageRef() = default;
  // Null: holds nothing.
  explicit UsageRef(SessionUsage* usage) : usage_(usage) {
    if (usage_ != nullptr) ++usage_->holders_;
  }
  UsageRef(const UsageRef& other) : UsageRef(other.usage_) {}
  UsageRef(UsageRef&& other) noexcept : usage_(std::exchange(other.usage_, nullptr)) {}
  UsageRef& operator=(UsageRef other) noexcept {
    std::swap(usage_, other.usage_);
    return *this;
  }
  ~UsageRef() { release(std::exchange(usage_, nullptr)); }

  // All 0. Holds nothing when there is no memory.
  static UsageRef make() { return UsageRef(new (std::nothrow) SessionUsage); }

  explicit operator bool() const { return usage_ != nullptr; }
  SessionUsage* get() const { return usage_; }

  // For a block, which keeps a plain pointer: what is given out here comes back by release().
  SessionUsage* give_out() { return std::exchange(usage_, nullptr); }
  static void release(SessionUsage* usage) {
    if (usage != nullptr && --usage->holders_ == 0) delete usage;
  }

 private:
  SessionUsage* usage_ = nullptr;
};

}  // namespace demarc::dp
