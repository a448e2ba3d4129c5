// SDF filters and sets of QFIs of sessions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

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

}  // namespace
}  // namespace demarc::cp::test
