// LeasedBucket: a token bucket that several workers spend from: a tenant's, or a VRF's. Each worker takes a slice out
// of the shared bucket (one compare-and-swap) and spends it by itself; with one worker a slice is what one packet
// needs.
//
// How much may go through in any time t: depth + rate × t and no more, however many workers spend. Between packets a
// worker holds at most one slice; the shared bucket is less deep by the slices of all of them. A slice is what the rate
// brings in 250 µs, or as much less as leaves a largest packet room in the shared bucket: then 0, and each packet asks
// for what it needs.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "dataplane/tables/token_bucket.h"

namespace demarc::dp {

// A rate as workers share it.
struct SharedRate {
  Rate rate;
  uint64_t slice = 0;  // that a worker may hold between packets
  uint64_t depth = 0;  // of the shared bucket; with the slices of all workers: rate.depth

  explicit operator bool() const { return static_cast<bool>(rate); }
  bool operator==(const SharedRate&) const = default;
};

// `largest`: units of a largest packet. `workers`: 1..kWorkersMax.
constexpr SharedRate share_rate(const Rate& rate, uint64_t largest, unsigned workers) {
  const uint64_t spare = rate.depth - std::min(rate.depth, largest);
  const uint64_t slice = workers == 1 ? 0 : std::min(rate.per_second / 4000, spare / workers);
  return {rate, slice, rate.depth - workers * slice};
}

// The part that all workers share. Its credit is in 2^-20 units, so that a year of small grants loses less than one.
class SharedBucket {
 public:
  // Of `wanted` units what there is, 0 unless there are at least `needed`. Any worker. After kTries lost races: 0, for
  // a worker must not wait.
  uint64_t grant(const Rate& rate, uint64_t depth, uint64_t first, uint64_t needed, uint64_t wanted, uint64_t now_tsc,
                 uint64_t ticks_per_second) {
    for (unsigned tries = 0; tries < kTries; ++tries) {
      const Word seen = load();
      State state = unpack(seen);
      refill(state, rate, depth, first, now_tsc, ticks_per_second);
      const uint64_t units = std::min(state.credit >> kShift, wanted);
      const uint64_t given = units < needed ? 0 : units;
      state.credit -= given << kShift;
      if (__sync_bool_compare_and_swap(&word_, seen, pack(state))) return given;
    }
    return 0;
  }

  // What a grant gave too much. After kTries lost races it is lost: less goes through then, never more.
  void give_back(uint64_t units, uint64_t depth) {
    for (unsigned tries = 0; tries < kTries; ++tries) {
      const Word seen = load();
      State state = unpack(seen);
      state.credit = std::min(state.credit + (units << kShift), depth << kShift);
      if (__sync_bool_compare_and_swap(&word_, seen, pack(state))) return;
    }
  }

  // Takes what time has brought at a rate that is about to change. The agent.
  void settle(const SharedRate& rate, uint64_t first, uint64_t now_tsc, uint64_t ticks_per_second) {
    grant(rate.rate, rate.depth, first, 0, 0, now_tsc, ticks_per_second);
  }

 private:
  __extension__ using Word = unsigned __int128;
  static constexpr unsigned kTries = 16;
  static constexpr unsigned kShift = 20;
  struct State {
    uint64_t last_tsc;
    uint64_t credit;  // 2^-20 units: 2^44 units fit, which is 43 s at 400 Gbit/s
  };
  static Word pack(const State& s) { return Word{s.last_tsc} << 64 | s.credit; }
  static State unpack(Word w) { return {static_cast<uint64_t>(w >> 64), static_cast<uint64_t>(w)}; }
  // Two halves of different moments fail the compare-and-swap.
  Word load() const {
    const auto* const halves = reinterpret_cast<const uint64_t*>(&word_);
    const uint64_t low = __atomic_load_n(&halves[0], __ATOMIC_RELAXED);
    return Word{__atomic_load_n(&halves[1], __ATOMIC_RELAXED)} << 64 | low;
  }
  static void refill(State& s, const Rate& rate, uint64_t depth, uint64_t first, uint64_t now_tsc,
                     uint64_t ticks_per_second) {
    const uint64_t most = depth << kShift;
    const uint64_t elapsed = now_tsc - s.last_tsc;
    if (s.last_tsc == 0) {
      s.credit = std::min(first, depth) << kShift;
      s.last_tsc = now_tsc | 1;
    } else if (elapsed != 0 && elapsed >> 63 == 0) {
      const Word more = (Word{elapsed} * rate.per_second << kShift) / ticks_per_second;
      if (more == 0) return;  // too little to count: the time stays
      s.credit = more >= most - std::min(s.credit, most) ? most : s.credit + static_cast<uint64_t>(more);
      s.last_tsc = now_tsc;
    }
    s.credit = std::min(s.credit, most);
  }

  alignas(16) Word word_ = 0;
};

// What one worker holds of it.
class Lease {
 public:
  // True when the worker holds `units` now. They are spent by take(), or given back by release().
  bool has(SharedBucket& shared, const SharedRate& rate, uint64_t first, uint64_t units, uint64_t now_tsc,
           uint64_t ticks_per_second) {
    held_ = std::min(held_, rate.slice);  // of a rate that has since become lower
    if (held_ >= units) return true;
    const uint64_t needed = units - held_;
    held_ +=
        shared.grant(rate.rate, rate.depth, first, needed, std::max(needed, rate.slice), now_tsc, ticks_per_second);
    return held_ >= units;
  }
  void take(uint64_t units) { held_ -= units; }
  // Another level refused the packet: what is beyond a slice goes back.
  void release(SharedBucket& shared, const SharedRate& rate) {
    if (held_ <= rate.slice) return;
    shared.give_back(held_ - rate.slice, rate.depth);
    held_ = rate.slice;
  }

 private:
  uint64_t held_ = 0;
};

}  // namespace demarc::dp
