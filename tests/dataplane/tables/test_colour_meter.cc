// The colour meters against rte_meter, packet by packet.
//
// rte_meter counts whole bytes and whole periods: it keeps the rest of a period as time where we keep it as credit, so
// a bucket that overflows in the middle of a period is a fraction of a byte apart. Packets that come on whole periods
// have no such rest, and there every colour must agree; the periods here stand for rates that divide the TSC.
#include "dataplane/tables/colour_meter.h"

#include <gtest/gtest.h>
#include <rte_meter.h>

#include <array>
#include <cstdint>
#include <random>

namespace demarc::dp {
namespace {

constexpr uint64_t kHz = 2'400'000'000;
constexpr uint64_t kYear = 365 * 86'400 * kHz;
constexpr std::array<uint64_t, 3> kStarts{0, kYear, ~uint64_t{0} - kHz / 2};
constexpr uint64_t kCommittedTicks = 192;  // a byte: 100 Mbit/s
constexpr uint64_t kOtherTicks = 64;       // 300 Mbit/s
constexpr uint64_t kStep = kCommittedTicks;
constexpr uint64_t kCommittedDepth = 20'000;
constexpr uint64_t kOtherDepth = 30'000;

constexpr uint64_t bits(uint64_t ticks_a_byte) { return 8 * kHz / ticks_a_byte; }

// Calls `mark(bytes, before, time since start in ticks)` with a load that is at times below and at times above.
template <typename Mark>
void offer(uint32_t seed, bool aware, Mark mark) {
  std::mt19937 random(seed);
  constexpr std::array<uint32_t, 5> kSizes{40, 64, 576, 1500, 9000};
  std::array<unsigned, 3> seen{};
  uint64_t at = 0;
  for (unsigned i = 0; i < 100'000; ++i) {
    const uint32_t bytes = kSizes[random() % kSizes.size()];
    const bool busy = i / 50 % 3 != 0;
    at += random() % (busy ? bytes / 3 + 1 : 8 * bytes) * kStep;
    const Colour before = aware ? static_cast<Colour>(random() % 3) : Colour::green;
    const auto [ours, theirs] = mark(bytes, before, at);
    ASSERT_EQ(static_cast<int>(ours), static_cast<int>(theirs)) << "packet " << i << ", " << bytes << " bytes";
    ++seen[static_cast<size_t>(ours)];
  }
  for (const unsigned n : seen) EXPECT_GT(n, 500U) << "the load shows all three colours";
}

rte_color rte(Colour c) { return static_cast<rte_color>(c); }

struct Both {
  Colour ours;
  rte_color theirs;
};

TEST(ColourMeter, MarksAsRfc2697LikeRteMeter) {
  for (const uint64_t start : kStarts)
    for (const bool aware : {false, true}) {
      SingleRateMeter ours({bits(kCommittedTicks), kCommittedDepth}, kOtherDepth, ~0U, start, kHz);
      rte_meter_srtcm_profile profile{kCommittedDepth, kOtherDepth, kCommittedTicks, 1};
      rte_meter_srtcm theirs{0, kCommittedDepth, kOtherDepth};
      offer(1, aware, [&](uint32_t bytes, Colour before, uint64_t at) {
        return Both{ours.mark(bytes, before, start + at),
                    aware ? rte_meter_srtcm_color_aware_check(&theirs, &profile, at, bytes, rte(before))
                          : rte_meter_srtcm_color_blind_check(&theirs, &profile, at, bytes)};
      });
    }
}

TEST(ColourMeter, MarksAsRfc2698LikeRteMeter) {
  for (const uint64_t start : kStarts)
    for (const bool aware : {false, true}) {
      PeakRateMeter ours({bits(kCommittedTicks), kCommittedDepth}, {bits(kOtherTicks), kOtherDepth}, ~0U, start, kHz);
      rte_meter_trtcm_profile profile{kCommittedDepth, kOtherDepth, kCommittedTicks, 1, kOtherTicks, 1};
      rte_meter_trtcm theirs{0, 0, kCommittedDepth, kOtherDepth};
      offer(2, aware, [&](uint32_t bytes, Colour before, uint64_t at) {
        return Both{ours.mark(bytes, before, start + at),
                    aware ? rte_meter_trtcm_color_aware_check(&theirs, &profile, at, bytes, rte(before))
                          : rte_meter_trtcm_color_blind_check(&theirs, &profile, at, bytes)};
      });
    }
}

TEST(ColourMeter, MarksAsRfc4115LikeRteMeter) {
  for (const uint64_t start : kStarts)
    for (const bool aware : {false, true}) {
      ExcessRateMeter ours({bits(kCommittedTicks), kCommittedDepth}, {bits(kOtherTicks), kOtherDepth}, ~0U, start, kHz);
      rte_meter_trtcm_rfc4115_profile profile{kCommittedDepth, kOtherDepth, kCommittedTicks, 1, kOtherTicks, 1};
      rte_meter_trtcm_rfc4115 theirs{0, 0, kCommittedDepth, kOtherDepth};
      offer(3, aware, [&](uint32_t bytes, Colour before, uint64_t at) {
        return Both{ours.mark(bytes, before, start + at),
                    aware ? rte_meter_trtcm_rfc4115_color_aware_check(&theirs, &profile, at, bytes, rte(before))
                          : rte_meter_trtcm_rfc4115_color_blind_check(&theirs, &profile, at, bytes)};
      });
    }
}

// 64 kbit/s, a packet of 40 bytes offered each millisecond over ten seconds: green bytes are what the rate brings.
TEST(ColourMeter, LosesNoRemainder) {
  constexpr uint64_t kOddHz = 2'399'999'987;
  for (const uint64_t start : kStarts) {
    SingleRateMeter meter({64'000, 9'216}, 0, 0, start, kOddHz);
    uint64_t green = 0;
    for (uint64_t ms = 1; ms <= 10'000; ++ms)
      if (meter.mark(40, Colour::green, start + ms * kOddHz / 1000) == Colour::green) green += 40;
    EXPECT_LE(green, 80'000U);
    EXPECT_GE(green, 80'000U - 40U);
  }
}

TEST(ColourMeter, GainsNothingFromATimeBeforeTheLast) {
  SingleRateMeter meter({64'000, 9'216}, 0, 100, kHz, kHz);
  EXPECT_EQ(meter.mark(100, Colour::green, kHz), Colour::green);
  EXPECT_EQ(meter.mark(1, Colour::green, kHz - 1), Colour::red);
  EXPECT_EQ(meter.mark(8'001, Colour::green, 2 * kHz), Colour::red);
  EXPECT_EQ(meter.mark(8'000, Colour::green, 2 * kHz), Colour::green);
}

}  // namespace
}  // namespace demarc::dp
