// Buckets against an exact account of their own, with a clock that is a number.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>
#include <vector>

#include "dataplane/tables/leased_bucket.h"
#include "dataplane/tables/token_bucket.h"

namespace demarc::dp::test {
namespace {

constexpr uint64_t kHz = 2'400'000'000;
constexpr uint64_t kYear = kHz * 86'400 * 365;
constexpr uint64_t kSecond = kHz;
// When the clock begins: at 0, after a year, shortly before it wraps round.
constexpr uint64_t kStarts[] = {0, kYear, ~uint64_t{0} - kSecond};

constexpr uint64_t kRates[] = {64'000,         1'000'000,       100'000'000,    1'000'000'000,
                               10'000'000'000, 100'000'000'000, 400'000'000'000};
constexpr unsigned kBurstMs = 50;

// Sizes of packets, one after the other, round and round.
const std::vector<std::vector<uint64_t>> kSizes = {{40}, {64}, {576}, {1500}, {9000}, {40, 1500, 9000, 64, 576}};

// Programs with sanitizers are ten times as slow: what they look for shows in a second, too.
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kSeconds = 1;
#else
constexpr uint64_t kSeconds = 10;
#endif

// Offers packets for ten seconds, every 50 us until one is refused; how many bytes went through.
template <class Offer>
uint64_t pour(uint64_t start, const std::vector<uint64_t>& sizes, Offer&& offer) {
  uint64_t passed = 0;
  size_t n = 0;
  for (uint64_t t = 0; t <= kSeconds * kSecond; t += kSecond / 20'000)
    for (; offer(sizes[n % sizes.size()], start + t); ++n) passed += sizes[n % sizes.size()];
  return passed;
}

// `burst` in bits, the rest in bytes. Within one in a hundred over ten seconds, but for the burst before and the packet
// that has to wait at the end.
void expect_accurate(uint64_t passed, uint64_t bits_per_second, uint64_t burst, uint64_t largest) {
  const uint64_t wanted = bits_per_second / 8 * kSeconds;
  EXPECT_LE(passed, wanted + burst / 8) << "never more than the rate and the configured burst";
  EXPECT_GE(passed + largest + wanted / 100, wanted);
}

uint64_t largest_of(const std::vector<uint64_t>& sizes) { return *std::max_element(sizes.begin(), sizes.end()); }

// 400 Gbit/s of 40 bytes are 12 billion packets in ten seconds: the large rates have large packets, and one start.
bool is_long(uint64_t bits, const std::vector<uint64_t>& sizes, uint64_t start) {
  if (bits <= 100'000'000) return false;
  return start != kYear || (bits >= 100'000'000'000 ? sizes[0] : largest_of(sizes)) < 9000;
}

TEST(TokenBucket, IsExactAtEveryRateSizeAndTime) {
  for (const uint64_t start : kStarts)
    for (const uint64_t bits : kRates)
      for (const auto& sizes : kSizes) {
        if (is_long(bits, sizes, start)) continue;
        SCOPED_TRACE(testing::Message() << bits << " bit/s, " << sizes[0] << " bytes, from " << start);
        const Rate rate = bit_rate(bits, kBurstMs);
        TokenBucket bucket;
        const uint64_t passed = pour(start, sizes, [&](uint64_t bytes, uint64_t now) {
          bucket.refill(rate, kLargestPacketBits, now, kHz);
          if (!bucket.has(8 * bytes, kHz)) return false;
          bucket.take(8 * bytes, kHz);
          return true;
        });
        expect_accurate(passed, bits, rate.depth, largest_of(sizes));
      }
}

// Whatever the steps of the clock, what has come in is what the rate says, to the unit.
TEST(TokenBucket, LosesNoRemainder) {
  std::mt19937_64 random(3);
  for (const uint64_t start : kStarts)
    for (const uint64_t bits : kRates) {
      const Rate rate{bits, ~uint64_t{0} >> 8};
      TokenBucket bucket;
      bucket.refill(rate, 0, start, kHz);
      uint64_t elapsed = 0;
      for (int i = 0; i < 20'000; ++i) {
        elapsed += random() % 5'000 + (random() % 100 == 0 ? random() % kSecond : 0);
        bucket.refill(rate, 0, start + elapsed, kHz);
      }
      const auto wanted = static_cast<uint64_t>(static_cast<TokenBucket::Credit>(elapsed) * rate.per_second / kHz);
      EXPECT_EQ(bucket.units(kHz), wanted) << bits << " bit/s from " << start;
    }
}

TEST(TokenBucket, AFreshOneHasOneLargestPacketAndNoMore) {
  const Rate rate = bit_rate(1'000'000'000, kBurstMs);
  ASSERT_EQ(rate.depth, 50'000'000u);
  TokenBucket bucket;
  bucket.refill(rate, kLargestPacketBits, kYear, kHz);
  EXPECT_EQ(bucket.units(kHz), kLargestPacketBits);
  bucket.refill(rate, kLargestPacketBits, kYear + 10 * kSecond, kHz);
  EXPECT_EQ(bucket.units(kHz), rate.depth);
  EXPECT_EQ(bit_rate(64'000, 1).depth, kLargestPacketBits) << "every packet fits";
}

TEST(TokenBucket, CountsBitsAsTheyAreSet) {
  EXPECT_EQ(bit_rate(64'007, 50).per_second, 64'007u);
  EXPECT_EQ(bit_rate(399'999'999'999, 1).per_second, 399'999'999'999u);
}

TEST(TokenBucket, AnotherRateIsNeitherAFreeBurstNorAStall) {
  const Rate slow = bit_rate(64'000, kBurstMs);
  const Rate fast = bit_rate(400'000'000'000, kBurstMs);
  TokenBucket bucket;
  bucket.refill(slow, kLargestPacketBits, 0, kHz);
  bucket.take(kLargestPacketBits, kHz);
  bucket.refill(fast, kLargestPacketBits, kSecond, kHz);
  EXPECT_EQ(bucket.units(kHz), 64'000u) << "a second at the old rate";
  bucket.refill(fast, kLargestPacketBits, kSecond + kSecond / 1000, kHz);
  EXPECT_EQ(bucket.units(kHz), 64'000u + 400'000'000u) << "a millisecond at the new one";
  bucket.refill(slow, kLargestPacketBits, kSecond + kSecond / 1000, kHz);
  EXPECT_EQ(bucket.units(kHz), slow.depth) << "cut to the new depth";
}

// An hour of quiet at a low rate is no more than a full bucket of then.
TEST(TokenBucket, ARateThatRisesAfterAQuietHourGivesNoMoreThanTheOldDepth) {
  const Rate slow = bit_rate(1'000'000, kBurstMs);
  const Rate fast = bit_rate(400'000'000'000, 1000);
  TokenBucket bucket;
  bucket.refill(slow, kLargestPacketBits, kYear, kHz);
  bucket.refill(fast, kLargestPacketBits, kYear + 3600 * kSecond, kHz);
  EXPECT_EQ(bucket.units(kHz), slow.depth);
  const Rate deeper{slow.per_second, 10 * slow.depth};
  TokenBucket other;
  other.refill(slow, kLargestPacketBits, kYear, kHz);
  other.refill(deeper, kLargestPacketBits, kYear + 3600 * kSecond, kHz);
  EXPECT_EQ(other.units(kHz), slow.depth) << "the same of a depth alone";
}

TEST(TokenBucket, ATimeBeforeTheLastBringsNothing) {
  const Rate rate = bit_rate(100'000'000, kBurstMs);
  TokenBucket bucket;
  bucket.refill(rate, 100, kSecond, kHz);
  bucket.refill(rate, 100, kSecond - 5, kHz);
  EXPECT_EQ(bucket.units(kHz), 100u);
  bucket.refill(rate, 100, kSecond + kHz / 1000, kHz);
  EXPECT_EQ(bucket.units(kHz), 100u + 100'000u);
}

// In any window at all, not only from the start: arrivals in bursts and pauses of all kinds.
TEST(TokenBucket, NoWindowHasMoreThanTheBurstAndTheRate) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 200; ++round) {
    const Rate rate = bit_rate(kRates[random() % 5], 1 + random() % 100);
    TokenBucket bucket;
    uint64_t now = kStarts[random() % 3];
    // The most that any window up to now has above its rate, in units × ticks: like a bucket that overflows (RFC 2697).
    __extension__ using Wide = __int128;
    Wide above = 0, worst = 0;
    for (int i = 0; i < 3'000; ++i) {
      const uint64_t pause = random() % 3 == 0 ? random() % (kSecond / 100) : random() % 10'000;
      now += pause;
      above = std::max<Wide>(above - Wide{pause} * rate.per_second, 0);
      bucket.refill(rate, kLargestPacketBits, now, kHz);
      const uint64_t bits = 8 * (40 + random() % 8'961);
      if (!bucket.has(bits, kHz)) continue;
      bucket.take(bits, kHz);
      above += Wide{bits} * kHz;
      worst = std::max(worst, above);
    }
    ASSERT_LE(worst, Wide{rate.depth} * kHz) << rate.per_second << " bit/s";
  }
}

// ---- what workers share ----

struct Spender {
  SharedBucket* shared;
  Lease lease;
  bool spend(const SharedRate& rate, uint64_t bytes, uint64_t now) {
    if (!lease.has(*shared, rate, kLargestPacketBits, 8 * bytes, now, kHz)) return false;
    lease.take(8 * bytes);
    return true;
  }
};

SharedRate shared_by(unsigned workers, uint64_t bits_per_second, uint32_t burst_ms = kBurstMs) {
  return share_rate(bit_rate(bits_per_second, burst_ms), kLargestPacketBits, workers);
}

TEST(LeasedBucket, IsAccurateWithOneAndTwoWorkers) {
  for (const uint64_t start : kStarts)
    for (const unsigned workers : {1u, 2u})
      for (const uint64_t bits : kRates)
        for (const auto& sizes : kSizes) {
          if (is_long(bits, sizes, start)) continue;
          SCOPED_TRACE(testing::Message() << bits << " bit/s, " << sizes[0] << " bytes, " << workers << " workers");
          const SharedRate rate = shared_by(workers, bits);
          SharedBucket shared;
          std::vector<Spender> spenders(workers, Spender{&shared, {}});
          size_t turn = 0;
          const uint64_t passed = pour(start, sizes, [&](uint64_t bytes, uint64_t now) {
            for (unsigned tries = 0; tries < workers; ++tries)
              if (spenders[turn++ % workers].spend(rate, bytes, now)) return true;
            return false;
          });
          expect_accurate(passed, bits, rate.rate.depth, largest_of(sizes) * workers);
        }
}

// One worker that stops sending keeps its slice, and another level refuses one packet in three for which this one had
// credit: no window has more than the burst all the same.
TEST(LeasedBucket, NoWindowHasMoreThanTheBurstWhoeverSpends) {
  std::mt19937_64 random(12);
  for (int round = 0; round < 200; ++round) {
    const unsigned workers = 1 + random() % 8;
    const SharedRate rate = shared_by(workers, kRates[random() % 5], 1 + random() % 100);
    SharedBucket shared;
    std::vector<Lease> leases(workers);
    uint64_t now = kStarts[random() % 3];
    __extension__ using Wide = __int128;
    Wide above = 0, worst = 0;
    for (int i = 0; i < 3'000; ++i) {
      const uint64_t pause = random() % 3 == 0 ? random() % (kSecond / 100) : random() % 10'000;
      now += pause;
      above = std::max<Wide>(above - Wide{pause} * rate.rate.per_second, 0);
      const uint64_t bits = 8 * (40 + random() % 8'961);
      Lease& lease = leases[random() % workers];
      if (!lease.has(shared, rate, kLargestPacketBits, bits, now, kHz)) continue;
      if (random() % 3 == 0) {
        lease.release(shared, rate);
        continue;
      }
      lease.take(bits);
      above += Wide{bits} * kHz;
      worst = std::max(worst, above);
    }
    ASSERT_LE(worst, Wide{rate.rate.depth} * kHz) << rate.rate.per_second << " bit/s, " << workers << " workers";
  }
}

// What another level refused is there for the next packet, whichever worker has it.
TEST(LeasedBucket, WhatIsGivenBackIsThereForOthers) {
  const SharedRate rate = shared_by(2, 64'000);
  ASSERT_EQ(rate.slice, 0u) << "the bucket takes one largest packet";
  SharedBucket shared;
  Lease a, b;
  EXPECT_TRUE(a.has(shared, rate, kLargestPacketBits, kLargestPacketBits, kYear, kHz));
  EXPECT_FALSE(b.has(shared, rate, kLargestPacketBits, kLargestPacketBits, kYear, kHz));
  a.release(shared, rate);
  EXPECT_TRUE(b.has(shared, rate, kLargestPacketBits, kLargestPacketBits, kYear, kHz));
}

// The slice that a worker holds of a high rate is no credit at a low one.
TEST(LeasedBucket, ALeaseDoesNotOutliveItsRate) {
  const SharedRate fast = shared_by(2, 100'000'000'000);
  const SharedRate slow = shared_by(2, 64'000);
  SharedBucket shared;
  Lease lease;
  ASSERT_FALSE(lease.has(shared, fast, kLargestPacketBits, kLargestPacketBits + 1, kYear, kHz)) << "it is new";
  ASSERT_TRUE(lease.has(shared, fast, kLargestPacketBits, 8 * 1500, kYear + kSecond, kHz));
  lease.take(8 * 1500);
  shared.settle(fast, kLargestPacketBits, kYear + kSecond, kHz);
  uint64_t passed = 0;
  while (passed < 1'000 && lease.has(shared, slow, kLargestPacketBits, 8 * 1500, kYear + kSecond, kHz)) {
    lease.take(8 * 1500);
    ++passed;
  }
  EXPECT_EQ(passed, slow.rate.depth / (8 * 1500));
}

// Real threads, which race for the same bucket: what they got together is never more.
TEST(LeasedBucket, ThreadsTogetherGetNoMore) {
  constexpr unsigned kWorkers = 4;
  constexpr uint64_t kTicks = kSecond / 10;
  const SharedRate rate = shared_by(kWorkers, 1'000'000'000);
  SharedBucket shared;
  std::array<uint64_t, kWorkers> passed{};
  std::vector<std::thread> threads;
  for (unsigned w = 0; w < kWorkers; ++w)
    threads.emplace_back([&, w] {
      Spender spender{&shared, {}};
      for (uint64_t now = kYear; now <= kYear + kTicks; now += 1000)
        if (spender.spend(rate, 1500, now)) passed[w] += 1500;
    });
  for (std::thread& t : threads) t.join();
  uint64_t all = 0;
  for (const uint64_t p : passed) all += p;
  EXPECT_LE(8 * all, rate.rate.per_second / 10 + rate.rate.depth);
  EXPECT_GE(8 * all, rate.rate.per_second / 10 * 9 / 10);
}

TEST(LeasedBucket, ARateThatChangesKeepsWhatWasEarned) {
  const SharedRate slow = shared_by(1, 64'000);
  const SharedRate fast = shared_by(1, 1'000'000'000);
  constexpr uint64_t kWhole = kLargestPacketBits;
  SharedBucket shared;
  EXPECT_EQ(shared.grant(slow.rate, slow.depth, kWhole, 72'000, 72'000, kYear, kHz), 72'000u);
  shared.settle(slow, kWhole, kYear + kSecond / 8, kHz);
  const uint64_t earned = shared.grant(fast.rate, fast.depth, 0, 0, 10'000'000, kYear + kSecond / 8, kHz);
  EXPECT_NEAR(static_cast<double>(earned), kWhole - 72'000 + 8'000, 1) << "an eighth of a second at the old rate";
  const uint64_t more = shared.grant(fast.rate, fast.depth, 0, 0, 10'000'000, kYear + kSecond / 8 + kHz / 1000, kHz);
  EXPECT_NEAR(static_cast<double>(more), 1'000'000, 1);
}

}  // namespace
}  // namespace demarc::dp::test
