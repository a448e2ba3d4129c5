// What one tenant may have of what all share, and that the others always find room.
#include <algorithm>

#include "tests/controlplane/model/shared_world.h"

namespace demarc::cp::test {
namespace {

TEST(Shares, OneTenantHasAtMostItsPercentage) {
  for (const Kind& k : kKinds) {
    if (!k.in_a_table) continue;
    SCOPED_TRACE(k.name);
    SharedWorld w;
    w.limits = limits_of(100);
    w.share.at_most_percent = 25;
    const Filled acme = fill(w, k.add, w.acme);
    EXPECT_EQ(acme.added + k.there, 25u);
    EXPECT_EQ(acme.sentence, std::string("tenant acme may have 25 ") + k.name) << "and not a word of others";
    EXPECT_EQ(fill(w, k.add, w.bravo).added + k.there, 25u);
    EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
  }
}

// With and without a data plane.
TEST(Shares, OneTenantHasAtMostItsNumber) {
  for (const bool connected : {false, true}) {
    for (const Kind& k : kKinds) {
      SCOPED_TRACE(k.name);
      SharedWorld w;
      if (connected) w.limits = limits_of(100);
      w.share.*k.number = 7;
      const Filled acme = fill(w, k.add, w.acme);
      EXPECT_EQ(acme.added + k.there, 7u);
      EXPECT_EQ(acme.sentence, std::string("tenant acme may have 7 ") + k.name);
      Edit e = w.begin_shared();
      EXPECT_TRUE(k.add(e, w.bravo, 1).has_value()) << "its own number is its own";
    }
  }
}

// Whatever the others do, in whatever order, each tenant gets what is reserved for it; one that comes later, too.
TEST(Shares, WhatIsReservedStaysFree) {
  for (const Kind& k : kKinds) {
    if (!k.in_a_table) continue;
    SCOPED_TRACE(k.name);
    SharedWorld w;
    w.limits = limits_of(100);
    w.share.at_most_percent = 100;
    w.share.reserved_percent = 10;
    const Filled acme = fill(w, k.add, w.acme);
    EXPECT_EQ(acme.added + k.there, 80u) << "all but what is reserved for bravo and for a third";
    EXPECT_EQ(acme.sentence, std::string("tenant acme may have 80 ") + k.name + " at present");
    const Filled bravo = fill(w, k.add, w.bravo);
    EXPECT_EQ(bravo.added + k.there, 10u);
    EXPECT_EQ(bravo.sentence, std::string("tenant bravo may have 10 ") + k.name + " at present");
  }
}

TEST(Shares, ATenantThatComesLaterFindsItsOwn) {
  SharedWorld w;
  w.limits = limits_of(100);
  w.share.at_most_percent = 100;
  w.share.reserved_percent = 10;
  EXPECT_EQ(fill(w, add_session, w.acme).added, 79u);
  EXPECT_EQ(fill(w, add_session, w.bravo).added, 9u);
  Edit e = w.begin_shared();
  const TenantObjects carol = add_tenant_objects(e, "carol", 300);
  EXPECT_EQ(fill(w, add_session, carol).added, 9u) << "and the one that it came with";
  EXPECT_EQ(w.model.sessions.size(), 100u);
}

// Twenty tenants: half of the table is reserved in equal parts, the other half is anybody's.
TEST(Shares, ReservationsTakeHalfOfATableAtTheMost) {
  SharedWorld w;
  w.limits = limits_of(100);
  w.share.at_most_percent = 100;
  w.share.reserved_percent = 50;
  Edit e = w.begin_shared();
  for (int i = 0; i < 18; ++i) ASSERT_TRUE(e.add_tenant("t" + std::to_string(i)).has_value());
  const Filled acme = fill(w, add_session, w.acme);
  EXPECT_EQ(acme.added + 1, 100u - 20u * 2u) << "100 / (2 × 21) = 2 for each other, one to come among them";
}

// A session may have 16 keys where the data plane has room for two a session.
TEST(Shares, KeysOfSessionsAreCountedToo) {
  SharedWorld w;
  w.limits = limits_of(100);
  w.share.at_most_percent = 10;
  auto wide = [](const TenantObjects& t, uint32_t n, uint32_t keys) {
    Session s = make_session(t, 1000 + 32 * n, Ipv4Address{ip("10.45.1.0").value + n});
    for (uint32_t i = 1; i < keys; ++i) {
      Pdr pdr = s.pdrs[0];
      pdr.pdr_id = static_cast<uint16_t>(10 + i);
      pdr.local_f_teid->teid = Teid{1000 + 32 * n + i};
      s.pdrs.push_back(pdr);
    }
    return s;
  };
  Edit e = w.begin_shared();
  ASSERT_TRUE(e.add_session(wide(w.acme, 1, 15)).has_value()) << "16 of 20";
  auto refused = e.add_session(wide(w.acme, 2, 5));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message, "tenant acme may have 20 local F-TEIDs in its sessions");
  auto third = e.add_session(wide(w.acme, 2, 4));
  ASSERT_TRUE(third.has_value()) << third.error().message;
  Session wider = wide(w.acme, 2, 5);
  wider.up_seid = third->up_seid;
  EXPECT_FALSE(e.replace_session(wider).has_value()) << "nor by replacement";
  Session narrower = wide(w.acme, 2, 1);
  narrower.up_seid = third->up_seid;
  EXPECT_TRUE(e.replace_session(narrower).has_value());
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

// Sessions with many filters take memory of the data plane, of which one tenant must not take all.
TEST(Shares, MemoryOfFiltersIsCountedToo) {
  SharedWorld w;
  w.limits = limits_of(10'000);
  w.share.at_most_percent = 1;
  w.share.reserved_percent = 0;
  auto filtered = [](const TenantObjects& t, uint32_t n) {
    Session s = make_session(t, 1000 + 2 * n, Ipv4Address{ip("10.45.1.0").value + n});
    for (Pdr& pdr : s.pdrs)
      for (uint16_t f = 0; f < 16; ++f) {
        SdfFilter& filter = pdr.sdf_filters.emplace_back();
        filter.protocol = 17;
        for (uint16_t port = 0; port < 8; ++port) filter.remote_ports.push_back({port, port});
      }
    return s;
  };
  const Add add = [&](Edit& e, const TenantObjects& t, uint32_t n) { return status_of(e.add_session(filtered(t, n))); };
  const Filled acme = fill(w, add, w.acme);
  EXPECT_EQ(acme.sentence, "tenant acme may have 655 KiB of compiled SDF filters in its sessions");
  EXPECT_GT(acme.added, 50u);
  EXPECT_LT(acme.added, 99u) << "else it was the number of sessions";
  EXPECT_EQ(fill(w, add, w.bravo).added, acme.added);
  Edit e = w.begin_shared();
  EXPECT_TRUE(add_session(e, w.acme, 200)) << "one without filters takes none of it";
  Session plain = *w.model.session_at(w.acme.endpoint.id, Teid{1002});
  for (Pdr& pdr : plain.pdrs) pdr.sdf_filters.clear();
  ASSERT_TRUE(e.replace_session(plain).has_value());
  EXPECT_TRUE(add(e, w.acme, 201)) << "there is room again";
  EXPECT_FALSE(add(e, w.acme, 202));
  EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
}

TEST(Shares, QuotasSayWhatIsUsedAndWhatMayBe) {
  SharedWorld w;
  w.limits = limits_of(100);
  const std::vector<Quota> quotas = w.begin_shared().quotas(w.acme.tenant.id);
  ASSERT_EQ(quotas.size(), kQuotaKinds);
  for (const Kind& k : kKinds) {
    const auto at = std::ranges::find_if(quotas, [&](const Quota& q) { return std::string(q.words) == k.name; });
    ASSERT_NE(at, quotas.end()) << k.name;
    EXPECT_EQ(at->used, k.there) << k.name;
    EXPECT_EQ(at->reserved.has_value(), k.in_a_table) << k.name;
    if (k.in_a_table) {
      EXPECT_EQ(at->limit, 80u) << k.name;
      EXPECT_EQ(at->reserved, 10u) << k.name;
    } else {
      EXPECT_EQ(at->limit, w.share.*k.number) << k.name;
    }
  }
  w.limits.reset();
  for (const Quota& q : w.begin_shared().quotas(w.acme.tenant.id)) EXPECT_FALSE(q.reserved) << q.what;
}

// The shares as they ship: two tenants share the example's tables, and one alone may have 100,000 sessions of 131,072.
TEST(Shares, TheDefaultsFitALabAndALoneTenant) {
  SharedWorld w;
  w.limits = DataPlaneLimits{1024, 4096, 4096, 4096, 65536, 65536, {"p0", "p1"}};
  for (const Kind& k : kKinds) {
    Edit e = w.begin_shared();
    EXPECT_TRUE(k.add(e, w.acme, 1).has_value() && k.add(e, w.bravo, 1).has_value()) << k.name;
  }
  EXPECT_GE(uint64_t{131'072} * w.share.at_most_percent / 100, 100'000u);
}

}  // namespace
}  // namespace demarc::cp::test
