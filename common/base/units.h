// Quantities with their unit in the type. Plain integers inside; no floating point, no hidden conversion.
#pragma once

#include <compare>
#include <cstdint>

namespace demarc {

template <class Tag>
struct Quantity {
  uint64_t value{};
  constexpr Quantity() = default;
  constexpr explicit Quantity(uint64_t v) : value(v) {}
  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator+(Quantity o) const { return Quantity(value + o.value); }
  constexpr Quantity operator-(Quantity o) const { return Quantity(value - o.value); }
  constexpr Quantity& operator+=(Quantity o) {
    value += o.value;
    return *this;
  }
};

using Bytes = Quantity<struct BytesTag>;                  // octets
using Packets = Quantity<struct PacketsTag>;              // packets
using BitsPerSecond = Quantity<struct BitsPerSecondTag>;  // bit/s, 1 kbit = 1000 bit
using Ticks = Quantity<struct TicksTag>;                  // ticks of the TSC
using Nanoseconds = Quantity<struct NanosecondsTag>;      // a length of time, never a date

}  // namespace demarc
