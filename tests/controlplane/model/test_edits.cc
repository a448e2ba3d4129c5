// What edits do when they are right, that undo takes it back exactly, and that the indexes always fit the objects.
#include <gtest/gtest.h>

#include "tests/controlplane/model/refusal.h"

namespace demarc::cp::test {
namespace {

struct GoodEdit {
  const char* description;
  std::function<Status(Edit&, World&)> attempt;
  size_t changes;
};

std::vector<GoodEdit> good_edits() {
  return {
      {"add a tenant", [](Edit& e, World&) { return status_of(e.add_tenant("carol")); }, 1},
      {"suspend a tenant", [](Edit& e, World& w) { return e.set_tenant_suspended(w.acme.tenant.id, true); }, 1},
      {"resume one that is not suspended",
       [](Edit& e, World& w) { return e.set_tenant_suspended(w.acme.tenant.id, false); }, 0},
      {"remove a tenant with everything", [](Edit& e, World& w) { return e.remove_tenant(w.acme.tenant.id, true); },
       11},
      {"add a VRF",
       [](Edit& e, World& w) {
         return status_of(e.add_vrf({.id = {}, .tenant = w.acme.tenant.id, .name = "x", .role = VrfRole::core}));
       },
       1},
      {"remove a VRF", [](Edit& e, World& w) { return e.remove_vrf(w.acme.ims.id); }, 1},
      {"add an attachment",
       [](Edit& e, World& w) {
         return status_of(
             e.add_attachment({{}, w.acme.tenant.id, "x", "p0", kUntagged, w.acme.ims.id, interface("10.1.0.0/31")}));
       },
       1},
      {"remove an attachment", [](Edit& e, World& w) { return e.remove_attachment(w.acme.ran.id); }, 1},
      {"add an endpoint",
       [](Edit& e, World& w) {
         return status_of(e.add_endpoint({{}, w.acme.tenant.id, "x", w.acme.access.id, ip("192.0.2.1")}));
       },
       1},
      {"remove an endpoint and what stands on it",
       [](Edit& e, World& w) {
         Status s = e.remove_session(w.acme.tenant.id, w.acme.session.up_seid);
         return s ? e.remove_endpoint(w.acme.endpoint.id) : s;
       },
       2},
      {"add a pool beside another",
       [](Edit& e, World& w) {
         return status_of(e.add_pool({{}, w.acme.tenant.id, "x", w.acme.internet.id, prefix("10.46.0.0/16")}));
       },
       1},
      {"add the same pool in another VRF",
       [](Edit& e, World& w) {
         return status_of(e.add_pool({{}, w.acme.tenant.id, "x", w.acme.ims.id, prefix("10.45.0.0/16")}));
       },
       1},
      {"remove a pool",
       [](Edit& e, World& w) {
         Status s = e.remove_session(w.acme.tenant.id, w.acme.session.up_seid);
         return s ? e.remove_pool(w.acme.pool.id) : s;
       },
       2},
      {"add a route",
       [](Edit& e, World& w) {
         return status_of(
             e.add_route({{}, w.acme.tenant.id, w.acme.internet.id, prefix("10.20.0.0/16"), via("10.9.0.2")}));
       },
       1},
      {"remove a route", [](Edit& e, World& w) { return e.remove_route(w.acme.route.id); }, 1},
      {"add a session",
       [](Edit& e, World& w) { return status_of(e.add_session(make_session(w.acme, 300, ip("10.45.0.8")))); }, 1},
      {"add a session that drops and names nothing",
       [](Edit& e, World& w) {
         Session s = make_session(w.acme, 300, ip("10.45.0.8"));
         s.fars[0] = {
             .far_id = 1, .apply_action = ApplyAction::drop, .network_instance = {}, .outer_header_creation = {}};
         return status_of(e.add_session(s));
       },
       1},
      {"replace a session, keeping its TEID and UE address",
       [](Edit& e, World& w) {
         Session s = w.acme.session;
         s.qers[0].dl_gate = Gate::closed;
         return status_of(e.replace_session(s));
       },
       1},
      {"replace a session by itself", [](Edit& e, World& w) { return status_of(e.replace_session(w.acme.session)); },
       0},
      {"replace a session by another TEID and give its old one away",
       [](Edit& e, World& w) {
         Session s = make_session(w.acme, 999, ip("10.45.0.9"), w.acme.session.up_seid.value);
         Status status = status_of(e.replace_session(s));
         return status ? status_of(e.add_session(make_session(w.acme, 256, ip("10.45.0.7")))) : status;
       },
       2},
      {"remove a session", [](Edit& e, World& w) { return e.remove_session(w.acme.tenant.id, w.acme.session.up_seid); },
       1},
      {"add a key",
       [](Edit& e, World&) {
         return status_of(e.add_key({0, "x", KeyRole::operator_, {}, std::string(32, 'x')}));
       },
       1},
      {"remove a key", [](Edit& e, World& w) { return e.remove_key(w.ops.id); }, 1},
  };
}

TEST(Edits, AreUndoneExactly) {
  for (const GoodEdit& c : good_edits()) {
    SCOPED_TRACE(c.description);
    World w;
    const Model before = w.model;
    Edit edit = w.begin();
    const Status s = c.attempt(edit, w);
    ASSERT_TRUE(s.has_value()) << s.error().message;
    EXPECT_EQ(edit.changes().size(), c.changes);
    EXPECT_EQ(w.model == before, c.changes == 0);
    EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
    edit.undo();
    EXPECT_TRUE(w.model == before);
    EXPECT_TRUE(edit.changes().empty());
  }
}

TEST(Edits, OneRefusalAfterOthersIsUndoneWithThem) {
  for (const GoodEdit& c : good_edits()) {
    SCOPED_TRACE(c.description);
    World w;
    const Model before = w.model;
    Edit edit = w.begin();
    ASSERT_TRUE(c.attempt(edit, w).has_value());
    EXPECT_FALSE(edit.add_tenant("bravo").has_value());
    edit.undo();
    EXPECT_TRUE(w.model == before);
  }
}

TEST(Edits, AllInARowAndBack) {
  World w;
  const Model before = w.model;
  std::vector<Edit> done;
  for (const GoodEdit& c : good_edits()) {
    Edit edit = w.begin();
    if (c.attempt(edit, w)) {
      done.push_back(std::move(edit));
    } else {
      edit.undo();
    }
    EXPECT_TRUE(w.model.index == rebuilt_index(w.model)) << c.description;
  }
  EXPECT_GT(done.size(), 4u);
  for (auto it = done.rbegin(); it != done.rend(); ++it) it->undo();
  EXPECT_TRUE(w.model == before);
}

TEST(Edits, RemovingATenantLeavesNothingOfIt) {
  World w;
  Edit edit = w.begin();
  ASSERT_TRUE(edit.remove_tenant(w.acme.tenant.id, true).has_value());
  ASSERT_TRUE(edit.remove_tenant(w.bravo.tenant.id, true).has_value());
  ASSERT_TRUE(edit.remove_key(w.ops.id).has_value());
  EXPECT_TRUE(w.model == Model{});
}

TEST(Edits, EachStandsOnTheNext) {
  World w;
  Edit e = w.begin();
  auto refused_by = [](Status s, const char* by) {
    ASSERT_FALSE(s.has_value()) << by;
    EXPECT_NE(s.error().message.find(by), std::string::npos) << s.error().message;
  };
  // The core VRF: attachment, pool, route and session one after the other.
  refused_by(e.remove_vrf(w.acme.internet.id), "attachment wan");
  ASSERT_TRUE(e.remove_route(w.acme.route.id).has_value());
  ASSERT_TRUE(e.remove_attachment(w.acme.wan.id).has_value());
  refused_by(e.remove_vrf(w.acme.internet.id), "UE pool phones");
  // The access VRF.
  ASSERT_TRUE(e.remove_attachment(w.acme.ran.id).has_value());
  refused_by(e.remove_vrf(w.acme.access.id), "GTP-U endpoint n3");
  // A session that names a VRF by nothing but its FAR.
  Session s = w.acme.session;
  s.fars.push_back({.far_id = 3, .network_instance = w.acme.ims.id, .outer_header_creation = {}});
  ASSERT_TRUE(e.replace_session(s).has_value());
  refused_by(e.remove_vrf(w.acme.ims.id), "session 0x1389");
}

TEST(Edits, CapacityOfTheDataPlane) {
  struct Case {
    const char* what;
    uint32_t DataPlaneLimits::*member;
    uint32_t there;
    std::function<Status(Edit&, World&)> add;
  };
  const auto edits = good_edits();
  auto named = [&edits](const char* description) {
    for (const GoodEdit& g : edits)
      if (std::string(g.description) == description) return g.attempt;
    throw std::runtime_error(description);
  };
  const Case cases[] = {
      {"tenants", &DataPlaneLimits::tenants, 2, named("add a tenant")},
      {"VRFs", &DataPlaneLimits::vrfs, 6, named("add a VRF")},
      {"attachments", &DataPlaneLimits::attachments, 4, named("add an attachment")},
      {"GTP-U endpoints", &DataPlaneLimits::gtpu_endpoints, 2, named("add an endpoint")},
      {"routes", &DataPlaneLimits::routes, 2, named("add a route")},
      {"sessions", &DataPlaneLimits::sessions, 2, named("add a session")},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    for (uint32_t room : {0u, 1u}) {
      World w;
      w.limits = DataPlaneLimits{100, 100, 100, 100, 100, 100, {"p0", "p1"}};
      (*w.limits).*c.member = c.there + room;
      Edit e = w.begin();
      const Status s = c.add(e, w);
      EXPECT_EQ(s.has_value(), room == 1);
      if (s) continue;
      EXPECT_EQ(s.error().code, ErrorCode::exhausted);
      EXPECT_NE(s.error().message.find(c.what), std::string::npos) << s.error().message;
    }
  }
}

TEST(Edits, IdsThatRunOut) {
  World w;
  w.counting.ids.next_id = [](size_t) { return 0u; };
  Edit e = w.begin();
  auto t = e.add_tenant("carol");
  ASSERT_FALSE(t.has_value());
  EXPECT_EQ(t.error().code, ErrorCode::exhausted);
}

TEST(Edits, SeidsAreDrawnAgainWhenTaken) {
  World w;
  const uint64_t draws[] = {0, kSeidEnd.value, w.acme.session.up_seid.value, 77};
  size_t n = 0;
  w.counting.ids.random_seid = [&] { return Seid{draws[n++ % 4]}; };
  Edit e = w.begin();
  auto s = e.add_session(make_session(w.acme, 300, ip("10.45.0.8")));
  ASSERT_TRUE(s.has_value()) << s.error().message;
  EXPECT_EQ(s->up_seid, Seid{77});
  w.counting.ids.random_seid = [] { return Seid{77}; };
  auto never = e.add_session(make_session(w.acme, 301, ip("10.45.0.9")));
  ASSERT_FALSE(never.has_value());
  EXPECT_EQ(never.error().code, ErrorCode::internal);
}

// Which SEIDs another tenant uses cannot be told from the answers: they are all free.
TEST(Edits, TwoTenantsUseTheSameSeids) {
  World w;
  Edit e = w.begin();
  const uint64_t theirs = w.bravo.session.up_seid.value;
  ASSERT_TRUE(e.add_session(make_session(w.acme, 300, ip("10.45.0.8"), theirs)).has_value());
  w.counting.ids.random_seid = [&] { return w.acme.session.up_seid; };
  ASSERT_TRUE(e.add_session(make_session(w.bravo, 300, ip("10.45.0.8"))).has_value());
  ASSERT_TRUE(e.remove_session(w.acme.tenant.id, Seid{theirs}).has_value());
  EXPECT_TRUE(w.model.sessions.contains({w.bravo.tenant.id, Seid{theirs}}));
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

TEST(Model, Lookups) {
  World w;
  const Model& m = w.model;
  const TenantId acme = w.acme.tenant.id;
  EXPECT_EQ(m.tenant("acme")->id, acme);
  EXPECT_EQ(m.tenant("nobody"), nullptr);
  EXPECT_EQ(m.vrf(acme, "internet")->id, w.acme.internet.id);
  EXPECT_EQ(m.vrf(w.bravo.tenant.id, "internet")->id, w.bravo.internet.id);
  EXPECT_EQ(m.vrf(TenantId{99}, "internet"), nullptr);
  EXPECT_EQ(m.attachment(acme, "wan")->id, w.acme.wan.id);
  EXPECT_EQ(m.endpoint(acme, "n3")->id, w.acme.endpoint.id);
  EXPECT_EQ(m.pool(acme, "phones")->id, w.acme.pool.id);
  EXPECT_EQ(m.key("ops")->id, w.ops.id);
  EXPECT_EQ(m.key_of_token(w.ops.token_hash)->id, w.ops.id);
  EXPECT_EQ(m.route(w.acme.internet.id, prefix("0.0.0.0/0"))->id, w.acme.route.id);
  EXPECT_EQ(m.attachment_at("p0", kUntagged, VlanId{200})->id, w.bravo.ran.id);
  EXPECT_EQ(m.attachment_holding(w.acme.internet.id, any_ip("10.9.0.77"))->id, w.acme.wan.id);
  EXPECT_EQ(m.attachment_holding(w.acme.internet.id, any_ip("10.9.1.0")), nullptr);
  EXPECT_EQ(m.attachment_holding(w.acme.internet.id, any_ip("10.8.255.255")), nullptr);
  EXPECT_EQ(m.pool_holding(w.bravo.internet.id, prefix("10.45.255.255/32"))->id, w.bravo.pool.id);
  EXPECT_EQ(m.session_at(w.acme.endpoint.id, Teid{256})->up_seid, w.acme.session.up_seid);
  EXPECT_EQ(m.session_at(w.bravo.internet.id, any_ip("10.45.0.7"))->up_seid, w.bravo.session.up_seid);
  EXPECT_EQ(m.vrfs_of(acme).size(), 3u);
  EXPECT_EQ(m.vrfs_of(acme)[0]->name, "ims");
  EXPECT_EQ(m.routes_of(acme).size(), 1u);
  EXPECT_EQ(m.sessions_of(acme).size(), 1u);
  EXPECT_EQ(m.keys_of(acme).size(), 1u);
  EXPECT_TRUE(m.sessions_of(TenantId{99}).empty());
}

// Half a second; a scan for each would make 200 million comparisons and run into the time limit of the test.
TEST(Edits, ManySessions) {
  World w;
  Edit e = w.begin();
  for (uint32_t i = 0; i < 20'000; ++i) {
    auto s = e.add_session(make_session(w.acme, 1000 + 2 * i, Ipv4Address{ip("10.45.1.0").value + i}));
    ASSERT_TRUE(s.has_value()) << s.error().message;
  }
  EXPECT_EQ(w.model.sessions.size(), 20'002u);
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

}  // namespace
}  // namespace demarc::cp::test
