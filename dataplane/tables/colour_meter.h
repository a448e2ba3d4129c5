// Colour meters: the single rate marker of RFC 2697 and the two rate markers of RFC 2698 and RFC 4115, colour-blind and
// colour-aware. Integers over the TSC, no division.
//
// What a bucket holds is counted in bits × TSC ticks a second, 128 bits wide: a tick brings exactly `bits_per_second`
// of that, so no remainder is lost, and nothing overflows whatever the time between two packets, after a year of uptime
// and across the wrap of the TSC. A meter belongs to one worker.
//
// The RFCs start with full buckets. Here the caller says how much is in them, so that a restart need give nothing away.
#pragma once

#include <algorithm>
#include <cstdint>

namespace demarc::dp {

enum class Colour : uint8_t { green = 0, yellow = 1, red = 2 };

struct ColourRate {
  uint64_t bits_per_second = 0;  // at most 400 Gbit/s
  uint64_t depth_bytes = 0;      // at least one largest packet, for that to pass at all; below 2^32
};

class ColourBucket {
 public:
  __extension__ using Credit = unsigned __int128;  // bits × ticks a second

  ColourBucket(const ColourRate& rate, uint64_t first_bytes, uint64_t ticks_per_second)
      : rate_(rate.bits_per_second),
        depth_(bytes(rate.depth_bytes, ticks_per_second)),
        credit_(std::min(bytes(first_bytes, ticks_per_second), depth_)) {}

  static Credit bytes(uint64_t bytes, uint64_t ticks_per_second) { return Credit{bytes} * 8 * ticks_per_second; }

  Credit earned_in(uint64_t ticks) const { return Credit{ticks} * rate_; }
  // What finds no room.
  Credit put(Credit more) {
    const Credit sum = credit_ + more;
    credit_ = std::min(sum, depth_);
    return sum - credit_;
  }
  bool has(Credit packet) const { return credit_ >= packet; }
  void take(Credit packet) { credit_ -= packet; }

 private:
  uint64_t rate_;
  Credit depth_;
  Credit credit_;
};

// The ticks since the last call. A time that is before the last one brings nothing: 2^63 ticks are 60 years at 4.8 GHz.
class ColourClock {
 public:
  explicit ColourClock(uint64_t now_tsc) : last_(now_tsc) {}
  uint64_t advance(uint64_t now_tsc) {
    const uint64_t elapsed = now_tsc - last_;
    if (elapsed >> 63 != 0) return 0;
    last_ = now_tsc;
    return elapsed;
  }

 private:
  uint64_t last_;
};

// RFC 2697: one rate fills the committed bucket, and what that has no room for the excess bucket.
class SingleRateMeter {
 public:
  // `first_bytes` of each bucket are there at the start, as far as its depth goes.
  SingleRateMeter(const ColourRate& committed, uint64_t excess_bytes, uint64_t first_bytes, uint64_t now_tsc,
                  uint64_t ticks_per_second)
      : ticks_(ticks_per_second),
        clock_(now_tsc),
        committed_(committed, first_bytes, ticks_per_second),
        excess_({0, excess_bytes}, first_bytes, ticks_per_second) {}

  // `before`: the colour that the packet came with; green: as a colour-blind meter does.
  Colour mark(uint64_t bytes, Colour before, uint64_t now_tsc) {
    excess_.put(committed_.put(committed_.earned_in(clock_.advance(now_tsc))));
    const auto packet = ColourBucket::bytes(bytes, ticks_);
    if (before == Colour::green && committed_.has(packet)) return committed_.take(packet), Colour::green;
    if (before != Colour::red && excess_.has(packet)) return excess_.take(packet), Colour::yellow;
    return Colour::red;
  }

 private:
  uint64_t ticks_;
  ColourClock clock_;
  ColourBucket committed_;
  ColourBucket excess_;
};

// RFC 2698: what is beyond the peak rate is red; a green packet pays at both rates, a yellow one at the peak alone.
class PeakRateMeter {
 public:
  PeakRateMeter(const ColourRate& committed, const ColourRate& peak, uint64_t first_bytes, uint64_t now_tsc,
                uint64_t ticks_per_second)
      : ticks_(ticks_per_second),
        clock_(now_tsc),
        committed_(committed, first_bytes, ticks_per_second),
        peak_(peak, first_bytes, ticks_per_second) {}

  Colour mark(uint64_t bytes, Colour before, uint64_t now_tsc) {
    const uint64_t elapsed = clock_.advance(now_tsc);
    committed_.put(committed_.earned_in(elapsed));
    peak_.put(peak_.earned_in(elapsed));
    const auto packet = ColourBucket::bytes(bytes, ticks_);
    if (before == Colour::red || !peak_.has(packet)) return Colour::red;
    peak_.take(packet);
    if (before == Colour::yellow || !committed_.has(packet)) return Colour::yellow;
    return committed_.take(packet), Colour::green;
  }

 private:
  uint64_t ticks_;
  ColourClock clock_;
  ColourBucket committed_;
  ColourBucket peak_;
};

// RFC 4115: the two rates are independent; what is beyond the committed one is yellow within the excess rate.
class ExcessRateMeter {
 public:
  ExcessRateMeter(const ColourRate& committed, const ColourRate& excess, uint64_t first_bytes, uint64_t now_tsc,
                  uint64_t ticks_per_second)
      : ticks_(ticks_per_second),
        clock_(now_tsc),
        committed_(committed, first_bytes, ticks_per_second),
        excess_(excess, first_bytes, ticks_per_second) {}

  Colour mark(uint64_t bytes, Colour before, uint64_t now_tsc) {
    const uint64_t elapsed = clock_.advance(now_tsc);
    committed_.put(committed_.earned_in(elapsed));
    excess_.put(excess_.earned_in(elapsed));
    const auto packet = ColourBucket::bytes(bytes, ticks_);
    if (before == Colour::green && committed_.has(packet)) return committed_.take(packet), Colour::green;
    if (before != Colour::red && excess_.has(packet)) return excess_.take(packet), Colour::yellow;
    return Colour::red;
  }

 private:
  uint64_t ticks_;
  ColourClock clock_;
  ColourBucket committed_;
  ColourBucket excess_;
};

}  // namespace demarc::dp
