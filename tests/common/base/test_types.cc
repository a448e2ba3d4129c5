// Byte order, ids, quantities, clocks: what the types promise, at compile time where they can.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <type_traits>
#include <unordered_set>

#include "common/base/byte_order.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/units.h"

namespace demarc {
namespace {

template <class Big>
std::string bytes_of(const Big& b) {
  std::string bytes(sizeof b, '\0');
  std::memcpy(bytes.data(), &b, sizeof b);
  return bytes;
}

TEST(BigEndian, HasItsBytesAsOnTheWire) {
  EXPECT_EQ(bytes_of(Be16::from_host(0x0102)), std::string("\x01\x02", 2));
  EXPECT_EQ(bytes_of(Be32::from_host(0x01020304)), std::string("\x01\x02\x03\x04", 4));
  EXPECT_EQ(bytes_of(Be64::from_host(0x0102030405060708)), std::string("\x01\x02\x03\x04\x05\x06\x07\x08", 8));
}

TEST(BigEndian, ComesBackAsTheNumberItWas) {
  static_assert(Be16::from_host(0xfffe).host() == 0xfffe);
  static_assert(Be32::from_host(0x80000001).host() == 0x80000001);
  static_assert(Be64::from_host(0x8000000000000001).host() == 0x8000000000000001);
  static_assert(Be32::from_raw(Be32::from_host(77).raw()) == Be32::from_host(77));
  static_assert(Be32{}.host() == 0);
  EXPECT_FALSE(Be16::from_host(0x0100) == Be16::from_host(0x0001));
}

TEST(BigEndian, MayLieOverAnyByte) {
  static_assert(std::is_trivially_copyable_v<Be32>);
  struct Header {
    uint8_t flags;
    Be16 length;
    Be32 teid;
  };
  static_assert(sizeof(Header) == 7);
  const unsigned char wire[] = {0xff, 0x30, 0x00, 0x10, 0xde, 0xad, 0xbe, 0xef};
  Header h;
  std::memcpy(&h, wire + 1, sizeof h);
  EXPECT_EQ(h.length.host(), 16);
  EXPECT_EQ(h.teid.host(), 0xdeadbeefu);
}

TEST(BigEndian, IsNoNumberByAccident) {
  static_assert(!std::is_convertible_v<uint32_t, Be32>);
  static_assert(!std::is_convertible_v<Be32, uint32_t>);
  static_assert(!std::is_convertible_v<Be16, Be32>);
}

template <class A, class B>
concept Comparable = requires(A a, B b) {
  a == b;
};

TEST(Id, DoesNotMixWithAnotherKindOrANumber) {
  static_assert(!std::is_convertible_v<uint32_t, Teid>);
  static_assert(!std::is_convertible_v<Teid, uint32_t>);
  static_assert(!std::is_convertible_v<VrfId, TenantId>);
  static_assert(!std::is_constructible_v<VrfSlot, AttachmentSlot>);
  static_assert(!Comparable<VrfId, TenantId>);
  static_assert(!Comparable<Teid, uint32_t>);
  static_assert(Comparable<Teid, Teid>);
  static_assert(sizeof(Teid) == 4 && sizeof(Seid) == 8 && sizeof(VlanId) == 2 && sizeof(TenantSlot) == 2);
}

TEST(Id, ComparesAndHashesByValue) {
  EXPECT_LT(Teid{1}, Teid{2});
  EXPECT_EQ(Teid{}, Teid{0});
  const std::unordered_set<Teid> set{Teid{1}, Teid{1}, Teid{2}};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_TRUE(set.contains(Teid{2}));
}

TEST(Quantity, AddsWithinItsUnitOnly) {
  Bytes b{1000};
  b += Bytes{24};
  EXPECT_EQ(b + Bytes{1} - Bytes{25}, Bytes{1000});
  EXPECT_GT(Bytes{2}, Bytes{1});
  static_assert(!std::is_convertible_v<uint64_t, Bytes>);
  static_assert(!Comparable<Bytes, Packets>);
}

TEST(Clock, TheSystemsGoesOnAndTheManualOneObeys) {
  const SystemClock system;
  const uint64_t before = system.monotonic_ns();
  EXPECT_GE(system.monotonic_ns(), before);
  EXPECT_GT(system.wall_ns(), uint64_t{1'600'000'000'000'000'000});
  ManualClock manual;
  manual.now_ns = 42;
  EXPECT_EQ(manual.monotonic_ns(), 42u);
  manual.now_ns = 7;
  EXPECT_EQ(manual.wall_ns(), 7u);
}

}  // namespace
}  // namespace demarc
