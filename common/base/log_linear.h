// Log-linear buckets of times in nanoseconds: each power of two from 512 ns to 8.6 s in eight equal parts, so a time is
// known to within an eighth of itself. Both programs count and read times by it.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace demarc {

inline constexpr unsigned kLogLinearParts = 8;     // of each power of two
inline constexpr unsigned kLogLinearFirstBit = 9;  // what is below 512 ns has one bucket
inline constexpr unsigned kLogLinearPowers = 24;   // what is above 2^33 ns is counted in the last
inline constexpr size_t kLogLinearBuckets = 1 + kLogLinearParts * kLogLinearPowers;

constexpr size_t log_linear_bucket(uint64_t ns) {
  if (ns >> kLogLinearFirstBit == 0) return 0;
  const auto power = static_cast<unsigned>(std::bit_width(ns)) - 1;
  const size_t part = (ns >> (power - 3)) - kLogLinearParts;
  return std::min(1 + kLogLinearParts * (power - kLogLinearFirstBit) + part, kLogLinearBuckets - 1);
}

// The least time of a bucket, ns. Of kLogLinearBuckets: where the last one would end.
constexpr uint64_t log_linear_floor(size_t bucket) {
  if (bucket == 0) return 0;
  const size_t n = bucket - 1;
  return (kLogLinearParts + n % kLogLinearParts) << (n / kLogLinearParts + kLogLinearFirstBit - 3);
}
static_assert(log_linear_floor(1) == 512 && log_linear_floor(log_linear_bucket(1000)) == 960);
static_assert(log_linear_floor(log_linear_bucket(1'000'000)) == 983'040);

// The time that `per_mille` of the counted do not exceed, ns: a bucket's upper end, so it is never told too low. 0 when
// nothing was counted. `first`: the bucket of counts[0].
constexpr uint64_t log_linear_percentile(std::span<const uint64_t> counts, size_t first, unsigned per_mille) {
  uint64_t all = 0;
  for (const uint64_t n : counts) all += n;
  if (all == 0) return 0;
  // The rank, rounded up: of ten times p99 is the tenth.
  const uint64_t rank = std::max<uint64_t>(all / 1000 * per_mille + (all % 1000 * per_mille + 999) / 1000, 1);
  uint64_t below = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    below += counts[i];
    if (below >= rank) return log_linear_floor(first + i + 1);
  }
  return log_linear_floor(first + counts.size());
}

}  // namespace demarc
