#include <gtest/gtest.h>

#include <vector>

#include "common/base/teid_owner.h"

namespace demarc {
namespace {

struct BitsCase {
  unsigned workers;
  unsigned bits;
  uint32_t mask;
};
constexpr BitsCase kBits[] = {
    {1, 0, 0},          {2, 1, 0x80000000}, {3, 2, 0xc0000000},  {4, 2, 0xc0000000},
    {5, 3, 0xe0000000}, {8, 3, 0xe0000000}, {33, 6, 0xfc000000}, {64, 6, 0xfc000000},
};

TEST(TeidOwner, TakesAsManyUpperBitsAsTheWorkersNeed) {
  for (const BitsCase& c : kBits) {
    EXPECT_EQ(teid_owner_bits(c.workers), c.bits) << c.workers;
    EXPECT_EQ(teid_owner_mask(c.workers), c.mask) << c.workers;
  }
}

TEST(TeidOwner, AnyTeidNamesAWorker) {
  for (unsigned workers = 1; workers <= kWorkersMax; ++workers) {
    std::vector<unsigned> teids_of(workers);
    for (uint32_t upper = 0; upper < 64; ++upper) {
      const WorkerIndex owner = teid_owner(Teid(upper << 26 | 0x155), workers);
      ASSERT_LT(owner.value, workers);
      ++teids_of[owner.value];
    }
    for (const unsigned n : teids_of) EXPECT_GT(n, 0u) << workers;
  }
}

TEST(TeidOwner, WhatIsMadeForAWorkerNamesIt) {
  for (unsigned workers = 1; workers <= kWorkersMax; ++workers) {
    for (unsigned owner = 0; owner < workers; ++owner) {
      const WorkerIndex index(static_cast<uint8_t>(owner));
      for (const uint32_t random : {0u, 1u, 0x12345678u, 0x89abcdefu, 0xffffffffu}) {
        const Teid teid = teid_owned_by(index, Teid(random), workers);
        EXPECT_EQ(teid_owner(teid, workers), index) << workers << " workers, " << random;
        EXPECT_EQ(teid.value & ~teid_owner_mask(workers), random & ~teid_owner_mask(workers));
      }
    }
  }
}

}  // namespace
}  // namespace demarc
