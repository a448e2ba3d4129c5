// Who is a GTP-U peer, when it is probed, and when it counts as lost.
#include "dataplane/agent/gtpu_peers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace demarc::dp {
namespace {

using Path = GtpuPeers::Path;
using State = GtpuPeers::State;

constexpr uint64_t kMs = 1'000'000;
constexpr uint64_t kSecond = 1'000 * kMs;
constexpr uint64_t kTicksPerSecond = 2'000'000'000;
constexpr GtpuEndpointSlot kEndpoint{3};
constexpr GtpuEndpointSlot kOtherTenants{4};

IpAddress gnb(uint8_t last) { return Be32::from_host(0x0a010000u | last); }

SessionSpec session(uint64_t seid, const IpAddress& peer, uint32_t teid, GtpuEndpointSlot endpoint = kEndpoint) {
  Far far{};
  far.far_id = 1;
  far.outer_header_creation = true;
  far.endpoint = endpoint;
  far.teid = Teid{teid};
  SessionSpec spec{Seid{seid}, TenantSlot{1}, {}, {far}};
  if (peer.is_ipv4()) {
    spec.fars[0].peer_ipv4 = peer.ipv4();
  } else {
    spec.fars[0].outer_ipv6 = 1;
    spec.outer_ipv6 = {{peer.ipv6(), {}}};
  }
  return spec;
}

class GtpuPeersTest : public testing::Test {
 protected:
  struct Asked {
    Path path;
    uint16_t sequence;
    uint64_t at_ns;
  };
  void put(const SessionSpec& spec) { peers.change(nullptr, &spec); }
  void remove(const SessionSpec& spec) { peers.change(&spec, nullptr); }
  // Every 2 ms, as the agent does.
  void run_for(uint64_t ns) {
    for (const uint64_t end = now + ns; now < end; now += 2 * kMs) peers.tick(now, now * 2);
  }
  void answer(const Asked& a, uint64_t after_ns = kMs) {
    peers.on_echo_response(a.path, a.sequence, (a.at_ns + after_ns) * 2, now);
  }
  const GtpuPeers::Peer& peer(const Path& path) { return peers.peers().at(path); }

  uint64_t now = kSecond;
  bool ring_full = false;
  std::vector<Asked> asked;
  std::vector<std::string> told;
  GtpuPeers peers{
      {60, 1'000, 3},
      kTicksPerSecond,
      {.ask =
           [this](const Path& path, uint16_t sequence) {
             if (!ring_full) asked.push_back({path, sequence, now});
             return !ring_full;
           },
       .lost = [this](const Path& p, const GtpuPeers::Peer&) { told.push_back("lost " + to_string(p.address)); },
       .back = [this](const Path& p, const GtpuPeers::Peer&) { told.push_back("back " + to_string(p.address)); },
       .error_indication =
           [this](const Path& p, Teid teid, Seid seid) {
             told.push_back("error " + to_string(p.address) + " " + std::to_string(teid.value) + " " +
                            std::to_string(seid.value));
           }}};
  const Path path{kEndpoint, gnb(2)};
};

// One whose sessions name more peers than anybody has keeps nobody else's from being asked.
TEST_F(GtpuPeersTest, ATenantHasAShareOfWhatIsProbed) {
  constexpr uint32_t kMany = GtpuPeers::kProbedPerTenantMax + 100;
  for (uint32_t n = 0; n < kMany; ++n) put(session(n + 1, Be32::from_host(0x0a020000u + n), 10 + n));
  SessionSpec other = session(1, gnb(2), 10, kOtherTenants);
  other.tenant = TenantSlot{2};
  put(other);
  run_for(2 * kSecond);
  std::set<Path> paths;
  for (const Asked& a : asked) paths.insert(a.path);
  EXPECT_EQ(paths.size(), GtpuPeers::kProbedPerTenantMax + 1u);
  EXPECT_TRUE(paths.contains({kOtherTenants, gnb(2)}));
  // What goes makes room for what comes.
  remove(session(1, Be32::from_host(0x0a020000u), 10));
  put(session(5000, gnb(9), 10));
  asked.clear();
  run_for(kSecond / 2);
  EXPECT_TRUE(std::any_of(asked.begin(), asked.end(), [](const Asked& a) { return a.path.address == gnb(9); }));
}

TEST_F(GtpuPeersTest, APeerIsProbedAtOnceAndThenEachMinute) {
  put(session(1, gnb(2), 10));
  run_for(kSecond / 10);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].path, path);
  EXPECT_EQ(peer(path).state, State::unknown);
  answer(asked[0], 3 * kMs);
  EXPECT_EQ(peer(path).state, State::up);
  EXPECT_EQ(peer(path).round_trip_us, 3'000u);
  EXPECT_TRUE(told.empty());
  run_for(59 * kSecond);
  EXPECT_EQ(asked.size(), 1u);
  run_for(1'500 * kMs);  // and before it is asked again for want of an answer
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_GE(asked[1].at_ns - asked[0].at_ns, 60 * kSecond);
  EXPECT_NE(asked[1].sequence, asked[0].sequence);
}

TEST_F(GtpuPeersTest, TheCostIsByPeersNotBySessions) {
  for (uint32_t n = 0; n < 10'000; ++n) put(session(n + 1, gnb(static_cast<uint8_t>(n % 10)), n + 1));
  EXPECT_EQ(peers.size(), 10u);
  EXPECT_EQ(peer({kEndpoint, gnb(0)}).sessions, 1'000u);
  run_for(kSecond / 2);
  EXPECT_EQ(asked.size(), 10u);
  for (uint32_t n = 0; n < 10'000; ++n) remove(session(n + 1, gnb(static_cast<uint8_t>(n % 10)), n + 1));
  EXPECT_EQ(peers.size(), 0u);
  asked.clear();
  run_for(130 * kSecond);
  EXPECT_TRUE(asked.empty());
}

TEST_F(GtpuPeersTest, ManyNewPeersAreProbedOneAfterTheOther) {
  for (uint32_t n = 0; n < 1'000; ++n) put(session(n + 1, Be32::from_host(0x0a020000 + n), 1));
  run_for(500 * kMs);
  EXPECT_GT(asked.size(), 400u);
  EXPECT_LT(asked.size(), 600u);
  run_for(600 * kMs);
  EXPECT_GE(asked.size(), 1'000u);
}

TEST_F(GtpuPeersTest, WithoutAnAnswerItIsLostAndThenBack) {
  put(session(1, gnb(2), 10));
  run_for(2'900 * kMs);
  ASSERT_EQ(asked.size(), 3u) << "N3-REQUESTS tries, T3-RESPONSE apart";
  EXPECT_EQ(asked[1].sequence, asked[0].sequence);
  EXPECT_EQ(asked[1].at_ns - asked[0].at_ns, kSecond);
  EXPECT_TRUE(told.empty());
  run_for(kSecond);
  EXPECT_EQ(told, std::vector<std::string>{"lost 10.1.0.2"});
  EXPECT_EQ(peer(path).state, State::lost);
  run_for(64 * kSecond);
  EXPECT_EQ(asked.size(), 6u);
  EXPECT_EQ(told.size(), 1u) << "told once";
  run_for(52'500 * kMs);
  ASSERT_EQ(asked.size(), 7u);
  answer(asked[6]);
  EXPECT_EQ(told.back(), "back 10.1.0.2");
  EXPECT_EQ(peer(path).state, State::up);
}

TEST_F(GtpuPeersTest, AnAnswerToALaterTryCountsButHasNoRoundTrip) {
  put(session(1, gnb(2), 10));
  run_for(1'500 * kMs);
  ASSERT_EQ(asked.size(), 2u);
  answer(asked[1]);
  EXPECT_EQ(peer(path).state, State::up);
  EXPECT_EQ(peer(path).round_trip_us, 0u);
}

TEST_F(GtpuPeersTest, OnlyTheRightAnswerIsBelieved) {
  put(session(1, gnb(2), 10));
  peers.on_echo_response(path, 0, 1, now);
  run_for(100 * kMs);
  ASSERT_EQ(asked.size(), 1u);
  const uint16_t right = asked[0].sequence;
  peers.on_echo_response(path, static_cast<uint16_t>(right + 1), 1, now);
  peers.on_echo_response({kEndpoint, gnb(3)}, right, 1, now);
  peers.on_echo_response({kOtherTenants, gnb(2)}, right, 1, now);
  EXPECT_EQ(peer(path).state, State::unknown);
  EXPECT_EQ(peers.counts().unmatched_responses, 4u);
  answer(asked[0]);
  answer(asked[0]);
  EXPECT_EQ(peer(path).echo_responses, 1u) << "once";
}

TEST_F(GtpuPeersTest, AFullRingDelaysTheProbeAndCountsNoTry) {
  ring_full = true;
  put(session(1, gnb(2), 10));
  run_for(10 * kSecond);
  EXPECT_EQ(peer(path).echo_requests, 0u);
  EXPECT_TRUE(told.empty());
  ring_full = false;
  run_for(100 * kMs);
  EXPECT_EQ(asked.size(), 1u);
}

TEST_F(GtpuPeersTest, AChangeOfASessionKeepsWhatIsKnownOfItsPeer) {
  const SessionSpec before = session(1, gnb(2), 10);
  put(before);
  run_for(100 * kMs);
  answer(asked.at(0));
  const SessionSpec same_peer = session(1, gnb(2), 11);
  peers.change(&before, &same_peer);
  EXPECT_EQ(peer(path).state, State::up);
  EXPECT_EQ(peer(path).sessions, 1u);
  const SessionSpec moved = session(1, gnb(7), 11);
  peers.change(&same_peer, &moved);
  EXPECT_FALSE(peers.peers().contains(path));
  EXPECT_EQ(peers.size(), 1u);
}

TEST_F(GtpuPeersTest, ErrorIndicationsNameTheSession) {
  put(session(1, gnb(2), 10));
  put(session(2, gnb(2), 11));
  const IpAddress ipv6 = Ipv6Address{{0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}};
  put(session(3, ipv6, 12));
  now += kSecond;
  peers.on_error_indication(path, gnb(2), Teid{11}, now);
  EXPECT_EQ(told, std::vector<std::string>{"error 10.1.0.2 11 2"});
  peers.on_error_indication(path, gnb(2), Teid{11}, now + kMs);
  EXPECT_EQ(told.size(), 1u) << "the same one is told once a second";
  peers.on_error_indication(path, gnb(2), Teid{11}, now + kSecond);
  EXPECT_EQ(told.size(), 2u);
  peers.on_error_indication(path, ipv6, Teid{12}, now);
  EXPECT_EQ(told.back(), "error 2001:db8::9 12 3") << "a peer may speak of another of its addresses";
}

TEST_F(GtpuPeersTest, ErrorIndicationsOfStrangersSayNothing) {
  put(session(1, gnb(2), 10));
  peers.on_error_indication({kEndpoint, gnb(3)}, gnb(2), Teid{10}, now);
  peers.on_error_indication({kOtherTenants, gnb(2)}, gnb(2), Teid{10}, now);
  peers.on_error_indication(path, gnb(3), Teid{10}, now);
  peers.on_error_indication(path, gnb(2), Teid{99}, now);
  EXPECT_TRUE(told.empty());
  EXPECT_EQ(peers.counts().ignored_indications, 4u);
}

TEST_F(GtpuPeersTest, WithoutAnIntervalNobodyIsAsked) {
  GtpuPeers silent({0, 1'000, 3}, kTicksPerSecond, {});
  const SessionSpec spec = session(1, gnb(2), 10);
  silent.change(nullptr, &spec);
  silent.tick(now + 100 * kSecond, 1);
  EXPECT_EQ(silent.size(), 1u);
}

}  // namespace
}  // namespace demarc::dp
