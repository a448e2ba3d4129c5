// What the tables know of IPv6: routes, our addresses and groups, neighbors, sessions by prefix.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "dataplane/tables/neighbor_table.h"
#include "dataplane/tables/topology.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp {
namespace {

Ipv6Address at(std::string_view text) { return parse_ipv6(text).value(); }

FibRoute6 route(const char* prefix, uint32_t egress, const char* gateway = "::") {
  const Ipv6Prefix p = parse_ipv6_prefix(prefix).value();
  return {ipv6_value(p.address), p.length, {AttachmentSlot{egress}, at(gateway)}};
}

Ipv6Value mask_of(unsigned length) { return length == 0 ? Ipv6Value{0} : ~Ipv6Value{0} << (128 - length); }

// What the trie must agree with: looks at every route.
const NextHop6* naive_lookup(const std::vector<FibRoute6>& routes, Ipv6Value destination) {
  const FibRoute6* best = nullptr;
  for (const FibRoute6& r : routes) {
    if ((destination & mask_of(r.prefix_length)) != r.prefix) continue;
    if (best == nullptr || r.prefix_length >= best->prefix_length) best = &r;
  }
  return best == nullptr ? nullptr : &best->next_hop;
}

void expect_same(const Fib6& fib, const std::vector<FibRoute6>& routes, Ipv6Value destination) {
  const NextHop6* got = fib.lookup(destination);
  const NextHop6* want = naive_lookup(routes, destination);
  ASSERT_EQ(got == nullptr, want == nullptr);
  if (got == nullptr) return;
  ASSERT_EQ(got->egress, want->egress);
  ASSERT_EQ(got->gateway, want->gateway);
}

void expect_same_at_edges(const Fib6& fib, const std::vector<FibRoute6>& routes) {
  for (const FibRoute6& r : routes) {
    const Ipv6Value last = r.prefix | ~mask_of(r.prefix_length);
    for (const Ipv6Value d : {r.prefix - 1, r.prefix, r.prefix + 1, last - 1, last, last + 1}) {
      expect_same(fib, routes, d);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Fib6, AgreesWithTheNaiveLookup) {
  std::vector<FibRoute6> every_length, every_length_ones;
  for (unsigned length = 0; length <= 128; ++length) {
    const auto l = static_cast<uint8_t>(length);
    every_length.push_back(
        {ipv6_value(at("2001:db8:5555:aaaa:5555:aaaa:5555:aaaa")) & mask_of(l), l, {AttachmentSlot{length}, {}}});
    every_length_ones.push_back({mask_of(l), l, {AttachmentSlot{length}, {}}});
  }
  const std::vector<std::vector<FibRoute6>> cases = {
      {},
      {route("::/0", 1, "fe80::1")},
      {route("2001:db8::1/128", 1)},
      {route("::/128", 1), route("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 2)},
      {route("2001:db8::/128", 1), route("2001:db8::3/128", 2)},
      {route("::/0", 1, "2001:db8::fe"), route("2001:db8:1::/64", 2), route("2001:db8:1::/48", 3, "2001:db8:1::7")},
      {route("2001:db8::/32", 1), route("2001:db8::/32", 2)},
      {route("::/1", 1), route("8000::/1", 2)},
      every_length,
      every_length_ones,
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(i);
    const auto fib = Fib6::build(cases[i]);
    ASSERT_TRUE(fib) << fib.error().message;
    expect_same_at_edges(**fib, cases[i]);
  }
}

TEST(Fib6, AgreesWithTheNaiveLookupForRandomRoutes) {
  std::mt19937_64 random(8200);
  const auto any = [&random] { return Ipv6Value{random()} << 64 | random(); };
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    const Ipv6Value varying = any() & any() & any();
    std::vector<FibRoute6> routes;
    for (size_t i = 0, n = 1 + random() % 150; i < n; ++i) {
      const auto length = static_cast<uint8_t>(random() % 129);
      const Ipv6Value prefix = (ipv6_value(at("2001:db8::")) ^ (any() & varying)) & mask_of(length);
      routes.push_back({prefix, length, {AttachmentSlot{static_cast<uint32_t>(random() % 20)}, {}}});
    }
    const auto fib = Fib6::build(routes);
    ASSERT_TRUE(fib);
    expect_same_at_edges(**fib, routes);
    std::vector<Ipv6Value> asked;
    for (int i = 0; i < 64; ++i) asked.push_back(ipv6_value(at("2001:db8::")) ^ (any() & varying));
    const std::vector<const Fib6*> fibs(64, fib->get());
    std::vector<const NextHop6*> found(64);
    Fib6::lookup_burst(fibs.data(), asked.data(), 64, found.data());
    for (int i = 0; i < 64; ++i) {
      expect_same(**fib, routes, asked[static_cast<size_t>(i)]);
      EXPECT_EQ(found[static_cast<size_t>(i)], (*fib)->lookup(asked[static_cast<size_t>(i)]));
    }
    if (HasFatalFailure()) return;
  }
}

TEST(Fib6, AHandfulOfRoutesIsKilobytes) {
  std::vector<FibRoute6> usual = {route("::/0", 1, "2001:db8:2::fe"), route("2001:db8:2::/64", 1)};
  EXPECT_LE(Fib6::build(usual).value()->memory_bytes(), 600u);
  std::vector<FibRoute6> apart;
  for (unsigned i = 0; i < 8; ++i)
    apart.push_back(route((std::to_string(2000 + i) + ":db8:1:2::/64").c_str(), i, "fe80::1"));
  EXPECT_LE(Fib6::build(apart).value()->memory_bytes(), 4096u);
}

TEST(Fib6, RefusesWhatIsNoPrefix) {
  EXPECT_EQ(Fib6::build({{{0, 129, {}}}}).error().message, "route ::/129: the length must be from 0 to 128");
  EXPECT_EQ(Fib6::build({{{ipv6_value(at("2001:db8::1")), 64, {}}}}).error().message,
            "route 2001:db8::1/64 has bits set behind its length");
}

TEST(Topology, KnowsOurIpv6AddressesAndTheirGroups) {
  TopologySpec spec;
  spec.ports = 1;
  spec.vrfs.resize(3);
  AttachmentRow a;
  a.tenant = TenantSlot{1};
  a.vrf = VrfSlot{1};
  a.port = PortIndex{0};
  a.vlan = VlanId{5};
  a.valid = true;
  a.ipv6 = at("2001:db8:1::1");
  a.ipv6_prefix_length = 64;
  a.ipv6_link_local = at("fe80::ff:fe12:3456");
  spec.attachments = {a};
  spec.endpoints = {
      {.tenant = TenantSlot{1}, .vrf = VrfSlot{1}, .ipv4 = {}, .valid = true, .ipv6 = at("2001:db8:1::5")}};
  const auto t = Topology::build(spec).value();
  struct Case {
    const char* address;
    uint32_t vrf;
    bool ours, endpoint, group;
  };
  for (const Case& c : {
           Case{"2001:db8:1::1", 1, true, false, false},
           Case{"2001:db8:1::1", 2, false, false, false},
           Case{"2001:db8:1::5", 1, true, true, false},
           Case{"2001:db8:1::6", 1, false, false, false},
           Case{"fe80::ff:fe12:3456", 1, false, false, false},
           Case{"ff02::1", 1, true, false, true},
           Case{"ff02::1:ff00:1", 1, true, false, true},
           Case{"ff02::1:ff00:5", 1, true, false, true},
           Case{"ff02::1:ff12:3456", 1, true, false, true},
           Case{"ff02::1:ff00:6", 1, false, false, false},
           Case{"ff02::2", 1, false, false, false},
           Case{"ff02::1", 2, false, false, false},
           Case{"::", 1, false, false, false},
       }) {
    SCOPED_TRACE(c.address);
    const LocalAddress local = t->local_address(VrfSlot{c.vrf}, at(c.address));
    EXPECT_EQ(local.ours, c.ours);
    EXPECT_EQ(local.has_gtpu_endpoint, c.endpoint);
    EXPECT_EQ(local.group, c.group);
  }
  EXPECT_FALSE(t->local_address(VrfSlot{1}, Be32{}).ours) << "the attachment has no IPv4 address";
  spec.endpoints.push_back(spec.endpoints[0]);
  const auto twice = Topology::build(spec);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "two GTP-U endpoints have the address 2001:db8:1::5 in one VRF; there can be one");
}

class Ipv6Tables : public ::testing::Test {
 protected:
  Reclaimer reclaimer{1};
};

TEST_F(Ipv6Tables, NeighborsOfBothFamiliesLiveSideBySide) {
  auto table = NeighborTable::create(4, reclaimer, "neigh6").value();
  const WideKey six = NeighborTable::key(AttachmentSlot{2}, at("fe80::1"));
  const uint64_t four = NeighborTable::key(AttachmentSlot{2}, Be32::from_host(0x0a000001));
  const MacAddress mac{2, 0, 0, 0, 0, 1};
  ASSERT_TRUE(table->put(six, {NeighborState::reachable, mac}));
  ASSERT_TRUE(table->put(four, {NeighborState::incomplete, {}}));
  EXPECT_EQ(table->size(), 2u);
  const WideKey asked[] = {NeighborTable::key(AttachmentSlot{3}, at("fe80::1")), six,
                           NeighborTable::key(AttachmentSlot{2}, at("fe80::2"))};
  NeighborAnswer answers[3];
  table->lookup(asked, 3, answers);
  EXPECT_EQ(answers[0].state, NeighborState::unknown);
  EXPECT_EQ(answers[1].state, NeighborState::reachable);
  EXPECT_EQ(answers[1].mac, mac);
  EXPECT_EQ(answers[2].state, NeighborState::unknown);
  EXPECT_EQ(table->find(four).state, NeighborState::incomplete);
  for (unsigned i = 2; i < 5; ++i) {
    WideKey key = six;
    key.address.bytes[15] = static_cast<uint8_t>(i);
    ASSERT_TRUE(table->put(key, {NeighborState::failed, {}}));
  }
  EXPECT_EQ(table->put(NeighborTable::key(AttachmentSlot{9}, at("fe80::9")), {NeighborState::failed, {}}).error().code,
            ErrorCode::exhausted);
  table->remove(six);
  EXPECT_EQ(table->find(six).state, NeighborState::unknown);
}

// A session with a UE prefix in VRF 7.
SessionSpec with_prefix(uint32_t number, const char* prefix, bool with_ipv4 = false) {
  SessionSpec spec = test::sample_session(number);
  spec.ue_prefixes = {ue_prefix(parse_ipv6_prefix(prefix).value())};
  for (Pdr& pdr : spec.pdrs) pdr.ue_ipv6 = 1;
  if (!with_ipv4) spec.pdrs[1].ue_ipv4 = {};
  return spec;
}

class Ipv6Sessions : public Ipv6Tables {
 protected:
  // UP SEID of the session that gets a packet to the address, or 0.
  uint64_t seid_of(const char* address, VrfSlot vrf = test::kCoreVrf) const {
    const WideKey key = SessionTable::downlink_key(vrf, at(address));
    const Session* found = nullptr;
    table->lookup_downlink(&key, 1, &found);
    return found == nullptr ? 0 : found->up_seid.value;
  }
  std::unique_ptr<SessionTable> table = SessionTable::create(64, reclaimer, "sessions6").value();
};

TEST_F(Ipv6Sessions, AreFoundByTheLongestPrefix) {
  ASSERT_TRUE(table->put(with_prefix(1, "2001:db8:1::/64")));
  ASSERT_TRUE(table->put(with_prefix(2, "2001:db8:1::7/128")));
  ASSERT_TRUE(table->put(with_prefix(3, "2001:db8::/32")));
  ASSERT_TRUE(table->put(with_prefix(4, "2001:db8:1:0:8000::/65")));
  struct Case {
    const char* address;
    uint64_t seid;
  };
  for (const Case& c : {Case{"2001:db8:1::1", 2}, Case{"2001:db8:1::7", 3}, Case{"2001:db8:1:1::7", 4},
                        Case{"2001:db9::", 0}, Case{"2001:db8:1:0:8000::7", 5}, Case{"2001:db8:1:0:7fff::7", 2}})
    EXPECT_EQ(seid_of(c.address), c.seid) << c.address;
  EXPECT_EQ(seid_of("2001:db8:1::1", test::kAccessVrf), 0u) << "another VRF";
  ASSERT_TRUE(table->remove(test::kTenant, Seid{3}));
  EXPECT_EQ(seid_of("2001:db8:1::7"), 2u);
}

TEST_F(Ipv6Sessions, ABurstFindsEachItsOwn) {
  for (uint32_t n = 0; n < 40; ++n)
    ASSERT_TRUE(table->put(with_prefix(n, ("2001:db8:0:" + std::to_string(n) + "::/64").c_str())));
  std::vector<WideKey> keys;
  for (uint32_t n = 0; n < 64; ++n)
    keys.push_back(SessionTable::downlink_key(test::kCoreVrf, at("2001:db8:0:" + std::to_string(n) + "::5")));
  std::vector<const Session*> found(64);
  table->lookup_downlink(keys.data(), 64, found.data());
  for (uint32_t n = 0; n < 64; ++n) {
    ASSERT_EQ(found[n] != nullptr, n < 40) << n;
    if (n < 40) {
      EXPECT_EQ(found[n]->up_seid, Seid{n + 1});
    }
  }
}

TEST_F(Ipv6Sessions, KeepBothFamiliesWhenTheyAreReplaced) {
  ASSERT_TRUE(table->put(with_prefix(1, "2001:db8:1::/64", true)));
  EXPECT_EQ(seid_of("2001:db8:1::9"), 2u);
  EXPECT_NE(test::downlink(*table, test::ue_of(1)), nullptr);
  ASSERT_TRUE(table->put(with_prefix(1, "2001:db8:2::/56")));
  EXPECT_EQ(seid_of("2001:db8:1::9"), 0u);
  EXPECT_EQ(seid_of("2001:db8:2:ff::9"), 2u);
  EXPECT_EQ(test::downlink(*table, test::ue_of(1)), nullptr);
  ASSERT_TRUE(table->put(test::sample_session(1)));
  EXPECT_EQ(seid_of("2001:db8:2:ff::9"), 0u);
}

TEST_F(Ipv6Sessions, RefuseWhatIsTakenOrNone) {
  ASSERT_TRUE(table->put(with_prefix(1, "2001:db8:1::/64")));
  const Status taken = table->put(with_prefix(2, "2001:db8:1::/64"));
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::conflict);
  EXPECT_EQ(taken.error().message,
            "UE prefix 2001:db8:1::/64 in VRF slot 7 belongs to session 0x2 already; give this one another");
  EXPECT_EQ(table->find_prefix(test::kCoreVrf, ue_prefix(parse_ipv6_prefix("2001:db8:1::/64").value()))->up_seid,
            Seid{2});
  SessionSpec none = with_prefix(3, "2001:db8:3::/64");
  none.pdrs[1].ue_ipv6 = 2;
  EXPECT_EQ(table->put(none).error().code, ErrorCode::invalid);
  none = with_prefix(3, "2001:db8:3::/64");
  none.ue_prefixes[0].network.bytes[15] = 1;
  EXPECT_EQ(table->put(none).error().code, ErrorCode::invalid) << "host bits";
  none = with_prefix(3, "2001:db8:3::/64");
  none.fars[0].outer_ipv6 = 1;
  EXPECT_EQ(table->put(none).error().code, ErrorCode::invalid) << "a peer that is not there";
  EXPECT_EQ(table->size(), 1u);
}

TEST_F(Ipv6Sessions, AVrfHasEightLengths) {
  for (uint32_t n = 0; n < 8; ++n)
    ASSERT_TRUE(table->put(with_prefix(n, ("2001:db8:" + std::to_string(n) + "::/" + std::to_string(56 + n)).c_str())));
  const Status ninth = table->put(with_prefix(8, "2001:db8:8::/64"));
  ASSERT_FALSE(ninth);
  EXPECT_EQ(ninth.error().code, ErrorCode::exhausted);
  EXPECT_EQ(seid_of("2001:db8:8::1"), 0u);
  ASSERT_TRUE(table->put(with_prefix(8, "2001:db8:8::/60"))) << "a length that is there";
  ASSERT_TRUE(table->remove(test::kTenant, Seid{1}));
  ASSERT_TRUE(table->put(with_prefix(9, "2001:db8:9::/64"))) << "its length went with the last of them";
  EXPECT_EQ(seid_of("2001:db8:9::1"), 10u);
}

TEST_F(Ipv6Sessions, WithoutIpv6AreAsSmallAsEver) {
  const size_t empty = table->memory_bytes();
  ASSERT_TRUE(table->put(test::sample_session(1)));
  const size_t ipv4 = table->memory_bytes() - empty;
  ASSERT_TRUE(table->put(with_prefix(1, "2001:db8:1::/64")));
  EXPECT_EQ(table->memory_bytes() - empty, ipv4 + 64);
}

}  // namespace
}  // namespace demarc::dp
