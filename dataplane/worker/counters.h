// Counters: 64-bit, per worker and tenant, on their own cache lines.
//
// Written by one worker, read by the agent at any time: each value is exact when read, but two values are not of the
// same instant while packets flow (they differ by at most the burst that is under way).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "common/base/ids.h"
#include "common/defs/counter.h"
#include "common/defs/drop_reason.h"

namespace demarc::dp {

// An integer with one writer: a plain add for it, a whole value for the readers, no locked instruction.
class OwnedCounter {
 public:
  void add(uint64_t n) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  void subtract(uint64_t n) { add(~n + 1); }
  uint64_t read() const { return value_.load(std::memory_order_relaxed); }
  void reset() { value_.store(0, std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// written: one worker; read: agent
struct alignas(64) TenantCounters {
  OwnedCounter counters[kCounterCount];
  OwnedCounter drops[kDropReasonCount];

  void add(Counter c, uint64_t n) { counters[static_cast<size_t>(c)].add(n); }
  void subtract(Counter c, uint64_t n) { counters[static_cast<size_t>(c)].subtract(n); }
  void drop(DropReason r, uint64_t n) { drops[static_cast<size_t>(r)].add(n); }
};
static_assert(sizeof(TenantCounters) % 64 == 0);

// written: one worker; read: agent
struct alignas(64) StageCounters {
  OwnedCounter calls;
  OwnedCounter packets;
  OwnedCounter cycles;
};

}  // namespace demarc::dp
