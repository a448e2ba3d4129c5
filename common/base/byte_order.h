// Byte order as a type. A Be32 holds the bytes as they are on the wire; it becomes a number only by `host()`.
// Trivial and of alignment 1 on purpose, so that a wire header made of them can be laid over any byte.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>

namespace demarc {

template <class Rep>
class [[gnu::packed]] BigEndian {
 public:
  constexpr BigEndian() = default;
  // `v` is in host byte order.
  static constexpr BigEndian from_host(Rep v) {
    BigEndian b;
    b.raw_ = swap(v);
    return b;
  }
  // `raw` is as it was read from the wire, without any swap.
  static constexpr BigEndian from_raw(Rep raw) {
    BigEndian b;
    b.raw_ = raw;
    return b;
  }
  constexpr Rep host() const { return swap(raw_); }
  constexpr Rep raw() const { return raw_; }
  constexpr bool operator==(const BigEndian& o) const { return raw_ == o.raw_; }

 private:
  static constexpr Rep swap(Rep v) {
    if constexpr (std::endian::native == std::endian::big) return v;
    if constexpr (sizeof(Rep) == 2) return __builtin_bswap16(v);
    if constexpr (sizeof(Rep) == 4) return __builtin_bswap32(v);
    if constexpr (sizeof(Rep) == 8) return __builtin_bswap64(v);
  }
  Rep raw_ = 0;
};

using Be16 = BigEndian<uint16_t>;
using Be32 = BigEndian<uint32_t>;
using Be64 = BigEndian<uint64_t>;
static_assert(sizeof(Be16) == 2 && alignof(Be16) == 1);
static_assert(sizeof(Be32) == 4 && alignof(Be32) == 1);
static_assert(sizeof(Be64) == 8 && alignof(Be64) == 1);

}  // namespace demarc
