// Rates of a tenant, a core VRF, a session and its QERs, from frame to frame. Every test ends with balanced books.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

// A burst of packets of 1,000 bytes inside; so few bytes a second that nothing comes back within a test's tick.
constexpr size_t kInnerBytes = 1000;
const ByteString kData(kInnerBytes - 28, 0x5a);

Rate of_data(uint64_t packets) { return {8 * kInnerBytes * packets, 8 * kInnerBytes * packets}; }
Rate of_packets(uint64_t packets) { return {packets, packets}; }

enum class Level { tenant, vrf, session, qer };
struct Limit {
  Level level;
  Direction direction;
  bool packets;
  DropReason reason;
};

class Meter : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }

  // `count` packets of the tenant's first session; how many left.
  Verdict send(const TestTenant& t, Direction d, unsigned count, unsigned ue = 0) {
    std::vector<Received> burst;
    for (unsigned n = 0; n < count; ++n)
      burst.push_back(d == Direction::uplink ? uplink_frame(t, ue_packet(ue, kData), ue)
                                             : from_router(t, packet_to_ue(ue, kData)));
    return world.receive(d == Direction::uplink ? kAccessPort : kCorePort, burst);
  }
  // One packet tells the bucket of its rate; what it holds then is one largest packet. A second later it is full.
  void fill(const TestTenant& t, Direction d) {
    EXPECT_EQ(send(t, d, 1).sent.size(), 1u);
    world.now_tsc += 2 * kTicksPerSecond;
  }

  void limit_tenant(const TestTenant& t, const Rates& rates) {
    TopologySpec spec = world.spec();
    spec.tenants[t.slot.value].limits = {rates, share_rates(rates, 1), std::make_shared<SharedLimits>(1)};
    world.set_topology(std::move(spec));
  }
  void limit_vrf(const TestTenant& t, const Rates& rates) {
    TopologySpec spec = world.spec();
    spec.vrfs[t.core_vrf().value].limits = {rates, share_rates(rates, 1), std::make_shared<SharedLimits>(1)};
    world.set_topology(std::move(spec));
  }
  void limit_session(const TestTenant& t, const SessionRates& rates, unsigned ue = 0) {
    SessionSpec spec = session_of(t, ue);
    spec.rates = rates;
    if (spec.rates->of_pdrs.empty()) spec.rates->of_pdrs.assign(spec.pdrs.size(), 0);
    ASSERT_TRUE(world.sessions().put(spec));
  }
  void limit(const TestTenant& t, const Limit& l, uint64_t packets) {
    Rates rates{};
    DirectionRates& r = rates[static_cast<size_t>(l.direction)];
    (l.packets ? r.packets : r.bits) = l.packets ? of_packets(packets) : of_data(packets);
    QerRates qer{.qer_id = 7, .mbr = {}, .gbr = {}};
    qer.mbr[static_cast<size_t>(l.direction)] = r.bits;
    switch (l.level) {
      case Level::tenant: return limit_tenant(t, rates);
      case Level::vrf: return limit_vrf(t, rates);
      case Level::session: return limit_session(t, {rates, {}, {}});
      case Level::qer: return limit_session(t, {{}, {qer}, std::vector<uint16_t>(session_of(t).pdrs.size(), 1)});
    }
  }

  World world{3};
};

TEST_F(Meter, EachLevelRefusesWhatIsBeyondIt) {
  constexpr auto kUp = Direction::uplink, kDown = Direction::downlink;
  const Limit limits[] = {
      {Level::tenant, kUp, false, DropReason::rate_tenant},   {Level::tenant, kDown, false, DropReason::rate_tenant},
      {Level::tenant, kUp, true, DropReason::rate_tenant},    {Level::tenant, kDown, true, DropReason::rate_tenant},
      {Level::vrf, kUp, false, DropReason::rate_vrf},         {Level::vrf, kDown, false, DropReason::rate_vrf},
      {Level::vrf, kUp, true, DropReason::rate_vrf},          {Level::vrf, kDown, true, DropReason::rate_vrf},
      {Level::session, kUp, false, DropReason::rate_session}, {Level::session, kDown, false, DropReason::rate_session},
      {Level::session, kUp, true, DropReason::rate_session},  {Level::session, kDown, true, DropReason::rate_session},
      {Level::qer, kUp, false, DropReason::rate_qer},         {Level::qer, kDown, false, DropReason::rate_qer},
  };
  for (const Limit& l : limits) {
    SCOPED_TRACE(testing::Message() << "level " << static_cast<int>(l.level) << ", direction "
                                    << static_cast<int>(l.direction) << (l.packets ? ", packets" : ", bytes"));
    limit_tenant(kAcme, {});
    limit_vrf(kAcme, {});
    limit_session(kAcme, {});
    world.sessions().remove(kAcme.slot, session_of(kAcme).up_seid);
    limit(kAcme, l, 20);
    if (l.level == Level::tenant || l.level == Level::vrf) limit_session(kAcme, {});
    fill(kAcme, l.direction);
    const Verdict v = send(kAcme, l.direction, 30);
    EXPECT_EQ(v.sent.size(), 20u);
    ASSERT_EQ(v.drops.size(), 10u);
    for (const CountedDrop& d : v.drops) EXPECT_EQ(d, (CountedDrop{kAcme.slot, l.reason}));
    const Direction other = l.direction == kUp ? kDown : kUp;
    EXPECT_EQ(send(kAcme, other, 30).sent.size(), 30u) << "the other direction is its own";
    EXPECT_EQ(send(kBravo, l.direction, 30).sent.size(), 30u) << "and another tenant";
    world.now_tsc += kTicksPerSecond / 2;
    EXPECT_EQ(send(kAcme, l.direction, 30).sent.size(), 10u) << "half a second later half of it is there again";
  }
}

// What a session's rate refuses has cost the tenant nothing, and what the tenant's refuses has cost the session
// nothing.
TEST_F(Meter, WhatIsRefusedHasSpentNothing) {
  Rates five{}, ten{};
  five[0].bits = of_data(5);
  ten[0].bits = of_data(10);
  limit_tenant(kAcme, ten);
  limit_session(kAcme, {five, {}, {}});
  limit_session(kAcme, {}, 1);
  fill(kAcme, Direction::uplink);
  EXPECT_EQ(send(kAcme, Direction::uplink, 30).sent.size(), 5u);
  EXPECT_EQ(send(kAcme, Direction::uplink, 30, 1).sent.size(), 5u) << "the tenant has five left, not none";
  world.now_tsc += 2 * kTicksPerSecond;
  EXPECT_EQ(send(kAcme, Direction::uplink, 10, 1).sent.size(), 10u) << "the tenant's are spent";
  EXPECT_EQ(to_string(send(kAcme, Direction::uplink, 1).drops), "rate_tenant of tenant 1");
  limit_tenant(kAcme, {});
  EXPECT_EQ(send(kAcme, Direction::uplink, 30).sent.size(), 5u) << "and the session's not";
}

// A put of the session is no new bucket.
TEST_F(Meter, APutKeepsWhatWasSpent) {
  Rates rates{};
  rates[0].bits = of_data(20);
  limit_session(kAcme, {rates, {}, {}});
  fill(kAcme, Direction::uplink);
  EXPECT_EQ(send(kAcme, Direction::uplink, 30).sent.size(), 20u);
  limit_session(kAcme, {rates, {}, {}});
  EXPECT_EQ(send(kAcme, Direction::uplink, 30).sent.size(), 0u);
  rates[0].bits = of_data(40);
  limit_session(kAcme, {rates, {}, {}});
  EXPECT_EQ(send(kAcme, Direction::uplink, 30).sent.size(), 0u) << "nor is another rate";
}

// TS 23.501 clause 5.7.1.8: the AMBR is for flows without a guaranteed rate.
TEST_F(Meter, BelowTheGbrTheAmbrIsNotAsked) {
  Rates ambr{};
  ambr[0].bits = of_data(10);
  QerRates qer{.qer_id = 7, .mbr = {of_data(30), {}}, .gbr = {of_data(12), {}}};
  limit_session(kAcme, {ambr, {qer}, std::vector<uint16_t>(session_of(kAcme).pdrs.size(), 1)});
  fill(kAcme, Direction::uplink);
  const Verdict v = send(kAcme, Direction::uplink, 40);
  EXPECT_EQ(v.sent.size(), 21u) << "twelve that are guaranteed, and of the AMBR, not asked before, one largest packet";
  ASSERT_FALSE(v.drops.empty());
  EXPECT_EQ(v.drops.back().reason, DropReason::rate_session);
}

TEST_F(Meter, FromUeToUeBothPay) {
  TopologySpec spec = world.spec();
  spec.vrfs[kAcme.core_vrf().value].ue_to_ue = true;
  world.set_topology(std::move(spec));
  const auto between = [&](unsigned count) {
    const ByteString inner = ipv4(ue_address(0), ue_address(1), wire::kProtocolUdp,
                                  udp(ue_address(0), ue_address(1), 4000, 5000, kData, true));
    std::vector<Received> burst(count, uplink_frame(kAcme, inner));
    return world.receive(kAccessPort, burst);
  };
  Rates up{}, down{};
  up[0].bits = of_data(20);
  down[1].bits = of_data(10);
  limit_session(kAcme, {up, {}, {}});
  limit_session(kAcme, {down, {}, {}}, 1);
  EXPECT_EQ(between(1).sent.size(), 1u);
  world.now_tsc += 2 * kTicksPerSecond;
  const Verdict v = between(30);
  EXPECT_EQ(v.sent.size(), 10u);
  EXPECT_EQ(v.drops.size(), 20u);
  EXPECT_EQ(between(1).drops.size(), 1u);
  EXPECT_EQ(world.drops(kAcme.slot, DropReason::rate_session), 21u);
}

// What is no session's is nobody's usage, and is not metered.
TEST_F(Meter, WhatIsForUsIsNotMetered) {
  Rates none_left{};
  none_left[0].packets = none_left[1].packets = of_packets(1);
  limit_tenant(kAcme, none_left);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(
        world.receive(kAccessPort, from_gnb(kAcme, to_endpoint(hex("32 01 0004 00000000 1234 00 00")))).sent.size(), 1u)
        << "Echo Request";
}

}  // namespace
}  // namespace demarc::dp::test
