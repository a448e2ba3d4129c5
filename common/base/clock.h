// Time, handed in from outside so that a test can step it forward, back and far.
#pragma once

#include <chrono>
#include <cstdint>

namespace demarc {

// Monotonic time for time-outs and periods of the agent and the control plane. Workers do not use it: they read the
// TSC once a burst.
class Clock {
 public:
  virtual ~Clock() = default;
  // Nanoseconds since an arbitrary start; never goes back.
  virtual uint64_t monotonic_ns() const = 0;
  // Nanoseconds since 1970-01-01 UTC; may jump. Only for what people read.
  virtual uint64_t wall_ns() const = 0;
};

class SystemClock final : public Clock {
 public:
  uint64_t monotonic_ns() const override { return count(std::chrono::steady_clock::now()); }
  uint64_t wall_ns() const override { return count(std::chrono::system_clock::now()); }

 private:
  template <class TimePoint>
  static uint64_t count(TimePoint t) {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count());
  }
};

class ManualClock final : public Clock {
 public:
  uint64_t monotonic_ns() const override { return now_ns; }
  uint64_t wall_ns() const override { return now_ns; }
  uint64_t now_ns = 1;
};

}  // namespace demarc
