#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "common/base/ipv4.h"
#include "dataplane/tables/fib.h"

namespace demarc::dp {
namespace {

uint32_t address(const char* text) { return parse_ipv4(text).value().value; }

FibRoute route(const char* prefix, uint32_t egress, uint32_t gateway = 0) {
  const Ipv4Prefix p = parse_ipv4_prefix(prefix).value();
  return {p.value, p.length, {AttachmentSlot{egress}, Be32::from_host(gateway)}};
}

// What the trie must agree with: looks at every route.
const NextHop* naive_lookup(const std::vector<FibRoute>& routes, uint32_t destination) {
  const FibRoute* best = nullptr;
  for (const FibRoute& r : routes) {
    if ((destination & ipv4_mask(r.prefix_length)) != r.prefix) continue;
    if (best == nullptr || r.prefix_length >= best->prefix_length) best = &r;
  }
  return best == nullptr ? nullptr : &best->next_hop;
}

void expect_same(const Fib& fib, const std::vector<FibRoute>& routes, uint32_t destination) {
  const NextHop* got = fib.lookup(destination);
  const NextHop* want = naive_lookup(routes, destination);
  const std::string text = demarc::to_string(Ipv4Address{destination});
  ASSERT_EQ(got == nullptr, want == nullptr) << text;
  if (got == nullptr) return;
  ASSERT_EQ(got->egress, want->egress) << text;
  ASSERT_EQ(got->gateway, want->gateway) << text;
}

// Each route's first and last address and those beside them: where a trie goes wrong.
void expect_same_at_edges(const Fib& fib, const std::vector<FibRoute>& routes) {
  for (const FibRoute& r : routes) {
    const uint32_t last = r.prefix | ~ipv4_mask(r.prefix_length);
    for (uint32_t d : {r.prefix - 1, r.prefix, r.prefix + 1, last - 1, last, last + 1}) {
      expect_same(fib, routes, d);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

struct Case {
  std::string description;
  std::vector<FibRoute> routes;
};

std::vector<Case> cases() {
  std::vector<FibRoute> every_length, every_length_ones;
  for (unsigned length = 0; length <= 32; ++length) {
    const auto l = static_cast<uint8_t>(length);
    every_length.push_back({address("10.85.170.85") & ipv4_mask(l), l, {AttachmentSlot{length}, {}}});
    every_length_ones.push_back({ipv4_mask(l), l, {AttachmentSlot{length}, {}}});
  }
  return {
      {"no route", {}},
      {"default only", {route("0.0.0.0/0", 1)}},
      {"one host", {route("10.0.0.1/32", 1)}},
      {"lowest and highest host", {route("0.0.0.0/32", 1), route("255.255.255.255/32", 2)}},
      {"hosts that share all but the last stride", {route("10.0.0.0/32", 1), route("10.0.0.3/32", 2)}},
      {"default and host", {route("0.0.0.0/0", 1), route("192.0.2.1/32", 2)}},
      {"halves", {route("0.0.0.0/1", 1), route("128.0.0.0/1", 2)}},
      {"on the strides' edges",
       {route("4.0.0.0/6", 1), route("4.0.0.0/7", 2), route("4.16.0.0/12", 3), route("4.16.64.0/18", 4),
        route("4.16.64.0/24", 5), route("4.16.64.0/30", 6)}},
      {"a longer one with the same next hop", {route("10.0.0.0/8", 1), route("10.1.0.0/16", 1)}},
      {"nested, given from long to short",
       {route("10.1.2.3/32", 4), route("10.1.2.0/24", 3), route("10.1.0.0/16", 2), route("10.0.0.0/8", 1)}},
      {"a hole in a covered range", {route("10.0.0.0/8", 1), route("10.128.0.0/9", 2), route("10.192.0.0/10", 1)}},
      {"the same prefix twice", {route("10.0.0.0/8", 1), route("11.0.0.0/8", 3), route("10.0.0.0/8", 2)}},
      {"gateways differ, egress is one", {route("10.0.0.0/8", 1, 7), route("10.1.0.0/16", 1, 8)}},
      {"every length, nested", every_length},
      {"every length, to the end of the addresses", every_length_ones},
  };
}

TEST(Fib, AgreesWithTheNaiveLookup) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.description);
    const auto fib = Fib::build(c.routes);
    ASSERT_TRUE(fib) << fib.error().message;
    expect_same_at_edges(**fib, c.routes);
    for (const char* d : {"0.0.0.0", "127.255.255.255", "128.0.0.0", "255.255.255.255", "10.0.0.2"})
      expect_same(**fib, c.routes, address(d));
  }
}

TEST(Fib, AgreesWithTheNaiveLookupForRandomRoutes) {
  std::mt19937 random(20240229);
  for (int round = 0; round < 60; ++round) {
    std::vector<FibRoute> routes;
    const size_t count = 1 + random() % 200;
    // Few bits vary, in each round others, so that the prefixes nest, touch and repeat.
    const uint32_t varying = static_cast<uint32_t>(random()) & static_cast<uint32_t>(random());
    for (size_t i = 0; i < count; ++i) {
      const auto length = static_cast<uint8_t>(random() % 33);
      const uint32_t prefix = (0x0a000000 ^ (static_cast<uint32_t>(random()) & varying)) & ipv4_mask(length);
      routes.push_back({prefix, length, {AttachmentSlot{static_cast<uint32_t>(random() % 20)}, {}}});
    }
    SCOPED_TRACE("round " + std::to_string(round));
    const auto fib = Fib::build(routes);
    ASSERT_TRUE(fib);
    expect_same_at_edges(**fib, routes);
    for (int i = 0; i < 500; ++i) {
      expect_same(**fib, routes, 0x0a000000 ^ (static_cast<uint32_t>(random()) & varying));
      expect_same(**fib, routes, static_cast<uint32_t>(random()));
    }
    if (HasFatalFailure()) return;
  }
}

TEST(Fib, ABurstIsAnsweredLikeItsPacketsOneByOne) {
  std::vector<std::unique_ptr<const Fib>> fibs;
  for (const Case& c : cases()) fibs.push_back(Fib::build(c.routes).value());
  fibs.push_back(nullptr);
  std::mt19937 random(5);
  for (unsigned n : {0u, 1u, 2u, 33u, 64u, 64u, 64u}) {
    std::array<const Fib*, 64> of;
    std::array<uint32_t, 64> to;
    const NextHop marker{};
    std::array<const NextHop*, 65> out;
    out.fill(&marker);
    for (unsigned i = 0; i < n; ++i) {
      of[i] = fibs[random() % fibs.size()].get();
      to[i] = random() % 2 == 0 ? static_cast<uint32_t>(random()) : 0x0a000000 | (random() & 0x55aa55);
    }
    Fib::lookup_burst(of.data(), to.data(), n, out.data());
    for (unsigned i = 0; i < n; ++i) {
      EXPECT_EQ(out[i], of[i] == nullptr ? nullptr : of[i]->lookup(to[i])) << i;
    }
    EXPECT_EQ(out[n], &marker) << "wrote behind " << n;
  }
}

TEST(Fib, CountsDistinctPrefixes) {
  const std::vector<FibRoute> routes{route("10.0.0.0/8", 1), route("10.0.0.0/8", 2), route("10.0.0.0/9", 2)};
  EXPECT_EQ(Fib::build(routes).value()->route_count(), 2u);
}

TEST(Fib, AVrfOfAHandfulOfRoutesCostsAFewKilobytes) {
  const std::vector<FibRoute> worst{route("0.0.0.0/0", 1),      route("10.9.1.1/32", 2),    route("31.3.201.7/32", 3),
                                    route("77.7.77.7/32", 4),   route("101.5.9.130/32", 5), route("150.1.2.3/32", 6),
                                    route("203.0.113.9/32", 7), route("224.8.8.8/32", 8)};
  EXPECT_LE(Fib::build(worst).value()->memory_bytes(), 1536u);
  const std::vector<FibRoute> usual{route("0.0.0.0/0", 1),      route("10.0.0.0/24", 2),  route("10.0.1.0/24", 3),
                                    route("10.0.2.0/24", 4),    route("10.8.0.0/16", 5),  route("10.9.0.0/16", 6),
                                    route("192.168.0.0/16", 7), route("172.16.0.0/12", 8)};
  EXPECT_LE(Fib::build(usual).value()->memory_bytes(), 512u);
  EXPECT_EQ(Fib::build({}).value()->memory_bytes(), sizeof(Fib) + 2);
}

TEST(Fib, RefusesWhatIsNoPrefix) {
  struct Bad {
    FibRoute route;
    std::string says;
  };
  for (const Bad& b : {Bad{{0x0a000000, 33, {}}, "10.0.0.0/33"}, Bad{{0x0a000001, 24, {}}, "10.0.0.1/24"},
                       Bad{{1, 0, {}}, "0.0.0.1/0"}, Bad{{0x0a000000, 255, {}}, "10.0.0.0/255"}}) {
    const std::vector<FibRoute> routes{route("11.0.0.0/8", 1), b.route};
    const auto fib = Fib::build(routes);
    ASSERT_FALSE(fib) << b.says;
    EXPECT_EQ(fib.error().code, ErrorCode::invalid);
    EXPECT_NE(fib.error().message.find(b.says), std::string::npos) << fib.error().message;
  }
}

TEST(Fib, TakesAllNextHopsThatHaveANumberAndNotOneMore) {
  std::vector<FibRoute> routes;
  for (uint32_t i = 0; i < 65535; ++i) routes.push_back({i << 8, 24, {AttachmentSlot{i}, {}}});
  const auto fib = Fib::build(routes);
  ASSERT_TRUE(fib) << fib.error().message;
  EXPECT_EQ((*fib)->lookup(0)->egress, AttachmentSlot{0});
  EXPECT_EQ((*fib)->lookup(65534u << 8 | 9)->egress, AttachmentSlot{65534});
  EXPECT_EQ((*fib)->lookup(65535u << 8), nullptr);

  routes.push_back({65535u << 8, 24, {AttachmentSlot{7}, {}}});  // one that it has: fine
  ASSERT_TRUE(Fib::build(routes));
  routes.push_back({65535u << 8 | 128, 25, {AttachmentSlot{65535}, {}}});
  const auto full = Fib::build(routes);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::exhausted);
}

}  // namespace
}  // namespace demarc::dp
