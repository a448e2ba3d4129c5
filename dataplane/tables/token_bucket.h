// TokenBucket: a limit of bits or packets a second, with a depth. Integers over the TSC; exact at 64 kbit/s and at
// 400 Gbit/s, after a year of uptime and across the wrap of the TSC.
//
// What is in the bucket is counted in units × TSC ticks a second, 128 bits wide: each tick brings exactly `rate` of
// that, so no division is made and no remainder lost, and nothing overflows whatever the time between two packets. A
// bucket belongs to one worker; the rate comes with each call, for it is configuration that the agent replaces as a
// whole.
//
// Strict, as RFC 2697 section 3 has it: a packet conforms only when the bucket holds all of it. So in any time t at
// most depth + rate × t goes through.
#pragma once

#include <algorithm>
#include <cstdint>

namespace demarc::dp {

// Of a largest packet, so that every packet fits a full bucket: 9,000 bytes of IP and what a frame has around it.
inline constexpr uint64_t kLargestPacketBits = 8 * 9'216;

// A limit. Units are bits or packets.
struct Rate {
  uint64_t per_second = 0;  // 0: no limit
  uint64_t depth = 0;       // at least one largest packet

  explicit operator bool() const { return per_second != 0; }
  bool operator==(const Rate&) const = default;
};

// `burst_ms`: how long at its rate a full bucket lasts.
constexpr Rate bit_rate(uint64_t bits_per_second, uint32_t burst_ms) {
  if (bits_per_second == 0) return {};
  return {bits_per_second, std::max(bits_per_second * burst_ms / 1000, kLargestPacketBits)};
}
constexpr Rate packet_rate(uint64_t packets_per_second, uint32_t burst_ms) {
  if (packets_per_second == 0) return {};
  return {packets_per_second, std::max<uint64_t>(packets_per_second * burst_ms / 1000, 1)};
}

class TokenBucket {
 public:
  __extension__ using Credit = unsigned __int128;  // units × ticks a second

  // Takes what time has brought since the last call, at the rate of then. The first call fills one largest packet (one
  // of `first` units) and no more: nothing is gained by a restart. `now_tsc` may wrap round; of a time that is before
  // the last one nothing comes.
  void refill(const Rate& rate, uint64_t first, uint64_t now_tsc, uint64_t ticks_per_second) {
    refill(rate, first, now_tsc, ticks_per_second, now_tsc);
  }
  // `changed_tsc`: since when the rate is what it is. Until then time has brought what the old rate says.
  void refill(const Rate& rate, uint64_t first, uint64_t now_tsc, uint64_t ticks_per_second, uint64_t changed_tsc) {
    if (rate.per_second != per_second_ || rate.depth != depth_) [[unlikely]]
      adopt(rate, first, changed_tsc - last_tsc_ <= now_tsc - last_tsc_ ? changed_tsc : now_tsc, ticks_per_second);
    const uint64_t elapsed = now_tsc - last_tsc_;
    if (elapsed == 0 || elapsed >> 63 != 0) return;
    last_tsc_ = now_tsc;
    credit_ = std::min(credit_ + Credit{elapsed} * per_second_, Credit{rate.depth} * ticks_per_second);
  }
  bool has(uint64_t units, uint64_t ticks_per_second) const { return credit_ >= Credit{units} * ticks_per_second; }
  // Only what it has.
  void take(uint64_t units, uint64_t ticks_per_second) { credit_ -= Credit{units} * ticks_per_second; }
  // Whole units.
  uint64_t units(uint64_t ticks_per_second) const { return static_cast<uint64_t>(credit_ / ticks_per_second); }

 private:
  // What was earned at the old rate stays, as far as the old depth held it: a bucket that was full for an hour is no
  // fuller. What comes is at the new rate, and the depth is the new one from now on.
  void adopt(const Rate& rate, uint64_t first, uint64_t changed_tsc, uint64_t ticks_per_second) {
    const uint64_t elapsed = changed_tsc - last_tsc_;
    if (per_second_ == 0) {
      credit_ = Credit{std::min(first, rate.depth)} * ticks_per_second;
    } else if (elapsed >> 63 == 0) {
      credit_ = std::min(credit_ + Credit{elapsed} * per_second_, Credit{depth_} * ticks_per_second);
    }
    credit_ = std::min(credit_, Credit{rate.depth} * ticks_per_second);
    last_tsc_ = changed_tsc;
    per_second_ = rate.per_second;
    depth_ = rate.depth;
  }

  Credit credit_ = 0;
  uint64_t last_tsc_ = 0;
  uint64_t per_second_ = 0;  // of the rate that it has adopted; 0: none yet
  uint64_t depth_ = 0;       // the same
};
static_assert(sizeof(TokenBucket) == 48);

}  // namespace demarc::dp
