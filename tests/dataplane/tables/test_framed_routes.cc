// Framed routes in the SessionTable: the longest one counts, behind everything that is a UE's own; none is left when
// its session goes.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "common/base/ip_prefix.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp {
namespace {

using namespace demarc::dp::test;

IpPrefix prefix(const std::string& text) { return parse_ip_prefix(text).value(); }
IpAddress at(const char* text) { return parse_ip(text).value(); }

// Of both PDRs of a sample session.
FramedRoute framed(const IpPrefix& p) {
  FramedRoute route{ue_prefix(p.ipv6())};
  route.add_pdr(0);
  route.add_pdr(1);
  return route;
}

// sample_session(number), whose UE is 10.0.0.0 + number, with these behind it.
SessionSpec session_with(uint32_t number, const std::vector<std::string>& routes) {
  SessionSpec spec = sample_session(number);
  for (const std::string& text : routes) spec.framed_routes.push_back(framed(prefix(text)));
  return spec;
}

class Framed : public ::testing::Test {
 protected:
  // The number of the session that packets to the address go to; -1: none.
  int64_t owner_of(const IpAddress& a, VrfSlot vrf = kCoreVrf) const {
    const Session* found = nullptr;
    if (a.is_ipv4()) {
      const uint64_t key = SessionTable::downlink_key(vrf, a.ipv4());
      table->lookup_downlink(&key, 1, &found);
    } else {
      const WideKey key = SessionTable::downlink_key(vrf, a.ipv6());
      table->lookup_downlink(&key, 1, &found);
    }
    return found == nullptr ? -1 : static_cast<int64_t>(found->up_seid.value) - 1;
  }
  int64_t owner_of(const char* a, VrfSlot vrf = kCoreVrf) const { return owner_of(at(a), vrf); }
  bool may_be_ue(const char* a, VrfSlot vrf = kCoreVrf) const {
    return at(a).is_ipv4() ? table->may_be_ue(vrf, at(a).ipv4()) : table->may_be_ue(vrf, at(a).ipv6());
  }
  void put(const SessionSpec& spec) {
    const Status s = table->put(spec);
    ASSERT_TRUE(s) << s.error().message;
  }

  Reclaimer reclaimer{1};
  std::unique_ptr<SessionTable> table = SessionTable::create(64, reclaimer, "framed").value();
};

TEST_F(Framed, TheLongestCountsAndAUesOwnAddressBeforeAll) {
  put(session_with(1, {"10.0.0.0/8", "2001:db8::/32"}));
  put(session_with(2, {"10.0.9.0/24", "10.0.0.6/32", "2001:db8:9::/48"}));
  put(sample_session(5));
  EXPECT_EQ(owner_of("10.200.0.1"), 1);
  EXPECT_EQ(owner_of("10.0.9.0"), 2);
  EXPECT_EQ(owner_of("10.0.9.255"), 2);
  EXPECT_EQ(owner_of("10.0.10.0"), 1);
  EXPECT_EQ(owner_of("10.0.0.5"), 5) << "a UE's own address, inside of another's route";
  EXPECT_EQ(owner_of("10.0.0.6"), 2);
  EXPECT_EQ(owner_of("11.0.0.0"), -1);
  EXPECT_EQ(owner_of("10.0.9.1", VrfSlot{40}), -1) << "another VRF";
  EXPECT_EQ(owner_of("2001:db8:9::1"), 2);
  EXPECT_EQ(owner_of("2001:db8:a::1"), 1);
  EXPECT_EQ(owner_of("2001:db9::1"), -1);
  EXPECT_EQ(owner_of("2001:db8::1", VrfSlot{40}), -1);

  SessionSpec own_prefix = sample_session(6);
  own_prefix.ue_prefixes = {ue_prefix(prefix("2001:db8:9::/64").ipv6())};
  own_prefix.pdrs[1].ue_ipv6 = 1;
  put(own_prefix);
  EXPECT_EQ(owner_of("2001:db8:9::1"), 6);
  EXPECT_EQ(owner_of("2001:db8:9:1::1"), 2);
}

TEST_F(Framed, ABurstFindsEachItsOwn) {
  put(session_with(1, {"192.168.0.0/16"}));
  put(session_with(2, {"192.168.7.0/24"}));
  std::vector<uint64_t> keys;
  std::vector<int64_t> wanted;
  for (unsigned n = 0; n < 64; ++n) {
    const char* const to[] = {"10.0.0.1", "192.168.7.4", "198.51.100.1", "192.168.8.4"};
    keys.push_back(SessionTable::downlink_key(n % 8 < 4 ? kCoreVrf : VrfSlot{40}, at(to[n % 4]).ipv4()));
    const int64_t owners[] = {1, 2, -1, 1};
    wanted.push_back(n % 8 < 4 ? owners[n % 4] : -1);
  }
  const Session* found[64];
  table->lookup_downlink(keys.data(), 64, found);
  for (unsigned n = 0; n < 64; ++n)
    EXPECT_EQ(found[n] == nullptr ? -1 : static_cast<int64_t>(found[n]->up_seid.value) - 1, wanted[n]) << n;
}

TEST_F(Framed, AreWhereAUeMayBe) {
  put(sample_session(1));
  EXPECT_FALSE(may_be_ue("192.168.7.1"));
  put(session_with(2, {"192.168.7.0/24", "2001:db8:9::/48"}));
  EXPECT_TRUE(may_be_ue("192.168.7.0"));
  EXPECT_TRUE(may_be_ue("192.168.7.255"));
  EXPECT_FALSE(may_be_ue("192.168.8.0"));
  EXPECT_FALSE(may_be_ue("100.64.0.1")) << "between a UE's address and a route";
  EXPECT_FALSE(may_be_ue("192.168.7.0", VrfSlot{40}));
  EXPECT_TRUE(may_be_ue("2001:db8:9:ffff::1"));
  EXPECT_FALSE(may_be_ue("2001:db8:a::1"));
  ASSERT_TRUE(table->remove(kTenant, Seid{3}));
  EXPECT_FALSE(may_be_ue("192.168.7.0"));
  EXPECT_FALSE(may_be_ue("2001:db8:9:ffff::1"));
}

TEST_F(Framed, FollowTheirSession) {
  put(session_with(1, {"192.168.0.0/16", "192.168.7.0/24"}));
  put(session_with(1, {"192.168.7.0/24", "192.168.9.0/25"}));
  EXPECT_EQ(owner_of("192.168.7.1"), 1);
  EXPECT_EQ(owner_of("192.168.9.1"), 1);
  EXPECT_EQ(owner_of("192.168.1.1"), -1);
  const Session& session = *table->find(kTenant, Seid{2});
  EXPECT_EQ(session.framed_route_count, 2);
  EXPECT_TRUE(session.has_framed(session.pdrs()[0], at("192.168.9.127")));
  EXPECT_FALSE(session.has_framed(session.pdrs()[0], at("192.168.9.128")));
  EXPECT_FALSE(session.has_framed(session.pdrs()[0], at("::c0a8:901")));
  put(sample_session(1));
  EXPECT_EQ(owner_of("192.168.7.1"), -1);
  put(session_with(1, {"192.168.7.0/24"}));
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  EXPECT_EQ(owner_of("192.168.7.1"), -1);
  put(session_with(3, {"192.168.7.0/24"}));
  EXPECT_EQ(owner_of("192.168.7.1"), 3);
}

TEST_F(Framed, ArePerPdr) {
  SessionSpec spec = sample_session(1);
  spec.pdrs.push_back(downlink_pdr(3, ue_of(2)));
  FramedRoute second{ue_prefix(prefix("192.168.7.0/24").ipv6())};
  second.add_pdr(2);
  spec.framed_routes = {second};
  put(spec);
  const Session& session = *table->find(kTenant, Seid{2});
  EXPECT_FALSE(session.has_framed(session.pdrs()[1], at("192.168.7.1")));
  EXPECT_TRUE(session.has_framed(session.pdrs()[2], at("192.168.7.1")));
  EXPECT_EQ(owner_of("192.168.7.1"), 1);
  // Of a PDR whose packets come through a tunnel it finds no session.
  spec.framed_routes[0].pdrs = {1, 0};
  put(spec);
  EXPECT_EQ(owner_of("192.168.7.1"), -1);
}

TEST_F(Framed, RefuseWhatIsTakenOrNone) {
  put(session_with(1, {"192.168.7.0/24"}));
  const auto refused = [&](SessionSpec spec) {
    const Status s = table->put(spec);
    EXPECT_FALSE(s);
    EXPECT_EQ(table->find(kTenant, spec.up_seid), nullptr);
    return s ? "" : s.error().message;
  };
  EXPECT_EQ(refused(session_with(2, {"192.168.6.0/24", "192.168.7.0/24"})),
            "framed route 192.168.7.0/24 in VRF slot 7 belongs to session 0x2 already; give this one another");
  EXPECT_EQ(owner_of("192.168.6.1"), -1);
  EXPECT_FALSE(may_be_ue("192.168.6.1"));
  SessionSpec elsewhere = session_with(2, {"192.168.7.0/24"});
  elsewhere.pdrs[1].vrf = VrfSlot{40};
  put(elsewhere);

  SessionSpec bad = session_with(3, {"192.168.8.0/24"});
  bad.framed_routes[0].prefix.network.bytes[15] = 1;
  EXPECT_NE(refused(bad), "");
  bad = session_with(3, {"192.168.8.0/24", "192.168.8.0/24"});
  EXPECT_NE(refused(bad).find("is there twice"), std::string::npos);
  bad = session_with(3, {"192.168.8.0/24"});
  bad.framed_routes[0].pdrs = {};
  EXPECT_NE(refused(bad).find("is of no PDR"), std::string::npos);
  bad.framed_routes[0].pdrs = {4, 0};
  EXPECT_NE(refused(bad).find("is of no PDR"), std::string::npos);
  bad = session_with(3, {"192.168.8.0/24"});
  bad.pdrs[0].precedence = 7;
  EXPECT_NE(refused(bad).find("not in order of precedence"), std::string::npos);
  std::vector<std::string> many;
  for (int n = 0; n < 65; ++n) many.push_back("172.16." + std::to_string(n) + ".0/24");
  EXPECT_EQ(refused(session_with(3, many)), "a session with 65 framed routes; it can have 64");
}

TEST_F(Framed, AVrfHasEightLengthsOfEachFamily) {
  std::vector<std::string> routes;
  for (int n = 20; n < 28; ++n) routes.push_back("192.168.0.0/" + std::to_string(n));
  for (int n = 40; n < 48; ++n) routes.push_back("2001:db8::/" + std::to_string(n));
  put(session_with(1, routes));
  for (const char* ninth : {"172.16.0.0/28", "2001:db8::/48"}) {
    const Status s = table->put(session_with(2, {"192.168.5.0/24", ninth}));
    ASSERT_FALSE(s);
    EXPECT_EQ(s.error().code, ErrorCode::exhausted);
    EXPECT_NE(s.error().message.find("ninth length"), std::string::npos) << s.error().message;
    EXPECT_EQ(owner_of("192.168.5.1"), 1) << "whatever was before";
  }
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  put(session_with(2, {"172.16.0.0/28", "2001:db8::/48"}));
}

TEST_F(Framed, AreBoundedApartFromSessions) {
  // 64 sessions: room for 1,024 routes.
  for (uint32_t n = 0; n < 16; ++n) {
    std::vector<std::string> routes;
    for (int i = 0; i < 64; ++i) routes.push_back("172." + std::to_string(16 + n) + "." + std::to_string(i) + ".0/24");
    put(session_with(n, routes));
  }
  const Status s = table->put(session_with(20, {"192.168.0.0/24"}));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, ErrorCode::exhausted);
  EXPECT_NE(s.error().message.find("1025 framed routes for 1024 places"), std::string::npos) << s.error().message;
  put(sample_session(20));
}

// Against a look at each of them, while they come and go.
TEST_F(Framed, AgreeWithTheNaiveLookup) {
  std::mt19937 random(29244);
  std::vector<std::vector<IpPrefix>> routes(20);
  const auto any = [&] {
    const uint8_t length = static_cast<uint8_t>(16 + 2 * (random() % 8));
    const auto address = static_cast<uint32_t>(0xc0a80000u | (random() & 0x3ff00u));
    return IpPrefix(Ipv4Prefix{address & ipv4_mask(length), length});
  };
  for (int round = 0; round < 300; ++round) {
    const auto number = static_cast<uint32_t>(random() % 20);
    SessionSpec spec = sample_session(number);
    std::vector<IpPrefix> wanted;
    for (auto n = random() % 6; n > 0; --n) {
      const IpPrefix p = any();
      const auto has = [&](const auto& of) { return std::ranges::find(of, p) != of.end(); };
      if (has(wanted) || std::ranges::any_of(routes, [&](const auto& r) { return &r != &routes[number] && has(r); }))
        continue;
      wanted.push_back(p);
      spec.framed_routes.push_back(framed(p));
    }
    put(spec);
    routes[number] = wanted;
    for (int i = 0; i < 40; ++i) {
      const IpAddress a(Be32::from_host(static_cast<uint32_t>(0xc0a80000u | (random() & 0x3ffffu))));
      int64_t best = -1;
      int longest = -1;
      for (size_t s = 0; s < routes.size(); ++s)
        for (const IpPrefix& p : routes[s])
          if (p.contains(a) && p.length() > longest) longest = p.length(), best = static_cast<int64_t>(s);
      ASSERT_EQ(owner_of(a), best) << to_string(a) << " in round " << round;
    }
    reclaimer.reclaim();
  }
}

}  // namespace
}  // namespace demarc::dp
