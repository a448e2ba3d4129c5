// What one tenant may have, set for it alone, and that what is reserved for it is there whatever the others do.
#include <algorithm>
#include <random>

#include "tests/controlplane/model/shared_world.h"

namespace demarc::cp::test {
namespace {

using Number = std::optional<uint64_t>;

// Sessions that take much of one kind each.
Session session_of(const TenantObjects& t, uint32_t n) {
  return make_session(t, 1000 + 32 * n, Ipv4Address{ip("10.45.1.0").value + 8 * n});
}
Status add_f_teids(Edit& e, const TenantObjects& t, uint32_t n) {
  Session s = session_of(t, n);
  for (uint32_t i = 1; i < 4; ++i) {
    Pdr& pdr = s.pdrs.emplace_back(s.pdrs[0]);
    pdr.pdr_id = static_cast<uint16_t>(10 + i);
    pdr.local_f_teid->teid = Teid{1000 + 32 * n + i};
  }
  return status_of(e.add_session(s));
}
Status add_ue_addresses(Edit& e, const TenantObjects& t, uint32_t n) {
  Session s = session_of(t, n);
  for (uint32_t i = 1; i < 4; ++i) {
    Pdr& pdr = s.pdrs.emplace_back(s.pdrs[1]);
    pdr.pdr_id = static_cast<uint16_t>(10 + i);
    pdr.ue_ip_address->value += i;
  }
  return status_of(e.add_session(s));
}
Status add_framed_routes(Edit& e, const TenantObjects& t, uint32_t n) {
  Session s = session_of(t, n);
  for (uint32_t i = 0; i < 16; ++i)
    s.pdrs[1].framed_routes.push_back(Ipv4Prefix{ip("10.60.0.0").value + n * 16 + i, 32});
  return status_of(e.add_session(s));
}
Status add_filters(Edit& e, const TenantObjects& t, uint32_t n) {
  Session s = session_of(t, n);
  for (Pdr& pdr : s.pdrs)
    for (uint16_t f = 0; f < 16; ++f) {
      SdfFilter& filter = pdr.sdf_filters.emplace_back();
      filter.protocol = 17;
      for (uint16_t port = 0; port < 8; ++port) filter.remote_ports.push_back({port, port});
    }
  return status_of(e.add_session(s));
}

struct Table {
  Shared what;
  Add add;
  uint32_t size = 100;  // of the data plane's tables, in which it is this one that gets full
};
const Table kTables[] = {{Shared::vrfs, add_vrf},
                         {Shared::attachments, add_attachment},
                         {Shared::gtpu_endpoints, add_endpoint},
                         {Shared::routes, add_route},
                         {Shared::sessions, add_session},
                         {Shared::f_teids, add_f_teids},
                         {Shared::ue_addresses, add_ue_addresses},
                         {Shared::framed_routes, add_framed_routes},
                         {Shared::rule_kib, add_filters, 10'000}};

// One that fills what it can leaves the other's reservation whole, however small the other's part would be else.
TEST(Quotas, AReservationIsWholeWhateverTheOthersDo) {
  for (const Table& table : kTables) {
    SCOPED_TRACE(quota_name(table.what));
    SharedWorld w;
    w.limits = limits_of(table.size);
    w.share.at_most_percent = 100;
    w.share.reserved_percent = 0;
    Edit e = w.begin_shared();
    const uint64_t capacity = e.quota(w.acme.tenant.id, table.what).limit;
    const uint64_t reserved = capacity - std::min<uint64_t>(capacity / 4, 1000);
    const auto set = e.set_quota(w.bravo.tenant.id, table.what, {}, reserved);
    ASSERT_TRUE(set.has_value()) << set.error().message;
    EXPECT_EQ(set->reserved, reserved);
    const Filled acme = fill(w, table.add, w.acme);
    EXPECT_FALSE(acme.sentence.empty()) << "it was to be filled";
    EXPECT_LE(w.model.count(w.acme.tenant.id, table.what), capacity - reserved);
    EXPECT_NE(acme.sentence.find(quota_words(table.what)), std::string::npos) << acme.sentence;
    const uint64_t before = w.model.count(w.bravo.tenant.id, table.what);
    const Filled bravo = fill(w, table.add, w.bravo);
    ASSERT_GT(bravo.added, 0u) << bravo.sentence;
    const uint64_t has = w.model.count(w.bravo.tenant.id, table.what), each = (has - before) / bravo.added;
    if (!bravo.sentence.empty()) {
      EXPECT_GT(has + each, reserved) << bravo.sentence;
    }
  }
}

// More tenants come than there was room kept for: they share what is free, and the reservation that was set stays.
TEST(Quotas, AReservationIsWholeHoweverManyCome) {
  SharedWorld w;
  w.limits = limits_of(100);
  w.share.at_most_percent = 100;
  ASSERT_TRUE(w.begin_shared().set_quota(w.bravo.tenant.id, Shared::sessions, {}, 30).has_value());
  EXPECT_EQ(fill(w, add_session, w.acme).added + 1, 60u) << "30 of bravo, 10 of one to come";
  uint32_t newcomers = 0;
  for (const char* name : {"carol", "dave", "erin"}) {
    Edit e = w.begin_shared();
    TenantObjects t;
    t.tenant = e.add_tenant(name).value();
    t.access = e.add_vrf({.id = {}, .tenant = t.tenant.id, .name = "a", .role = VrfRole::access}).value();
    t.internet = e.add_vrf({.id = {}, .tenant = t.tenant.id, .name = "i", .role = VrfRole::core}).value();
    t.endpoint = e.add_endpoint({{}, t.tenant.id, "n3", t.access.id, ip("10.1.0.1")}).value();
    t.pool = e.add_pool({{}, t.tenant.id, "phones", t.internet.id, prefix("10.45.0.0/16")}).value();
    newcomers += fill(w, add_session, t).added;
  }
  EXPECT_EQ(newcomers, 10u) << "all of them together";
  EXPECT_EQ(fill(w, add_session, w.bravo).added + 1, 30u);
  EXPECT_EQ(w.model.sessions.size(), 100u);
}

TEST(Quotas, ALimitIsTheTenantsOwn) {
  for (const Table& table : kTables) {
    SCOPED_TRACE(quota_name(table.what));
    SharedWorld w;
    w.limits = limits_of(table.size);
    const uint64_t limit = w.model.count(w.acme.tenant.id, table.what) + 20;
    ASSERT_TRUE(w.begin_shared().set_quota(w.acme.tenant.id, table.what, limit, {}).has_value());
    const Filled acme = fill(w, table.add, w.acme);
    EXPECT_EQ(acme.sentence, "tenant acme may have " + std::to_string(limit) + " " + quota_words(table.what));
    EXPECT_LE(w.model.count(w.acme.tenant.id, table.what), limit);
    EXPECT_GT(fill(w, table.add, w.bravo).added, acme.added) << "its own is its own";
    EXPECT_TRUE(w.model.index == rebuilt_index(w.model));
  }
}

// Nothing is taken away, and nothing new is let in.
TEST(Quotas, ALimitBelowWhatItHasIsTaken) {
  SharedWorld w;
  w.limits = limits_of(100);
  const auto set = w.begin_shared().set_quota(w.acme.tenant.id, Shared::vrfs, 2, {});
  ASSERT_TRUE(set.has_value()) << set.error().message;
  EXPECT_EQ(set->used, 3u);
  EXPECT_EQ(set->limit, 2u);
  EXPECT_EQ(w.model.count(w.acme.tenant.id, Shared::vrfs), 3u);
  EXPECT_EQ(fill(w, add_vrf, w.acme).sentence, "tenant acme may have 2 VRFs");
  EXPECT_TRUE(w.begin_shared().remove_vrf(w.acme.ims.id).has_value());
  EXPECT_EQ(fill(w, add_vrf, w.acme).added, 0u);
  EXPECT_TRUE(w.begin_shared().unset_quota(w.acme.tenant.id, Shared::vrfs).has_value());
  Edit e = w.begin_shared();
  EXPECT_TRUE(add_vrf(e, w.acme, 1)) << "what all may have again";
}

TEST(Quotas, WhatIsNotGivenStaysAsItIs) {
  SharedWorld w;
  w.limits = limits_of(100);
  const TenantId acme = w.acme.tenant.id;
  const Quota usual = w.begin_shared().quota(acme, Shared::sessions);
  EXPECT_FALSE(usual.own);
  ASSERT_TRUE(w.begin_shared().set_quota(acme, Shared::sessions, 40, {}).has_value());
  const Quota set = w.begin_shared().set_quota(acme, Shared::sessions, {}, 20).value();
  EXPECT_EQ(set.limit, 40u);
  EXPECT_EQ(set.reserved, 20u);
  EXPECT_TRUE(set.own);
  EXPECT_EQ(w.begin_shared().quota(w.bravo.tenant.id, Shared::sessions).limit, usual.limit);
  Edit e = w.begin_shared();
  ASSERT_TRUE(e.set_quota(acme, Shared::sessions, 40, 20).has_value());
  EXPECT_TRUE(e.changes().empty()) << "it is so already";
  ASSERT_TRUE(e.unset_quota(acme, Shared::sessions).has_value());
  const Quota back = e.quota(acme, Shared::sessions);
  EXPECT_EQ(back.limit, usual.limit);
  EXPECT_EQ(back.reserved, usual.reserved);
  e.undo();
  EXPECT_EQ(w.begin_shared().quota(acme, Shared::sessions).limit, 40u);
}

TEST(Quotas, OfWhatNoTableBoundsHaveALimitAlone) {
  SharedWorld w;
  const TenantId acme = w.acme.tenant.id;
  for (const Shared what : {Shared::ue_pools, Shared::api_keys, Shared::api_calls, Shared::captures}) {
    SCOPED_TRACE(quota_name(what));
    const auto set = w.begin_shared().set_quota(acme, what, 1, {});
    ASSERT_TRUE(set.has_value()) << set.error().message;
    EXPECT_EQ(set->limit, 1u);
    EXPECT_FALSE(set->reserved);
  }
  EXPECT_EQ(fill(w, add_pool, w.acme).sentence, "tenant acme may have 1 UE pools");
}

struct Refused {
  const char* why;
  Shared what;
  Number limit, reserved;
  bool connected;
  ErrorCode code;
  std::vector<std::string> words;
};
const Refused kRefused[] = {
    {"nothing", Shared::sessions, {}, {}, true, ErrorCode::invalid, {"limit", "reservation"}},
    {"above the table", Shared::sessions, 101, {}, true, ErrorCode::invalid, {"101", "100 sessions"}},
    {"above its keys", Shared::f_teids, 201, {}, true, ErrorCode::invalid, {"201", "200 local F-TEIDs"}},
    {"a number too large", Shared::ue_pools, uint64_t{1} << 32, {}, true, ErrorCode::invalid, {"4294967295"}},
    {"no calls at all", Shared::api_calls, 0, {}, true, ErrorCode::invalid, {"from 1 to 1000000"}},
    {"too many captures", Shared::captures, 9, {}, false, ErrorCode::invalid, {"9", "8 captures"}},
    {"above the limit", Shared::sessions, 50, 51, true, ErrorCode::invalid, {"51", "limit of 50"}},
    {"above all tenants' limit", Shared::sessions, {}, 81, true, ErrorCode::invalid, {"81", "limit of 80"}},
    {"more than is left", Shared::sessions, 90, 81, true, ErrorCode::exhausted, {"81", "100", "20", "80 are left"}},
    {"nothing to reserve", Shared::ue_pools, {}, 5, true, ErrorCode::invalid, {"UE pools", "limit alone"}},
    {"calls", Shared::api_calls, {}, 5, true, ErrorCode::invalid, {"API calls"}},
    {"nobody knows yet", Shared::sessions, {}, 5, false, ErrorCode::unavailable, {"sessions", "connected"}},
};

TEST(Quotas, AreRefusedWithTheFigures) {
  for (const Refused& c : kRefused) {
    SCOPED_TRACE(c.why);
    SharedWorld w;
    if (c.connected) w.limits = limits_of(100);
    const Model before = w.model;
    const auto set = w.begin_shared().set_quota(w.acme.tenant.id, c.what, c.limit, c.reserved);
    ASSERT_FALSE(set.has_value());
    EXPECT_EQ(set.error().code, c.code) << set.error().message;
    for (const std::string& word : c.words)
      EXPECT_NE(set.error().message.find(word), std::string::npos) << word << " in: " << set.error().message;
    EXPECT_TRUE(w.model == before);
  }
}

TEST(Quotas, ReservationsFitTheTableTogether) {
  SharedWorld w;
  w.limits = limits_of(100);
  const TenantId acme = w.acme.tenant.id, bravo = w.bravo.tenant.id;
  ASSERT_TRUE(w.begin_shared().set_quota(acme, Shared::sessions, {}, 80).has_value()) << "10 of bravo, 10 of a third";
  const auto refused = w.begin_shared().set_quota(bravo, Shared::sessions, {}, 11);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
  EXPECT_EQ(
      refused.error().message,
      "11 sessions cannot be reserved for tenant bravo: the data plane has room for 100, of which 90 are taken by "
      "other tenants or reserved for them; 10 are left");
  ASSERT_TRUE(w.begin_shared().set_quota(acme, Shared::sessions, {}, 79).has_value());
  EXPECT_TRUE(w.begin_shared().set_quota(bravo, Shared::sessions, {}, 11).has_value());
  EXPECT_EQ(w.begin_shared().unset_quota(w.bravo.tenant.id, Shared::vrfs).error().code, ErrorCode::not_found);
}

// What all have reserved may be more than what was set for one, and gone in between.
TEST(Quotas, AreUnsetOnlyWhereThereIsRoom) {
  SharedWorld w;
  w.limits = limits_of(100);
  w.share.at_most_percent = 100;
  ASSERT_TRUE(w.begin_shared().set_quota(w.bravo.tenant.id, Shared::sessions, {}, 0).has_value());
  EXPECT_EQ(fill(w, add_session, w.acme).added + 1, 89u) << "bravo has one, and 10 are for a third";
  const Status unset = w.begin_shared().unset_quota(w.bravo.tenant.id, Shared::sessions);
  ASSERT_FALSE(unset.has_value());
  EXPECT_EQ(unset.error().code, ErrorCode::exhausted) << unset.error().message;
  Edit e = w.begin_shared();
  for (const Session* s : w.model.sessions_of(w.acme.tenant.id))
    if (w.model.count(w.acme.tenant.id, Shared::sessions) > 80) {
      ASSERT_TRUE(e.remove_session(s->tenant, Seid(s->up_seid)));
    }
  EXPECT_TRUE(w.begin_shared().unset_quota(w.bravo.tenant.id, Shared::sessions).has_value());
}

TEST(Quotas, GoWithTheirTenant) {
  SharedWorld w;
  w.limits = limits_of(100);
  const Model before = w.model;
  Edit e = w.begin_shared();
  ASSERT_TRUE(e.set_quota(w.acme.tenant.id, Shared::sessions, 50, 20).has_value());
  ASSERT_TRUE(e.set_quota(w.bravo.tenant.id, Shared::captures, 1, {}).has_value());
  EXPECT_FALSE(e.remove_tenant(w.acme.tenant.id, false).has_value()) << "it has objects";
  EXPECT_EQ(w.model.entry_quotas.size(), 2u);
  ASSERT_TRUE(e.remove_tenant(w.acme.tenant.id, true).has_value());
  ASSERT_EQ(w.model.entry_quotas.size(), 1u);
  EXPECT_EQ(w.model.entry_quotas.begin()->second.tenant, w.bravo.tenant.id);
  const TenantId empty = e.add_tenant("empty").value().id;
  ASSERT_TRUE(e.set_quota(empty, Shared::vrfs, 1, {}).has_value());
  EXPECT_TRUE(e.remove_tenant(empty, false).has_value()) << "a quota is no object that is in the way";
  e.undo();
  EXPECT_TRUE(w.model == before);
}

// Whatever is done in whatever order: what was reserved for a tenant by name is there.
TEST(Quotas, HoldThroughWhateverIsDone) {
  std::mt19937 random(20);
  const auto below = [&random](uint32_t n) { return static_cast<uint32_t>(random() % n); };
  for (int round = 0; round < 20; ++round) {
    SharedWorld w;
    w.limits = limits_of(40);
    w.limits->tenants = 8;
    w.share.at_most_percent = 100;
    w.share.reserved_percent = below(51);
    uint32_t names = 0;
    for (int step = 0; step < 200; ++step) {
      auto it = std::next(w.model.tenants.begin(), below(static_cast<uint32_t>(w.model.tenants.size())));
      const TenantId t = it->first;
      Edit e = w.begin_shared();
      switch (below(8)) {
        case 0: (void)e.set_quota(t, Shared::vrfs, {}, below(41)); break;
        case 1: (void)e.set_quota(t, Shared::vrfs, below(41), {}); break;
        case 2: (void)e.unset_quota(t, Shared::vrfs); break;
        case 3: (void)e.add_tenant(numbered(++names)); break;
        case 4:
          if (w.model.tenants.size() > 1) (void)e.remove_tenant(t, true);
          break;
        default: (void)e.add_vrf({.id = {}, .tenant = t, .name = numbered(++names), .role = VrfRole::core}); break;
      }
      ASSERT_LE(w.model.vrfs.size(), 40u);
      for (const auto& [key, quota] : w.model.entry_quotas) {
        if (!quota.reserved) continue;
        Edit probe = w.begin_shared();
        const uint64_t reserved = probe.quota(key.first, Shared::vrfs).reserved.value();
        while (w.model.count(key.first, Shared::vrfs) < reserved) {
          const auto added =
              probe.add_vrf({.id = {}, .tenant = key.first, .name = numbered(++names), .role = VrfRole::core});
          ASSERT_TRUE(added.has_value()) << added.error().message;
        }
        probe.undo();
      }
    }
  }
}

}  // namespace
}  // namespace demarc::cp::test
