// Framed routes of sessions: what they must be apart from, and what must be apart from them.
#include "tests/controlplane/model/refusal.h"

namespace demarc::cp::test {
namespace {

using enum ErrorCode;

// A session of acme's, in its pool, with these behind it in both directions.
Session session_with(const World& w, std::vector<const char*> routes, const char* ue = "10.45.0.8",
                     uint32_t teid = 300) {
  Session s = make_session(w.acme, teid, ip(ue));
  for (Pdr& pdr : s.pdrs)
    for (const char* text : routes) pdr.framed_routes.push_back(prefix(text));
  return s;
}

Refusal routes(const char* description, std::vector<const char*> list, ErrorCode code, std::vector<std::string> words) {
  return {description, [list](Edit& e, World& w) { return status_of(e.add_session(session_with(w, list))); }, code,
          std::move(words)};
}

TEST(FramedRoutes, RefusedInWords) {
  const Refusal cases[] = {
      routes("a pool's", {"10.45.128.0/24"}, conflict,
             {"framed route 10.45.128.0/24 overlaps 10.45.0.0/16 of UE pool phones in VRF internet"}),
      routes("around a pool", {"10.0.0.0/8"}, conflict, {"overlaps 10.45.0.0/16 of UE pool phones"}),
      routes("a link's", {"10.9.0.128/25"}, conflict, {"overlaps 10.9.0.0/24 of attachment wan in VRF internet"}),
      {"host bits",
       [](Edit& e, World& w) {
         Session s = session_with(w, {});
         s.pdrs[0].framed_routes = {Ipv4Prefix{ip("192.168.7.1").value, 24}};
         return status_of(e.add_session(s));
       },
       invalid,
       {"PDR 1: framed route", "192.168.7.0/24"}},
      routes("everything", {"0.0.0.0/0"}, invalid, {"PDR 1: framed route: prefix 0.0.0.0/0"}),
      routes("a group's", {"224.0.0.0/24"}, invalid, {"multicast"}),
      routes("twice", {"192.168.7.0/24", "192.168.7.0/24"}, invalid,
             {"PDR 1: framed route 192.168.7.0/24 is there twice"}),
      routes("without an address of the family", {"2001:db8:9::/48"}, invalid,
             {"PDR 1: framed route 2001:db8:9::/48: the UE has no IPv6 address"}),
      {"seventeen of a PDR",
       [](Edit& e, World& w) {
         Session s = session_with(w, {});
         for (uint32_t n = 0; n < 17; ++n)
           s.pdrs[1].framed_routes.push_back(Ipv4Prefix{ip("172.16.0.0").value + 256 * n, 24});
         return status_of(e.add_session(s));
       },
       invalid,
       {"PDR 2: has 17 framed routes; at most 16"}},
      {"sixty-five of a session",
       [](Edit& e, World& w) {
         Session s = session_with(w, {"192.168.7.0/24"});
         for (uint32_t n = 0; n < 64; ++n) {
           if (n % 16 == 0) {
             s.pdrs.push_back(s.pdrs[1]);
             s.pdrs.back().pdr_id = static_cast<uint16_t>(10 + n);
             s.pdrs.back().framed_routes.clear();
           }
           s.pdrs.back().framed_routes.push_back(Ipv4Prefix{ip("172.16.0.0").value + 256 * n, 24});
         }
         return status_of(e.add_session(s));
       },
       invalid,
       {"the session has 65 different framed routes; at most 64"}},
      {"a ninth length",
       [](Edit& e, World& w) {
         return status_of(e.add_session(
             session_with(w, {"172.16.0.0/16", "172.17.0.0/17", "172.18.0.0/18", "172.19.0.0/19", "172.20.0.0/20",
                              "172.21.0.0/21", "172.22.0.0/22", "172.23.0.0/23", "172.24.0.0/24"})));
       },
       exhausted,
       {"framed route 172.24.0.0/24: VRF internet has IPv4 framed routes of 8 different lengths already"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(FramedRoutes, AnothersIsRefused) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.add_session(session_with(w, {"192.168.7.0/24"})));
  const auto again = e.add_session(session_with(w, {"192.168.6.0/24", "192.168.7.0/24"}, "10.45.0.9", 400));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, conflict);
  EXPECT_EQ(again.error().message,
            "framed route 192.168.7.0/24 in VRF internet belongs to session 0x138b; choose another");
}

TEST(FramedRoutes, OneInsideOfAnotherIsTaken) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.add_session(session_with(w, {"192.168.0.0/16", "192.168.7.0/24"})));
  const auto inside = e.add_session(session_with(w, {"192.168.7.128/25"}, "10.45.0.9", 400));
  ASSERT_TRUE(inside) << inside.error().message;
  // The same of another tenant, and in no VRF of ours.
  Session bravo = make_session(w.bravo, 300, ip("10.45.0.8"));
  bravo.pdrs[1].framed_routes = {prefix("192.168.0.0/16")};
  ASSERT_TRUE(e.add_session(bravo));
  // A session keeps its own when it is replaced, and frees what it gives up.
  Session changed = *inside;
  for (Pdr& pdr : changed.pdrs) pdr.framed_routes = {prefix("192.168.7.128/25"), prefix("192.168.8.0/24")};
  ASSERT_TRUE(e.replace_session(changed));
  for (Pdr& pdr : changed.pdrs) pdr.framed_routes.clear();
  ASSERT_TRUE(e.replace_session(changed));
  EXPECT_TRUE(e.add_session(session_with(w, {"192.168.7.128/25"}, "10.45.0.10", 500)));
  EXPECT_TRUE(rebuilt_index(w.model) == w.model.index);
}

TEST(FramedRoutes, OfBothFamilies) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.add_pool({{}, w.acme.tenant.id, "phones6", w.acme.internet.id, prefix("2001:db8:100::/48")}));
  Session s = session_with(w, {"192.168.7.0/24"});
  for (Pdr& pdr : s.pdrs) {
    pdr.ue_ipv6 = prefix6("2001:db8:100:7::/64");
    pdr.framed_routes.push_back(prefix("2001:db8:9::/48"));
  }
  const auto added = e.add_session(s);
  ASSERT_TRUE(added) << added.error().message;
  for (Pdr& pdr : s.pdrs) {
    pdr.ue_ipv6 = prefix6("2001:db8:100:8::/64");
    pdr.ue_ip_address.reset();
    if (pdr.local_f_teid) pdr.local_f_teid->teid = Teid{400};
    pdr.framed_routes = {prefix("2001:db8:100::/56")};
  }
  const auto refused = e.add_session(s);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("of UE pool phones6"), std::string::npos) << refused.error().message;
}

TEST(FramedRoutes, NothingElseIsPutOverThem) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.add_session(session_with(w, {"192.168.0.0/16", "192.168.7.0/24"})));
  const TenantId acme = w.acme.tenant.id;
  const VrfId internet = w.acme.internet.id;
  for (const char* text : {"192.168.0.0/16", "192.168.3.0/24", "192.168.7.64/26", "192.0.0.0/8"}) {
    const auto pool = e.add_pool({{}, acme, "more", internet, prefix(text)});
    ASSERT_FALSE(pool) << text;
    EXPECT_EQ(pool.error().code, conflict);
    EXPECT_NE(pool.error().message.find("overlaps framed route 192.168."), std::string::npos) << pool.error().message;
  }
  const auto link = e.add_attachment({{}, acme, "more", "p0", VlanId{7}, internet, interface("192.168.9.1/24")});
  ASSERT_FALSE(link);
  EXPECT_NE(link.error().message.find(
                "192.168.9.0/24 overlaps framed route 192.168.0.0/16 of session 0x138b in VRF internet"),
            std::string::npos)
      << link.error().message;
  EXPECT_TRUE(e.add_pool({{}, acme, "more", internet, prefix("192.169.0.0/16")}));
  EXPECT_TRUE(e.add_pool({{}, acme, "ims", w.acme.ims.id, prefix("192.168.0.0/16")})) << "another VRF";
}

TEST(FramedRoutes, ATenantHasAShareOfTheirTable) {
  World w;
  w.limits = DataPlaneLimits{1000, 1000, 1000, 1000, 1000, 4000, {"p0", "p1"}};  // room for 1,024 routes
  Edit e = w.begin();
  uint32_t taken = 0;
  for (uint32_t n = 0; n < 100; ++n) {
    Session s = session_with(w, {}, to_string(Ipv4Address{ip("10.45.1.0").value + n}).c_str(), 1000 + 2 * n);
    for (uint32_t i = 0; i < 16; ++i)
      s.pdrs[1].framed_routes.push_back(Ipv4Prefix{ip("172.16.0.0").value + (n * 16 + i) * 256, 24});
    const auto added = e.add_session(s);
    if (!added) {
      EXPECT_EQ(added.error().code, exhausted);
      EXPECT_NE(added.error().message.find("framed routes in its sessions"), std::string::npos)
          << added.error().message;
      break;
    }
    taken += 16;
  }
  EXPECT_LT(taken, 1024u);
  EXPECT_GT(taken, 700u);
  Session bravo = make_session(w.bravo, 300, ip("10.45.0.8"));
  bravo.pdrs[1].framed_routes = {prefix("172.16.0.0/24")};
  EXPECT_TRUE(e.add_session(bravo)) << "the others find room";
}

}  // namespace
}  // namespace demarc::cp::test
