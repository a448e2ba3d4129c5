// Framed routes from the entry to the table: what is refused, whose they are, and that sessions may hand them on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;
using Prefix = schema::FilterPrefixT;

struct Route {
  const char* address;
  uint8_t length;
};

std::unique_ptr<Prefix> prefix(const Route& route) {
  auto out = std::make_unique<Prefix>();
  out->prefix_length = route.length;
  if (const auto ipv4 = parse_ipv4(route.address)) {
    out->ipv4 = ipv4->value;
  } else {
    const Ipv6Address a = parse_ipv6(route.address).value();
    out->ipv6.assign(a.bytes.begin(), a.bytes.end());
  }
  return out;
}

// Session `seid` of tenant 7, with its own TEID and UE 10.45.0.<seid>, 2001:db8:45:<seid>::/64.
schema::SessionEntryT session_with(uint8_t seid, const std::vector<Route>& routes) {
  auto s = session_entry(1, 2, 1, 0x1000u + 2 * seid, ip(10, 45, 0, seid));
  for (auto& pdr : s.pdrs) {
    pdr->ue_ipv6 = {0x20, 1, 0xd, 0xb8, 0, 0x45, 0, seid, 0, 0, 0, 0, 0, 0, 0, 0};
    for (const Route& route : routes) pdr->framed_routes.push_back(prefix(route));
  }
  return s;
}

class AgentFramedRoutes : public ::testing::Test {
 protected:
  void SetUp() override { apply(base(7, 101)); }
  void apply(const std::vector<TableUpdate>& updates) {
    const ApplyResult result = world.apply(updates);
    ASSERT_TRUE(result) << "operation " << result.error().operation << ": " << result.error().error.message;
  }
  void put(uint8_t seid, const std::vector<Route>& routes) {
    apply({put_session(7, seid, session_with(seid, routes))});
  }
  std::string refused(const std::vector<TableUpdate>& updates) {
    const std::string before = world.snapshot();
    const ApplyResult result = world.apply(updates);
    EXPECT_FALSE(result);
    EXPECT_EQ(world.snapshot(), before);
    return result ? "" : result.error().error.message;
  }
  // The session that packets to the address go to; 0: none.
  uint64_t session_of(const char* address) {
    const Session* found = nullptr;
    if (const auto ipv4 = parse_ipv4(address)) {
      const uint64_t key = SessionTable::downlink_key(world.vrf(7, 2), Be32::from_host(ipv4->value));
      world.sessions->lookup_downlink(&key, 1, &found);
    } else {
      const WideKey key = SessionTable::downlink_key(world.vrf(7, 2), parse_ipv6(address).value());
      world.sessions->lookup_downlink(&key, 1, &found);
    }
    return found == nullptr ? 0 : found->up_seid.value;
  }
  World world;
};

TEST_F(AgentFramedRoutes, BelongToTheirSession) {
  put(1, {{"192.168.0.0", 16}, {"2001:db8:9::", 48}});
  put(2, {{"192.168.7.0", 24}});
  EXPECT_EQ(session_of("192.168.8.1"), 1u);
  EXPECT_EQ(session_of("192.168.7.1"), 2u);
  EXPECT_EQ(session_of("2001:db8:9:5::1"), 1u);
  EXPECT_EQ(session_of("2001:db8:45:1::1"), 1u);
  EXPECT_EQ(session_of("2001:db8:a::1"), 0u);
  const Session& s = *world.session(7, 1);
  ASSERT_EQ(s.framed_route_count, 2) << "both PDRs share them";
  for (const Pdr* pdr : {&s.pdrs()[0], &s.pdrs()[1]}) {
    EXPECT_TRUE(s.has_framed(*pdr, Be32::from_host(ip(192, 168, 255, 255))));
    EXPECT_TRUE(s.has_framed(*pdr, parse_ipv6("2001:db8:9:ffff::").value()));
    EXPECT_FALSE(s.has_framed(*pdr, Be32::from_host(ip(192, 169, 0, 0))));
  }
  apply({drop(7, EntryKind::session, 2)});
  EXPECT_EQ(session_of("192.168.7.1"), 1u);
}

TEST_F(AgentFramedRoutes, AnothersIsRefusedInWords) {
  put(1, {{"192.168.7.0", 24}, {"2001:db8:9::", 48}});
  EXPECT_THAT(refused({put_session(7, 2, session_with(2, {{"192.168.0.0", 16}, {"192.168.7.0", 24}}))}),
              HasSubstr("framed route 192.168.7.0/24 in vrf 2 is already used by session 1"));
  EXPECT_THAT(refused({put_session(7, 2, session_with(2, {{"2001:db8:9::", 48}}))}),
              HasSubstr("framed route 2001:db8:9::/48 in vrf 2 is already used by session 1"));
  // Another tenant notices nothing.
  apply(base(8, 201));
  apply({put_session(8, 2, session_with(2, {{"192.168.7.0", 24}}))});
  EXPECT_EQ(session_of("192.168.7.1"), 1u);
}

TEST_F(AgentFramedRoutes, SessionsExchangeThemInOneTransaction) {
  put(1, {{"192.168.7.0", 24}});
  put(2, {{"192.168.8.0", 24}});
  apply({put_session(7, 1, session_with(1, {{"192.168.8.0", 24}})),
         put_session(7, 2, session_with(2, {{"192.168.7.0", 24}}))});
  EXPECT_EQ(session_of("192.168.8.1"), 1u);
  EXPECT_EQ(session_of("192.168.7.1"), 2u);
  // What is refused in the end leaves everything where it was.
  refused({put_session(7, 1, session_with(1, {{"192.168.7.0", 24}})),
           put_session(7, 2, session_with(2, {{"192.168.8.0", 24}})),
           put_session(7, 3, session_with(3, {{"192.168.8.0", 24}}))});
  EXPECT_EQ(session_of("192.168.8.1"), 1u);
  EXPECT_EQ(session_of("192.168.7.1"), 2u);
}

TEST_F(AgentFramedRoutes, NonsenseIsRefusedInWords) {
  struct Case {
    const char* text;
    std::function<void(schema::PdrEntryT&)> change;
  };
  const auto of = [](const Route& route) {
    return [route](schema::PdrEntryT& pdr) { pdr.framed_routes.push_back(prefix(route)); };
  };
  const Case cases[] = {
      {"PDR 2: framed route 1: its prefix length 33: must be from 0 to 32", of({"192.168.0.0", 33})},
      {"framed route 1: its prefix 192.168.0.1/31 has host bits", of({"192.168.0.1", 31})},
      {"framed route 1: its prefix 2001:db8::1/64 has host bits", of({"2001:db8::1", 64})},
      {"framed route 1: a prefix of 1 to 32 bits is wanted", of({"0.0.0.0", 0})},
      {"framed route 1: a prefix of 1 to 128 bits is wanted", of({"::", 0})},
      {"framed route 1: it is not a prefix that hosts may have", of({"224.0.0.0", 8})},
      {"framed route 1: it is not a prefix that hosts may have", of({"ff00::", 16})},
      {"framed route 1: it is not a prefix that hosts may have", of({"::ffff:c0a8:0", 112})},
      {"framed route 2: it is there twice",
       [&](schema::PdrEntryT& pdr) {
         of({"192.168.0.0", 24})(pdr);
         of({"192.168.0.0", 24})(pdr);
       }},
      {"framed route 1: a prefix of 1 to 32 bits is wanted, not one that is negated",
       [&](schema::PdrEntryT& pdr) {
         of({"192.168.0.0", 24})(pdr);
         pdr.framed_routes[0]->negated = true;
       }},
      {"framed route 1: its prefix of 3 bytes: an IPv6 address has 16",
       [&](schema::PdrEntryT& pdr) {
         of({"2001:db8::", 32})(pdr);
         pdr.framed_routes[0]->ipv6.resize(3);
       }},
      {"PDR 2: framed route 1: the PDR has no UE address of IPv6 beside it",
       [&](schema::PdrEntryT& pdr) {
         pdr.ue_ipv6.clear();
         of({"2001:db8:9::", 48})(pdr);
       }},
      {"PDR 2: framed route 1: the PDR has no UE address of IPv4 beside it",
       [&](schema::PdrEntryT& pdr) {
         pdr.ue_ipv4 = 0;
         of({"192.168.0.0", 24})(pdr);
       }},
      {"PDR 2: 17 framed routes: at most 16 are allowed",
       [&](schema::PdrEntryT& pdr) {
         for (uint32_t n = 0; n < 17; ++n) of({"192.168.0.0", 24})(pdr);
       }},
  };
  for (const Case& c : cases) {
    auto entry = session_with(1, {});
    c.change(*entry.pdrs[1]);
    EXPECT_THAT(refused({put_session(7, 1, entry)}), HasSubstr(c.text));
  }
}

TEST_F(AgentFramedRoutes, SixtyFourInASession) {
  const auto entry = [](uint8_t pdrs) {
    auto s = session_with(1, {});
    for (uint8_t n = 0; n < pdrs; ++n) {
      auto pdr = std::make_unique<schema::PdrEntryT>(*s.pdrs[1]);
      pdr->pdr_id = static_cast<uint16_t>(10 + n);
      for (uint8_t i = 0; i < 16; ++i)
        pdr->framed_routes.push_back(
            prefix({to_string(Ipv4Address{ip(172, 16, n, static_cast<uint8_t>(i * 8))}).c_str(), 29}));
      s.pdrs.push_back(std::move(pdr));
    }
    return s;
  };
  apply({put_session(7, 1, entry(4))});
  EXPECT_EQ(session_of("172.16.3.127"), 1u);
  EXPECT_THAT(refused({put_session(7, 1, entry(5))}), HasSubstr("a session with 80 framed routes; it can have 64"));
}

}  // namespace
}  // namespace demarc::dp::test
