#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/controlplane/store/stored_world.h"
#include "tests/controlplane/store/temp_dir.h"

namespace demarc::cp::test {
namespace {

TEST(Store, KeepsEveryKindOfObject) {
  TempDir dir;
  Model written;
  {
    auto store = must_open(dir / "db");
    written = StoredWorld(*store).model;
    EXPECT_TRUE(store->load().value() == written) << "before reopening";
  }
  EXPECT_TRUE(must_open(dir / "db")->load().value() == written) << "after reopening";
}

TEST(Store, KeepsChangesAndRemovals) {
  TempDir dir;
  Model after;
  {
    auto store = must_open(dir / "db");
    StoredWorld w(*store);
    Edit e = w.begin();
    ASSERT_TRUE(e.set_tenant_suspended(w.acme.tenant.id, true).has_value());
    Session s = w.acme.session;
    s.qers[0].dl_gate = Gate::closed;
    s.qers[0].mbr = {1'000'000, 2'000'000};
    s.ambr = {.downlink_pps = 5'000};
    const Rates rates{64'000, 400'000'000'000, 10, 1'000'000'000, 1'000};
    ASSERT_TRUE(e.set_tenant(w.acme.tenant.id, rates).has_value());
    const Tier tier{.weight = 100, .guaranteed_pps = 11, .guaranteed_bps = 64'001, .workers = uint64_t{1} << 63 | 2};
    ASSERT_TRUE(e.set_tier(w.acme.tenant.id, tier, false).has_value());
    VrfOptions options;
    options.rates = rates;
    ASSERT_TRUE(e.set_vrf(w.acme.internet.id, options).has_value());
    s.fars[0].apply_action = ApplyAction::drop;
    ASSERT_TRUE(e.replace_session(s).has_value());
    ASSERT_TRUE(e.remove_route(w.acme.route.id).has_value());
    ASSERT_TRUE(e.remove_attachment(w.acme.wan.id).has_value());
    ASSERT_TRUE(e.remove_vrf(w.acme.ims.id).has_value());
    ASSERT_TRUE(e.remove_key(w.ops.id).has_value());
    ASSERT_TRUE(e.remove_tenant(w.bravo.tenant.id, true).has_value());
    ASSERT_TRUE(write_all(*store, e.changes()).has_value());
    after = w.model;
  }
  EXPECT_TRUE(must_open(dir / "db")->load().value() == after);
}

// Each kind, what is NULL too; what is changed, what is unset, and what goes with its tenant.
TEST(Store, KeepsQuotasOfOneTenant) {
  TempDir dir;
  Model after;
  {
    auto store = must_open(dir / "db");
    StoredWorld w(*store);
    w.limits = DataPlaneLimits{1000, 1000, 1000, 1000, 1000, 1000, {"p0", "p1"}};
    const TenantId acme = w.acme.tenant.id, bravo = w.bravo.tenant.id;
    Edit e = w.begin();
    for (size_t n = 0; n < kQuotaKinds; ++n)
      ASSERT_TRUE(e.set_quota(acme, static_cast<Shared>(n), 7, {}).has_value()) << n;
    ASSERT_TRUE(e.set_quota(acme, Shared::sessions, 500, 400).has_value());
    ASSERT_TRUE(e.set_quota(acme, Shared::routes, {}, 3).has_value());
    ASSERT_TRUE(e.unset_quota(acme, Shared::vrfs).has_value());
    ASSERT_TRUE(e.set_quota(bravo, Shared::routes, {}, 0).has_value());
    ASSERT_TRUE(e.set_quota(bravo, Shared::vrfs, 0, {}).has_value());
    const Status written = write_all(*store, e.changes());
    ASSERT_TRUE(written.has_value()) << written.error().message;
    EXPECT_TRUE(store->load().value() == w.model);
    EXPECT_EQ(w.model.entry_quotas.size(), kQuotaKinds - 1 + 2);
    Edit removal = w.begin();
    ASSERT_TRUE(removal.remove_tenant(acme, true).has_value());
    ASSERT_TRUE(write_all(*store, removal.changes()).has_value());
    after = w.model;
    EXPECT_EQ(after.entry_quotas.size(), 2u);
  }
  EXPECT_TRUE(must_open(dir / "db")->load().value() == after);
}

TEST(Store, RefusesAQuotaOfNoKind) {
  TempDir dir;
  { StoredWorld w(*must_open(dir / "db")); }
  SQLite::Database(dir / "db", SQLite::OPEN_READWRITE).exec("INSERT INTO entry_quotas VALUES (1, 'bananas', 1, NULL)");
  const auto model = must_open(dir / "db")->load();
  ASSERT_FALSE(model.has_value());
  EXPECT_NE(model.error().message.find("bananas of tenant 1 in table entry_quotas"), std::string::npos)
      << model.error().message;
}

// Those of a session that was removed and of one that has another now; not those that are still in use.
TEST(Store, KeepsReleasedTeidsFromBeingDrawn) {
  TempDir dir;
  GtpuEndpointId endpoint;
  {
    auto store = must_open(dir / "db");
    StoredWorld w(*store);
    endpoint = w.acme.endpoint.id;
    Edit e = w.begin();
    ASSERT_TRUE(e.add_session(make_session(w.acme, 300, ip("10.45.0.8"), 777)).has_value());
    ASSERT_TRUE(e.add_session(make_session(w.acme, 400, ip("10.45.0.9"), 778)).has_value());
    ASSERT_TRUE(e.replace_session(make_session(w.acme, 301, ip("10.45.0.8"), 777)).has_value());
    ASSERT_TRUE(e.remove_session(w.acme.tenant.id, Seid{778}).has_value());
    ASSERT_TRUE(write_all(*store, e.changes()).has_value());
  }
  const Model model = must_open(dir / "db")->load().value();
  const auto now = ReleasedTeids::Clock::now();
  EXPECT_TRUE(model.released_teids.held({endpoint, Teid{300}}, now));
  EXPECT_TRUE(model.released_teids.held({endpoint, Teid{400}}, now));
  EXPECT_FALSE(model.released_teids.held({endpoint, Teid{301}}, now));
  EXPECT_FALSE(model.released_teids.held({endpoint, Teid{256}}, now));
  EXPECT_FALSE(model.released_teids.held({endpoint, Teid{300}}, now + ReleasedTeids::kHeld));
}

// Found, replaced and removed by both: the other tenant's session with the same SEID stays as it is.
TEST(Store, KeepsSessionsOfTwoTenantsUnderOneSeid) {
  TempDir dir;
  Model after;
  {
    auto store = must_open(dir / "db");
    StoredWorld w(*store);
    Edit e = w.begin();
    ASSERT_TRUE(e.add_session(make_session(w.acme, 300, ip("10.45.0.8"), 777)).has_value());
    ASSERT_TRUE(e.add_session(make_session(w.bravo, 300, ip("10.45.0.8"), 777)).has_value());
    ASSERT_TRUE(e.replace_session(make_session(w.acme, 301, ip("10.45.0.9"), 777)).has_value());
    ASSERT_TRUE(e.add_session(make_session(w.acme, 300, ip("10.45.0.8"), 778)).has_value());
    ASSERT_TRUE(e.add_session(make_session(w.bravo, 301, ip("10.45.0.9"), 778)).has_value());
    ASSERT_TRUE(e.remove_session(w.bravo.tenant.id, Seid{778}).has_value());
    const Status s = write_all(*store, e.changes());
    ASSERT_TRUE(s.has_value()) << s.error().message;
    after = w.model;
    EXPECT_EQ(after.sessions.size(), 5u);
  }
  EXPECT_TRUE(must_open(dir / "db")->load().value() == after);
}

TEST(Store, GivesNoIdTwice) {
  TempDir dir;
  std::array<uint32_t, kObjectKinds> last{};
  {
    auto store = must_open(dir / "db");
    EXPECT_EQ(store->last_ids().value(), last) << "new";
    StoredWorld w(*store);
    last = store->last_ids().value();
    EXPECT_EQ(last[object_kind<Tenant>], 2u);
    EXPECT_EQ(last[object_kind<Vrf>], 6u);
    EXPECT_EQ(last[object_kind<Session>], 0u);
    Edit e = w.begin();
    ASSERT_TRUE(e.remove_tenant(w.bravo.tenant.id, true).has_value());
    ASSERT_TRUE(write_all(*store, e.changes()).has_value());
  }
  EXPECT_EQ(must_open(dir / "db")->last_ids().value(), last) << "the removed ones count on";
}

TEST(Store, ARefusedWriteLeavesTheOthersOfItsTransaction) {
  TempDir dir;
  auto store = must_open(dir / "db");
  const Tenant a{TenantId{1}, "a"}, b{TenantId{2}, "b"};
  ASSERT_TRUE(store->begin().has_value());
  ASSERT_TRUE(store->write(std::vector<Change>{{{}, a}}).has_value());
  // A row of its own first, then one whose name is taken: neither is kept.
  const Status refused = store->write(std::vector<Change>{{{}, b}, {{}, Tenant{TenantId{3}, "a"}}});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::internal);
  EXPECT_NE(refused.error().message.find("tenants.name"), std::string::npos) << refused.error().message;
  EXPECT_TRUE(store->in_transaction());
  ASSERT_TRUE(store->commit().has_value());
  Model expected;
  expected.put(a);
  EXPECT_TRUE(store->load().value() == expected);
}

TEST(Store, KeepsIpv6NextHopsAndOptions) {
  TempDir dir;
  Model expected;
  {
    auto store = must_open(dir / "db");
    StoredWorld w(*store);
    Edit e = w.begin();
    const TenantId acme = w.acme.tenant.id;
    const auto wan = e.add_attachment({{},
                                       acme,
                                       "wan6",
                                       "p1",
                                       VlanId{7},
                                       w.acme.internet.id,
                                       {},
                                       interface6("2001:db8:9::1/64"),
                                       VlanId{500},
                                       {9000, false}})
                         .value();
    e.add_endpoint({{}, acme, "n3-6", w.acme.access.id, ip("10.1.0.6"), ip6("2001:db8:1::1"), {PeerPolicy::any, true}})
        .value();
    e.add_pool({{}, acme, "ues6", w.acme.internet.id, prefix("2001:db8:100::/48")}).value();
    e.add_route(
         {{}, acme, w.acme.internet.id, prefix("::/0"), {{any_ip("2001:db8:9::2"), {}}, {any_ip("fe80::1"), wan.id}}})
        .value();
    e.set_vrf(w.acme.internet.id, {1400, 1360, true, HeaderPolicy::pass, HeaderPolicy::drop}).value();
    e.set_vrf(w.acme.ims.id, {0, 0, false, HeaderPolicy::drop, HeaderPolicy::pass}).value();
    e.set_attachment(w.acme.wan.id, {1400, true}).value();
    e.set_endpoint(w.acme.endpoint.id, {PeerPolicy::learn, false}).value();
    Session s = make_session(w.acme, 900, ip("10.45.0.9"));
    for (Pdr& pdr : s.pdrs) pdr.ue_ipv6 = prefix6("2001:db8:100:9::/64");
    e.add_session(s).value();
    const Status written = write_all(*store, e.changes());
    ASSERT_TRUE(written.has_value()) << written.error().message;
    expected = w.model;
  }
  EXPECT_TRUE(must_open(dir / "db")->load().value() == expected);
}

TEST(Store, RefusesWhatIsNotThereAndWhatIsNeverChanged) {
  TempDir dir;
  auto store = must_open(dir / "db");
  const StoredWorld w(*store);
  UePool pool = w.acme.pool;
  pool.name = "other";
  const std::vector<Change> wrong[] = {
      {{Tenant{TenantId{99}, "x"}, std::nullopt}},                     // removed, not there
      {{Tenant{TenantId{99}, "x"}, Tenant{TenantId{99}, "x", true}}},  // changed, not there
      {{w.acme.pool, pool}},                                           // pools are never changed
  };
  for (const auto& changes : wrong) {
    const Status s = write_all(*store, changes);
    ASSERT_FALSE(s.has_value());
    EXPECT_EQ(s.error().code, ErrorCode::internal);
  }
  EXPECT_TRUE(store->load().value() == w.model);
}

// Whatever the program does, no row of one tenant refers to a VRF of another.
TEST(Store, TheSchemaItselfKeepsTenantsApart) {
  TempDir dir;
  auto store = must_open(dir / "db");
  const StoredWorld w(*store);
  const TenantId acme = w.acme.tenant.id;
  const VrfId theirs = w.bravo.access.id;
  const Object wrong[] = {
      Attachment{AttachmentId{50}, acme, "x", "p9", VlanId{9}, theirs, interface("10.7.0.1/24")},
      GtpuEndpoint{GtpuEndpointId{50}, acme, "x", theirs, ip("10.7.0.1")},
      UePool{UePoolId{50}, acme, "x", theirs, prefix("10.7.0.0/24")},
      Route{RouteId{50}, acme, theirs, prefix("10.7.0.0/24"), via("10.1.0.2")},
      Vrf{VrfId{50}, TenantId{99}, "x", VrfRole::core},
  };
  for (const Object& object : wrong) {
    const Status s = write_all(*store, {{{}, object}});
    ASSERT_FALSE(s.has_value()) << "kind " << object.index();
    EXPECT_NE(s.error().message.find("FOREIGN KEY"), std::string::npos) << s.error().message;
  }
  EXPECT_TRUE(store->load().value() == w.model);
}

TEST(Store, TheFileIsForUsAlone) {
  TempDir dir;
  auto store = must_open(dir / "db");
  const StoredWorld w(*store);
  for (const auto& file : std::filesystem::directory_iterator(dir.path())) {
    struct stat st {};
    ASSERT_EQ(::stat(file.path().c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777, 0600u) << file.path();
  }
  // Nor can another program write behind our back while we run.
  SQLite::Database other(dir / "db", SQLite::OPEN_READWRITE);
  EXPECT_THROW(other.exec("DELETE FROM sessions"), SQLite::Exception);
}

// Spoils the file with SQL while it is closed, then loads.
Status load_spoilt(const char* sql) {
  TempDir dir;
  {
    auto store = must_open(dir / "db");
    StoredWorld w(*store);
  }
  {
    SQLite::Database db(dir / "db", SQLite::OPEN_READWRITE);
    db.exec("PRAGMA foreign_keys = OFF");
    db.exec("PRAGMA ignore_check_constraints = ON");
    db.exec(sql);
  }
  auto store = Store::open(dir / "db");
  if (!store) return tl::unexpected(store.error());
  auto model = (*store)->load();
  if (!model) return tl::unexpected(model.error());
  return {};
}

TEST(Store, SaysWhichRowIsDamaged) {
  struct Case {
    const char* sql;
    const char* words;
  };
  const Case cases[] = {
      {"UPDATE sessions SET rules = '{}' WHERE up_seid = 5001", "row 5001 of tenant 1 in table sessions"},
      {"UPDATE sessions SET rules = 'x' WHERE up_seid = 5001", "sessions"},
      {"UPDATE sessions SET rules = replace(rules, 'p,1,100,a,1,1,', 'p,1,100,a,1,9,') WHERE up_seid = 5001",
       "far_id 9"},
      {"UPDATE sessions SET rules = (SELECT rules FROM sessions WHERE up_seid = 5002) WHERE up_seid = 5001",
       "row 5001 of tenant 1 in table sessions"},
      {"UPDATE attachments SET address = '10.1.0/24' WHERE id = 1", "row 1 in table attachments"},
      {"UPDATE gtpu_endpoints SET address = 'here' WHERE id = 2", "row 2 in table gtpu_endpoints"},
      {"UPDATE ue_pools SET prefix = '10.45.0.1/16' WHERE id = 1", "row 1 in table ue_pools"},
      {"UPDATE routes SET next_hops = '' WHERE id = 1", "row 1 in table routes"},
      {"UPDATE routes SET next_hops = '10.9.0.2%0' WHERE id = 1", "row 1 in table routes"},
      {"UPDATE attachments SET ipv6 = '2001:db8::/200' WHERE id = 1", "row 1 in table attachments"},
      {"UPDATE gtpu_endpoints SET ipv6 = '::g' WHERE id = 1", "row 1 in table gtpu_endpoints"},
      {"DELETE FROM tenants WHERE id = 1", "refers to nothing"},
  };
  EXPECT_TRUE(load_spoilt("SELECT 1").has_value());
  for (const Case& c : cases) {
    SCOPED_TRACE(c.sql);
    const Status s = load_spoilt(c.sql);
    ASSERT_FALSE(s.has_value());
    EXPECT_EQ(s.error().code, ErrorCode::internal);
    EXPECT_NE(s.error().message.find(c.words), std::string::npos) << s.error().message;
    EXPECT_NE(s.error().message.find("backup"), std::string::npos) << s.error().message;
  }
}

}  // namespace
}  // namespace demarc::cp::test
