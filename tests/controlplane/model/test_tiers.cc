// Tiers of tenants: what is refused, what is promised and what is left.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/model/capacity.h"
#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {
namespace {

using ::testing::HasSubstr;

// One worker: 1,000 packets/s and 10 Mbit/s, of which 80 % are for sale.
constexpr TenantShare kShare{.worker = {.packets_per_second = 1'000, .bits_per_second = 10'000'000}};

struct TierWorld : World {
  Edit begin() { return Edit(model, counting.ids, limits, kShare); }
  void connect(uint16_t workers) { limits = DataPlaneLimits{100, 100, 100, 100, 100, 100, {"p0", "p1"}, workers}; }
  // Empty when it was taken, else the sentence.
  std::string set(const TenantObjects& of, const Tier& tier, bool overbook = false) {
    const Model before = model;
    Edit edit = begin();
    const auto done = edit.set_tier(of.tenant.id, tier, overbook);
    if (done) {
      EXPECT_EQ(model.tenants.at(of.tenant.id).tier, tier);
      return "";
    }
    EXPECT_TRUE(edit.changes().empty());
    EXPECT_TRUE(model == before) << "the refusal changed the model";
    return done.error().message;
  }
};

TEST(Tiers, AreSetAndKept) {
  TierWorld w;
  w.connect(4);
  const Tier tier{.weight = 100, .guaranteed_pps = 10, .guaranteed_bps = 64'000, .workers = 0b0110};
  EXPECT_EQ(w.set(w.acme, tier), "");
  EXPECT_EQ(w.model.tenants.at(w.bravo.tenant.id).tier, Tier{});
  ASSERT_TRUE(w.begin().set_tenant(w.acme.tenant.id, {.uplink_bps = 64'000}).has_value());
  ASSERT_TRUE(w.begin().set_tenant_suspended(w.acme.tenant.id, true).has_value());
  EXPECT_EQ(w.model.tenants.at(w.acme.tenant.id).tier, tier) << "rates and suspending leave it";
  Edit again = w.begin();
  ASSERT_TRUE(again.set_tier(w.acme.tenant.id, tier, false).has_value());
  EXPECT_TRUE(again.changes().empty()) << "the same again is no change";
  Edit undone = w.begin();
  ASSERT_TRUE(undone.set_tier(w.acme.tenant.id, {}, false).has_value());
  undone.undo();
  EXPECT_EQ(w.model.tenants.at(w.acme.tenant.id).tier, tier);
  const auto nobody = w.begin().set_tier(TenantId{999}, {}, false);
  ASSERT_FALSE(nobody.has_value());
  EXPECT_EQ(nobody.error().code, ErrorCode::not_found);
}

TEST(Tiers, HaveNames) {
  EXPECT_STREQ(tier_name({}), "shared");
  EXPECT_STREQ(tier_name({.weight = 50}), "shared");
  EXPECT_STREQ(tier_name({.guaranteed_pps = 10}), "reserved");
  EXPECT_STREQ(tier_name({.guaranteed_bps = 64'000}), "reserved");
  EXPECT_STREQ(tier_name({.guaranteed_pps = 10, .workers = 2}), "dedicated");
  EXPECT_EQ(worker_list(0b1010), "1, 3");
  EXPECT_EQ(worker_list(uint64_t{1} << 63), "63");
  EXPECT_EQ(worker_list(0), "");
}

TEST(Tiers, OutOfRangeAreRefusedInWords) {
  const std::pair<Tier, const char*> cases[] = {
      {{.weight = 0}, "tenant acme: weight 0: must be from 1 to 100"},
      {{.weight = 101}, "weight 101"},
      {{.guaranteed_pps = 9}, "guarantee of 9 packets/s: must be from 10 to 1000000000, or 0 for no guarantee"},
      {{.guaranteed_pps = 1'000'000'001}, "guarantee of 1000000001 packets/s: must be"},
      {{.guaranteed_bps = 63'999}, "guarantee of 63999 bit/s: must be from 64000 to 400000000000, or 0"},
      {{.guaranteed_bps = 400'000'000'001}, "guarantee of 400000000001 bit/s: must be"},
      {{.workers = 0b1000}, "tenant acme: worker 3: the data plane has 3 workers, numbered from 0"},
      {{.workers = uint64_t{1} << 63}, "worker 63: the data plane has 3 workers"},
      {{.workers = 0b0010}, "worker 1 is tenant bravo's alone; a worker belongs to one tenant"},
      {{.workers = 0b0101}, "with worker 0, 2 its own, no worker would be left for those that share"},
  };
  TierWorld w;
  w.connect(3);
  ASSERT_EQ(w.set(w.bravo, {.workers = 0b0010}), "");
  for (const auto& [tier, sentence] : cases) {
    EXPECT_THAT(w.set(w.acme, tier), HasSubstr(sentence));
    EXPECT_THAT(w.set(w.acme, tier, true), HasSubstr(sentence)) << "overbooking is for guarantees alone";
  }
}

TEST(Tiers, MoreThanThereIsIsRefusedWithTheFigures) {
  TierWorld w;
  w.connect(2);  // for sale: 1,600 packets/s, 16 Mbit/s
  ASSERT_EQ(w.set(w.bravo, {.guaranteed_pps = 1'000, .guaranteed_bps = 1'000'000}), "");
  EXPECT_EQ(
      w.set(w.acme, {.guaranteed_pps = 601}),
      "tenant acme: guarantee of 601 packets/s: of 1600 for sale (80 % of 2 shared workers) 600 are left; overbook "
      "promises more than there is");
  EXPECT_THAT(
      w.set(w.acme, {.guaranteed_bps = 15'000'001}),
      HasSubstr("guarantee of 15000001 bit/s: of 16000000 for sale (80 % of 2 shared workers) 15000000 are left"));
  EXPECT_EQ(w.set(w.acme, {.guaranteed_pps = 600, .guaranteed_bps = 15'000'000}), "") << "exactly what is left";
  CapacityBook book = w.begin().capacity();
  EXPECT_EQ(book.sold, (Guarantee{1'600, 16'000'000}));
  EXPECT_EQ(book.left(), (Guarantee{0, 0}));
  EXPECT_FALSE(book.overbooked());
  // A worker of its own makes what is for sale less, but its guarantee is no part of what is sold any more.
  EXPECT_EQ(
      w.set(w.bravo, {.guaranteed_pps = 1'000, .guaranteed_bps = 1'000'000, .workers = 2}),
      "tenant bravo: with worker 1 its own, 8000000 bit/s are for sale (80 % of 1 shared worker), and 15000000 are "
      "sold; overbook promises more than there is");
  ASSERT_EQ(w.set(w.acme, {.guaranteed_pps = 600}), "");
  ASSERT_EQ(w.set(w.bravo, {.guaranteed_pps = 1'000, .guaranteed_bps = 1'000'000, .workers = 2}), "");
  book = w.begin().capacity();
  EXPECT_EQ(book.shared, 1u);
  EXPECT_EQ(book.for_sale, (Guarantee{800, 8'000'000}));
  EXPECT_EQ(book.sold, (Guarantee{600, 0}));
  EXPECT_EQ(book.left(), (Guarantee{200, 8'000'000}));
  // All of its own worker is its, and no more.
  EXPECT_THAT(w.set(w.bravo, {.guaranteed_pps = 1'001, .workers = 2}),
              HasSubstr("guarantee of 1001 packets/s is more than its own worker 1 can do: 1000 packets/s"));
  EXPECT_THAT(w.set(w.bravo, {.guaranteed_bps = 10'000'001, .workers = 2}), HasSubstr("10000000 bit/s"));
  // Back among those that share: with its worker there is room for its guarantee, too.
  ASSERT_EQ(w.set(w.bravo, {.guaranteed_pps = 1'000}), "");
  ASSERT_TRUE(w.begin().remove_tenant(w.bravo.tenant.id, true).has_value());
  EXPECT_EQ(w.begin().capacity().sold, (Guarantee{600, 0}));
}

TEST(Tiers, OverbookedOnPurposeTheyMayStay) {
  TierWorld w;
  w.connect(1);
  EXPECT_THAT(w.set(w.acme, {.guaranteed_pps = 801}), HasSubstr("80 % of 1 shared worker)"));
  EXPECT_EQ(w.set(w.acme, {.guaranteed_pps = 2'000}, true), "");
  EXPECT_TRUE(w.begin().capacity().overbooked());
  EXPECT_EQ(w.begin().capacity().left().pps, 0u);
  EXPECT_EQ(w.set(w.acme, {.weight = 20, .guaranteed_pps = 2'000}), "") << "no more than before";
  EXPECT_EQ(w.set(w.acme, {.guaranteed_pps = 1'999}), "") << "less than before";
  EXPECT_THAT(w.set(w.acme, {.guaranteed_pps = 2'000}), HasSubstr("800 are left")) << "what the others leave it";
  EXPECT_THAT(w.set(w.bravo, {.guaranteed_pps = 10}), HasSubstr("0 are left"));
  EXPECT_EQ(w.set(w.bravo, {.guaranteed_bps = 64'000}), "") << "of bits there is enough";
  EXPECT_EQ(w.set(w.bravo, {.weight = 3, .guaranteed_bps = 64'000}), "");
  EXPECT_EQ(w.set(w.acme, {.guaranteed_pps = 800}), "");
  EXPECT_FALSE(w.begin().capacity().overbooked());
}

TEST(Tiers, WithoutADataPlaneThereIsOneWorker) {
  TierWorld w;
  const CapacityBook book = w.begin().capacity();
  EXPECT_FALSE(book.workers_known);
  EXPECT_EQ(book.for_sale, (Guarantee{800, 8'000'000}));
  EXPECT_THAT(w.set(w.acme, {.guaranteed_pps = 801}), HasSubstr("assumed while no data plane has been connected"));
  EXPECT_EQ(w.set(w.acme, {.workers = 0b1000}), "") << "nobody has said that it is not there";
  EXPECT_EQ(w.set(w.bravo, {.guaranteed_pps = 800}), "");
  // It comes with fewer workers than a tenant was given: what is stays, only more is refused.
  w.connect(2);
  EXPECT_EQ(w.set(w.acme, {.weight = 5, .workers = 0b1000}), "");
  EXPECT_THAT(w.set(w.acme, {.workers = 0b1100}), HasSubstr("worker 2: the data plane has 2 workers"));
  w.connect(200);  // more than there can be
  EXPECT_EQ(w.begin().capacity().workers, 64u);
  EXPECT_EQ(w.begin().capacity().shared_workers(), 63u);
}

}  // namespace
}  // namespace demarc::cp::test
