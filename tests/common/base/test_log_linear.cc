#include <gtest/gtest.h>

#include <array>

#include "common/base/log_linear.h"

namespace demarc {
namespace {

TEST(LogLinear, EachBucketHasTheTimesFromItsFloorToTheNext) {
  for (size_t b = 0; b + 1 < kLogLinearBuckets; ++b) {
    EXPECT_EQ(log_linear_bucket(log_linear_floor(b)), b);
    EXPECT_EQ(log_linear_bucket(log_linear_floor(b + 1) - 1), b);
    if (b == 0) continue;
    const uint64_t width = log_linear_floor(b + 1) - log_linear_floor(b);
    EXPECT_LE(width * kLogLinearParts, log_linear_floor(b)) << "to within an eighth";
  }
  EXPECT_EQ(log_linear_bucket(~uint64_t{0}), kLogLinearBuckets - 1);
  EXPECT_EQ(log_linear_bucket(0), 0u);
}

TEST(LogLinear, PercentilesAreNeverTooLow) {
  std::array<uint64_t, kLogLinearBuckets> counts{};
  EXPECT_EQ(log_linear_percentile(counts, 0, 990), 0u);
  for (uint64_t ns = 1'000; ns <= 1'000'000; ns += 1'000) ++counts[log_linear_bucket(ns)];
  for (const unsigned per_mille : {500u, 990u, 999u}) {
    const uint64_t exact = per_mille * 1'000;
    EXPECT_GE(log_linear_percentile(counts, 0, per_mille), exact);
    EXPECT_LE(log_linear_percentile(counts, 0, per_mille), exact + exact / 7);
  }
  const std::array<uint64_t, 2> two{1, 99};
  EXPECT_EQ(log_linear_percentile(two, 10, 990), log_linear_floor(12));
  EXPECT_EQ(log_linear_percentile(two, 10, 10), log_linear_floor(11));
}

}  // namespace
}  // namespace demarc
