// The agent's part of IPv6: entries to tables, what is refused, neighbor discovery's state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/wire/nd.h"
#include "dataplane/agent/neighbors.h"
#include "dataplane/agent/report.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;

Ipv6Address at(std::string_view text) { return parse_ipv6(text).value(); }
std::vector<uint8_t> bytes(std::string_view text) {
  const Ipv6Address a = at(text);
  return {a.bytes.begin(), a.bytes.end()};
}

schema::AttachmentEntryT attachment_entry(uint32_t vrf, uint16_t vlan, const char* ipv6, uint8_t length = 64) {
  schema::AttachmentEntryT e;
  e.port = "uplink";
  e.vlan = vlan;
  e.vrf = vrf;
  e.ipv6 = bytes(ipv6);
  e.ipv6_prefix_length = length;
  return e;
}
TableUpdate put_attachment6(uint32_t id, uint32_t vrf, uint16_t vlan, const char* ipv6, uint8_t length = 64) {
  return channel::put(key(7, EntryKind::attachment, id), attachment_entry(vrf, vlan, ipv6, length));
}
TableUpdate put_endpoint6(uint32_t id, const char* ipv6, uint32_t ipv4 = 0) {
  schema::GtpuEndpointEntryT e;
  e.vrf = 1;
  e.ipv4 = ipv4;
  e.ipv6 = bytes(ipv6);
  return channel::put(key(7, EntryKind::gtpu_endpoint, id), e);
}
TableUpdate put_route6(uint32_t id, const char* prefix, uint8_t length, const char* gateway, uint32_t attachment = 2) {
  schema::RouteEntryT e;
  e.vrf = 2;
  e.prefix6 = bytes(prefix);
  e.prefix_length = length;
  e.attachment = attachment;
  e.gateway6 = bytes(gateway);
  return channel::put(key(7, EntryKind::route, id), e);
}
schema::SessionEntryT session6(const char* prefix, const char* peer, uint32_t teid = 0x1001) {
  auto s = session_entry(1, 2, 1, teid, 0);
  for (auto& pdr : s.pdrs) {
    pdr->ue_ipv6 = bytes(prefix);
    pdr->ue_ipv6_prefix_length = 64;
  }
  if (peer != nullptr) {
    s.fars[1]->peer_ipv4 = 0;
    s.fars[1]->peer_ipv6 = bytes(peer);
  }
  return s;
}

// base() with IPv6 on both links, and nothing but IPv6 on a third.
std::vector<TableUpdate> base6() {
  std::vector<TableUpdate> all = base(7, 101);
  schema::AttachmentEntryT access = attachment_entry(1, 101, "2001:db8:1::1");
  access.ipv4 = ip(10, 1, 0, 1);
  access.ipv4_prefix_length = 24;
  schema::AttachmentEntryT core = attachment_entry(2, 102, "2001:db8:2::1");
  core.ipv4 = ip(10, 2, 0, 1);
  core.ipv4_prefix_length = 24;
  all.push_back(channel::put(key(7, EntryKind::attachment, 1), access));
  all.push_back(channel::put(key(7, EntryKind::attachment, 2), core));
  all.push_back(put_attachment6(3, 2, 103, "2001:db8:3::1"));
  all.push_back(put_endpoint6(1, "2001:db8:1::1", ip(10, 1, 0, 1)));
  all.push_back(put_route6(2, "::", 0, "2001:db8:2::fe"));
  all.push_back(put_route6(3, "2001:db8:9::", 48, "fe80::9", 3));
  return all;
}

class AgentIpv6 : public ::testing::Test {
 protected:
  void SetUp() override { apply(base6()); }
  void apply(const std::vector<TableUpdate>& updates) {
    const ApplyResult result = world.apply(updates);
    ASSERT_TRUE(result) << "operation " << result.error().operation << ": " << result.error().error.message;
  }
  void expect_refused(const TableUpdate& update, const std::string& text) {
    SCOPED_TRACE(text);
    const std::string before = world.snapshot();
    const ApplyResult result = world.apply({update});
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().error.message, HasSubstr(text));
    EXPECT_EQ(world.snapshot(), before);
  }
  AttachmentSlot slot(uint32_t id) { return world.state().slots.attachment(TenantId(7), AttachmentId(id)); }
  const NextHop6* route(const char* to) {
    return world.topology().vrf(world.vrf(7, 2))->fib6->lookup(ipv6_value(at(to)));
  }
  const Session* downlink(const char* to) {
    const WideKey key = SessionTable::downlink_key(world.vrf(7, 2), at(to));
    const Session* found = nullptr;
    world.sessions->lookup_downlink(&key, 1, &found);
    return found;
  }
  World world;
};

TEST_F(AgentIpv6, EntriesBecomeRows) {
  const AttachmentRow& row = world.topology().attachment(slot(1));
  EXPECT_EQ(row.ipv6, at("2001:db8:1::1"));
  EXPECT_EQ(row.ipv6_prefix_length, 64);
  EXPECT_EQ(row.ipv6_link_local, wire::link_local_of(row.mac));
  EXPECT_TRUE(row.has_ipv4());
  EXPECT_FALSE(world.topology().attachment(slot(3)).has_ipv4());
  EXPECT_TRUE(world.topology().local_address(row.vrf, at("2001:db8:1::1")).has_gtpu_endpoint);
  ASSERT_NE(route("2001:db8:ffff::1"), nullptr);
  EXPECT_EQ(route("2001:db8:ffff::1")->gateway, at("2001:db8:2::fe"));
  EXPECT_EQ(route("2001:db8:9:1::1")->gateway, at("fe80::9"));
  EXPECT_EQ(route("2001:db8:9:1::1")->egress, slot(3));
  EXPECT_EQ(route("2001:db8:3::77")->gateway, Ipv6Address{}) << "on the link";
  apply({drop(7, EntryKind::route, 2)});
  EXPECT_EQ(route("2001:db8:ffff::1"), nullptr);
}

TEST_F(AgentIpv6, AVrfWithoutIpv6HasNoTrieForIt) {
  apply(base(8, 201));
  EXPECT_EQ(world.topology().vrf(world.vrf(8, 2))->fib6, nullptr);
}

TEST_F(AgentIpv6, SessionsAreCompiled) {
  apply({put_session(7, 5, session6("2001:db8:45::", "2001:db8:1::2"))});
  const Session* s = world.session(7, 5);
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(s->ue_prefix_count, 1) << "both PDRs share it";
  EXPECT_EQ(s->ue_prefix(s->pdrs()[0])->network, at("2001:db8:45::"));
  EXPECT_EQ(s->ue_prefix(s->pdrs()[0])->length(), 64);
  const Far& far = s->fars()[1];
  ASSERT_EQ(far.outer_ipv6, 1);
  EXPECT_EQ(s->outer_ipv6(far).peer, at("2001:db8:1::2"));
  EXPECT_EQ(s->outer_ipv6(far).local, at("2001:db8:1::1"));
  EXPECT_EQ(downlink("2001:db8:45::7"), s);
  // Our end of the tunnel moves, and the session with it.
  apply({put_endpoint6(1, "2001:db8:1::8", ip(10, 1, 0, 1))});
  s = world.session(7, 5);
  EXPECT_EQ(s->outer_ipv6(s->fars()[1]).local, at("2001:db8:1::8"));
  apply({drop(7, EntryKind::session, 5)});
  EXPECT_EQ(downlink("2001:db8:45::7"), nullptr);
}

TEST_F(AgentIpv6, ASessionMayTakeAPrefixOverFromAnotherInOneTransaction) {
  apply({put_session(7, 5, session6("2001:db8:45::", nullptr, 0x1001)),
         put_session(7, 6, session6("2001:db8:46::", nullptr, 0x1002))});
  apply({put_session(7, 5, session6("2001:db8:46::", nullptr, 0x1001)),
         put_session(7, 6, session6("2001:db8:45::", nullptr, 0x1002))});
  EXPECT_EQ(downlink("2001:db8:45::1"), world.session(7, 6));
  EXPECT_EQ(downlink("2001:db8:46::1"), world.session(7, 5));
  expect_refused(put_session(7, 7, session6("2001:db8:45::", nullptr, 0x1003)),
                 "PDR 2: UE prefix 2001:db8:45::/64 in vrf 2 is already used by session 6");
}

TEST_F(AgentIpv6, RefusesWithASentence) {
  auto short_address = attachment_entry(2, 104, "2001:db8:4::1");
  short_address.ipv6.resize(4);
  schema::RouteEntryT both;
  both.vrf = 2;
  both.attachment = 2;
  both.prefix6 = bytes("2001:db8:8::");
  both.prefix_length = 48;
  both.gateway6 = bytes("fe80::1");
  both.gateway = ip(10, 2, 0, 9);
  schema::RouteEntryT no_prefix;
  no_prefix.vrf = 2;
  no_prefix.attachment = 2;
  no_prefix.gateway6 = bytes("fe80::1");
  auto host_bits = session6("2001:db8:45::1", nullptr);
  auto length_0 = session6("2001:db8:45::", nullptr);
  length_0.pdrs[0]->ue_ipv6_prefix_length = 0;
  auto two_peers = session6("2001:db8:45::", "2001:db8:1::2");
  two_peers.fars[1]->peer_ipv4 = ip(10, 1, 0, 2);
  auto short_peer = session6("2001:db8:45::", "2001:db8:1::2");
  short_peer.fars[1]->peer_ipv6.resize(15);
  struct Case {
    TableUpdate update;
    const char* text;
  };
  for (const Case& c : {
           Case{channel::put(key(7, EntryKind::attachment, 4), short_address),
                "address of 4 bytes: an IPv6 address has 16"},
           Case{put_attachment6(4, 2, 104, "2001:db8:4::1", 31),
                "prefix length 31 of 2001:db8:4::1: must be from 32 to 127"},
           Case{put_attachment6(4, 2, 104, "2001:db8:4::1", 128), "must be from 32 to 127"},
           Case{put_attachment6(4, 2, 104, "fe80::1"), "address fe80::1 is not an address that a host may have"},
           Case{put_attachment6(4, 2, 104, "ff02::1"), "is not an address that a host may have"},
           Case{put_attachment6(4, 2, 104, "2001:db8:4::"), "is the subnet-router anycast address"},
           Case{put_attachment6(4, 2, 104, "2001:db8:3::2"), "overlaps 2001:db8:3::1/64 of attachment 3 in vrf 2"},
           Case{put_endpoint6(2, "2001:db8:1::1"), "2001:db8:1::1 in vrf 1 is already the address of gtpu_endpoint 1"},
           Case{put_endpoint6(2, "::1"), "is not an address that a host may have"},
           Case{put_route6(4, "2001:db8:8::1", 48, "fe80::1"), "2001:db8:8::/48 would be right"},
           Case{put_route6(4, "2001:db8:8::", 129, "fe80::1"), "prefix length 129"},
           Case{put_route6(4, "fe80::", 64, "fe80::1"), "nothing is routed there"},
           Case{put_route6(4, "2001:db8:8::", 48, "2001:db8:7::1"),
                "gateway 2001:db8:7::1 is not inside 2001:db8:2::/64"},
           Case{put_route6(4, "2001:db8:8::", 48, "2001:db8:2::1"), "gateway 2001:db8:2::1 is our own address"},
           Case{put_route6(4, "2001:db8:8::", 48, "2001:db8:2::"), "is the subnet-router anycast address"},
           Case{put_route6(4, "2001:db8:8::", 48, "::"), "gateway :: is not an address"},
           Case{put_route6(4, "::", 0, "fe80::1"), "::/0 in vrf 2 has a route already, route 2"},
           Case{put_route(7, 4, 2, ip(192, 0, 2, 0), 24, 3, ip(10, 3, 0, 1)), "attachment 3 has no IPv4 address"},
           Case{channel::put(key(7, EntryKind::route, 4), both), "an IPv6 route with IPv4 addresses in it"},
           Case{channel::put(key(7, EntryKind::route, 4), no_prefix), "an IPv6 gateway and no IPv6 prefix"},
           Case{put_session(7, 5, host_bits), "2001:db8:45::/64 would be right"},
           Case{put_session(7, 5, length_0), "UE prefix length 0: must be from 1 to 128"},
           Case{put_session(7, 5, two_peers), "a peer with both an IPv4 and an IPv6 address"},
           Case{put_session(7, 5, short_peer), "FAR 2: peer of 15 bytes"},
           Case{put_session(7, 5, session6("2001:db8:45::", "fe80::2")), "peer fe80::2 is not an address"},
       })
    expect_refused(c.update, c.text);
}

TEST_F(AgentIpv6, AFamilyThatATunnelNeedsIsNotTakenAway) {
  apply({put_session(7, 5, session6("2001:db8:45::", "2001:db8:1::2"))});
  expect_refused(put_endpoint(7, 1, 1, ip(10, 1, 0, 1)),
                 "FAR 2: its peer is 2001:db8:1::2, but gtpu_endpoint 1 has no IPv6 address");
  expect_refused(put_attachment(7, 2, 2, 102, ip(10, 2, 0, 1)), "attachment 2 has no IPv6 address");
}

TEST_F(AgentIpv6, NeighborsAreAskedAndKept) {
  std::vector<ToWorker> asked;
  int lost = 0;
  Neighbors neighbors{*world.neighbors, 256,
                      [&asked](const ToWorker& m) {
                        asked.push_back(m);
                        return true;
                      },
                      [&lost](AttachmentSlot, const IpAddress&, const Neighbors::Entry&) { ++lost; }};
  neighbors.set_topology(world.topology());
  constexpr MacAddress kMac{2, 0, 0, 0, 9, 9};
  const auto state = [this](uint32_t attachment, const char* address) {
    return world.neighbors->find(NeighborTable::key(slot(attachment), at(address))).state;
  };
  neighbors.wanted(slot(1), at("2001:db8:1::2"), 1);
  neighbors.wanted(slot(1), at("fe80::2"), 1);
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[0].kind, ToWorker::Kind::ask_neighbor);
  EXPECT_EQ(asked[0].address, at("2001:db8:1::2"));
  EXPECT_EQ(state(1, "2001:db8:1::2"), NeighborState::incomplete);
  neighbors.seen(slot(1), at("2001:db8:1::2"), kMac, 2);
  EXPECT_EQ(state(1, "2001:db8:1::2"), NeighborState::reachable);
  // Nobody, ours, not on the link, without IPv6 there.
  const std::string own = to_string(world.topology().attachment(slot(1)).ipv6_link_local);
  for (const char* address : {"2001:db8:1::1", own.c_str(), "2001:db8:7::1", "ff02::1", "::", "::1"})
    neighbors.wanted(slot(1), at(address), 3);
  EXPECT_EQ(asked.size(), 2u);
  EXPECT_EQ(neighbors.counts().not_on_link, 6u);
  for (const auto& neighbor : report_neighbors(world.state(), neighbors, TenantId(7), 5).neighbors) {
    EXPECT_EQ(neighbor->ipv4, 0u);
    EXPECT_EQ(neighbor->ipv6.size(), 16u);
  }
  // Probed where it was after 30 s, and lost when it is silent.
  for (uint64_t second = 1; second <= 40; ++second) neighbors.tick(second * 1'000'000'000);
  EXPECT_EQ(lost, 1);
  EXPECT_EQ(state(1, "2001:db8:1::2"), NeighborState::unknown);
  // IPv6 goes from the link, and its neighbors with it.
  neighbors.seen(slot(1), at("fe80::2"), kMac, 50'000'000'000);
  apply({put_attachment(7, 1, 1, 101, ip(10, 1, 0, 1)), put_endpoint(7, 1, 1, ip(10, 1, 0, 1))});
  neighbors.set_topology(world.topology());
  EXPECT_EQ(neighbors.size(), 0u);
}

}  // namespace
}  // namespace demarc::dp::test
