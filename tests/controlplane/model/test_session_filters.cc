// SDF filters, sets of QFIs and drawn TEIDs of sessions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "common/base/teid_owner.h"
#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {
namespace {

using ::testing::HasSubstr;

SdfFilter filter(const char* text) { return parse_flow_description(text).value(); }

TEST(SessionFilters, RefusedInWords) {
  struct Case {
    const char* named;
    std::function<void(Session&)> change;
  };
  const Case cases[] = {
      {"PDR 1: has QFI 9 and a set", [](Session& s) { s.pdrs[0].qfis = {1}; }},
      {"PDR 1: QFI 64",
       [](Session& s) {
         s.pdrs[0].qfi.reset();
         s.pdrs[0].qfis = {64};
       }},
      {"PDR 1: QFI 5 is there twice",
       [](Session& s) {
         s.pdrs[0].qfi.reset();
         s.pdrs[0].qfis = {5, 6, 5};
       }},
      {"PDR 2: has a set of QFIs", [](Session& s) { s.pdrs[1].qfis = {1}; }},
      {"PDR 2: has 17 SDF filters", [](Session& s) { s.pdrs[1].sdf_filters.resize(17); }},
      {"PDR 2: SDF filter: ToS 1",
       [](Session& s) {
         s.pdrs[1].sdf_filters.resize(1);
         s.pdrs[1].sdf_filters[0].tos = 1;
       }},
  };
  for (const Case& c : cases) {
    World w;
    Session s = make_session(w.acme, 300, ip("10.45.0.8"));
    c.change(s);
    const auto added = w.begin().add_session(s);
    ASSERT_FALSE(added) << c.named;
    EXPECT_THAT(added.error().message, HasSubstr(c.named));
  }
}

TEST(SessionFilters, SixtyFourRulesOfSixteenFiltersAreTaken) {
  World w;
  Session s = make_session(w.acme, 300, ip("10.45.0.8"));
  const Pdr one = s.pdrs[1];
  while (s.pdrs.size() < 64) {
    s.pdrs.push_back(one);
    s.pdrs.back().pdr_id = static_cast<uint16_t>(s.pdrs.size());
    s.pdrs.back().sdf_filters.assign(16, filter("permit out 17 from 10.0.0.0/8 53 to assigned"));
  }
  Edit e = w.begin();
  const auto added = e.add_session(s);
  EXPECT_TRUE(added) << added.error().message;
}

// ---- TEIDs ----

Session wants_teid(const World& w, const char* ue) {
  Session s = make_session(w.acme, 300, ip(ue));
  s.pdrs[0].local_f_teid->teid = Teid{};
  return s;
}
Teid teid_of(const Session& s) { return s.pdrs[0].local_f_teid->teid; }

struct Draws {
  std::vector<uint32_t> next;  // taken from the end; then 1, 2, 3 ...
  uint32_t last = 0;
  Teid operator()() {
    if (next.empty()) return Teid{++last};
    const Teid t{next.back()};
    next.pop_back();
    return t;
  }
};

TEST(DrawnTeids, AreFreeAndNotZeroAndNotJustReleased) {
  World w;
  Draws draws;
  w.counting.ids.random_teid = [&draws] { return draws(); };
  Edit e = w.begin();
  const Teid taken = teid_of(w.acme.session);
  draws.next = {7, 0, taken.value, 1};  // the first is the owner's draw
  const auto first = e.add_session(wants_teid(w, "10.45.0.8"));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(teid_of(*first), Teid{7});
  ASSERT_TRUE(e.remove_session(w.acme.tenant.id, first->up_seid));
  draws.next = {8, 7, 1};
  const auto second = e.add_session(wants_teid(w, "10.45.0.9"));
  ASSERT_TRUE(second);
  EXPECT_EQ(teid_of(*second), Teid{8}) << "7 was released a moment ago";
  Session given = make_session(w.acme, 7, ip("10.45.0.10"));
  EXPECT_TRUE(e.add_session(given)) << "one that is given is the giver's business";
}

TEST(DrawnTeids, StayWhenTheSessionIsReplaced) {
  World w;
  Draws draws;
  w.counting.ids.random_teid = [&draws] { return draws(); };
  Edit e = w.begin();
  const auto added = e.add_session(wants_teid(w, "10.45.0.8"));
  ASSERT_TRUE(added);
  Session anew = wants_teid(w, "10.45.0.8");
  anew.up_seid = added->up_seid;
  anew.pdrs[0].precedence = 7;
  const auto replaced = e.replace_session(anew);
  ASSERT_TRUE(replaced) << replaced.error().message;
  EXPECT_EQ(teid_of(*replaced), teid_of(*added));
}

TEST(DrawnTeids, NameAWorkerInTheirUpperBits) {
  World w;
  w.limits = DataPlaneLimits{100, 100, 100, 100, 100, 1000, {w.acme.ran.port, w.acme.wan.port}, 3};
  Draws draws;
  w.counting.ids.random_teid = [&draws] { return draws(); };
  std::set<uint8_t> owners;
  Edit e = w.begin();
  for (int n = 20; n < 40; ++n) {
    const auto added = e.add_session(wants_teid(w, ("10.45.0." + std::to_string(n)).c_str()));
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_LT(teid_of(*added).value >> 30, 3u);
    owners.insert(teid_owner(teid_of(*added), 3).value);
  }
  EXPECT_EQ(owners.size(), 3u);
}

TEST(ReleasedTeids, AreHeldForAMinuteAndForgotten) {
  ReleasedTeids released;
  const auto start = ReleasedTeids::Clock::time_point{};
  const ReleasedTeids::FTeidKey key{GtpuEndpointId{1}, Teid{2}};
  released.release(key, start);
  EXPECT_TRUE(released.held(key, start + std::chrono::seconds(59)));
  EXPECT_FALSE(released.held(key, start + std::chrono::seconds(60)));
  EXPECT_FALSE(released.held({GtpuEndpointId{1}, Teid{3}}, start));
  released.release(key, start + std::chrono::seconds(30));
  EXPECT_TRUE(released.held(key, start + std::chrono::seconds(89)));
  released.release({GtpuEndpointId{1}, Teid{4}}, start + std::chrono::seconds(80));
  EXPECT_TRUE(released.held(key, start + std::chrono::seconds(89))) << "its second release counts";
  released.release({GtpuEndpointId{1}, Teid{5}}, start + std::chrono::seconds(200));
  EXPECT_EQ(released.size(), 1u);
}

}  // namespace
}  // namespace demarc::cp::test
