// UE to UE inside of a core VRF: where it is allowed it never leaves by the core, elsewhere it is dropped; it never
// gets to another VRF or tenant. Every test ends with balanced books.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

class UeToUe : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  void allow(const TestTenant& t) {
    TopologySpec spec = world.spec();
    spec.vrfs[t.core_vrf().value].ue_to_ue = true;
    world.set_topology(spec);
  }
  Verdict send(const TestTenant& t, const ByteString& inner) {
    return world.receive(kAccessPort, uplink_frame(t, inner));
  }
  World world{3};
};

ByteString between(unsigned from, unsigned to, uint8_t ttl = 64, const ByteString& data = hex("c0ffee")) {
  const Be32 source = ue_address(from);
  const Be32 destination = ue_address(to);
  return ipv4(source, destination, wire::kProtocolUdp, udp(source, destination, 4000, 5000, data, true), ttl);
}

size_t l2_bytes(const TestTenant& t) { return t.access_vlan == 0 ? 14 : 18; }

TEST_F(UeToUe, WhatIsAllowedGoesIntoTheOthersTunnel) {
  for (const TestTenant& t : {kAcme, kCarol}) {
    allow(t);
    const Verdict v = send(t, between(0, 1));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].port, kAccessPort) << "it does not leave by the core";
    EXPECT_EQ(v.sent[0].tenant, t.slot);
    EXPECT_EQ(tail(v.sent[0].frame, l2_bytes(t) + 28),
              gpdu(kGnbTeid + 1, between(0, 1, 63), kMarkedQfi, wire::PscPduType::downlink))
        << "one hop is taken off, and the other session's QER marks";
    EXPECT_EQ(world.counter(t.slot, Counter::uplink_packets), 1u);
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_packets), 1u);
    EXPECT_EQ(world.counter(t.slot, Counter::uplink_bytes), world.counter(t.slot, Counter::downlink_bytes));
  }
}

TEST_F(UeToUe, TenantsWithTheSameAddressesDoNotMeet) {
  allow(kAcme);
  std::vector<Received> burst;
  for (unsigned n = 0; n < 30; ++n) burst.push_back(uplink_frame(n % 2 == 0 ? kAcme : kBravo, between(0, 1 + n % 2)));
  const Verdict v = world.receive(kAccessPort, burst);
  EXPECT_EQ(v.sent.size(), 15u);
  for (const SentFrame& s : v.sent) {
    EXPECT_EQ(s.tenant, kAcme.slot);
    EXPECT_EQ(s.frame[15], kAcme.access_vlan);
  }
  ASSERT_EQ(v.drops.size(), 15u);
  for (const CountedDrop& d : v.drops) EXPECT_EQ(d, (CountedDrop{kBravo.slot, DropReason::ue_to_ue_forbidden}));
  EXPECT_EQ(world.counter(kBravo.slot, Counter::uplink_packets), 0u);
}

TEST_F(UeToUe, AnAddressWithoutASessionIsTheCores) {
  for (const bool allowed : {false, true}) {
    if (allowed) allow(kAcme);
    world.sessions().remove(kAcme.slot, Seid{2});
    const Verdict v = send(kAcme, between(0, 1));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].frame, ethernet(kRouterMac, kOurMac[1], kAcme.core_vlan, 0x0800, between(0, 1, 63)));
  }
  EXPECT_EQ(world.counter(kAcme.slot, Counter::uplink_packets), 2u);
}

TEST_F(UeToUe, ASessionOfAnotherVrfIsNotReached) {
  allow(kAcme);
  SessionSpec elsewhere = session_of(kAcme, 1);
  elsewhere.pdrs[1].vrf = VrfSlot{40};
  ASSERT_TRUE(world.sessions().put(elsewhere));
  const Verdict v = send(kAcme, between(0, 1));
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].port, kCorePort);
}

TEST_F(UeToUe, TheOtherSessionsRulesHold) {
  allow(kAcme);
  SessionSpec closed = session_of(kAcme, 1);
  closed.pdrs[1].gate_closed = true;
  ASSERT_TRUE(world.sessions().put(closed));
  EXPECT_EQ(to_string(send(kAcme, between(0, 1)).drops), "qer_gate_closed of tenant 1");
  closed.pdrs[1].gate_closed = false;
  closed.fars[1].forward = false;
  ASSERT_TRUE(world.sessions().put(closed));
  EXPECT_EQ(to_string(send(kAcme, between(0, 1)).drops), "far_drop of tenant 1");
  EXPECT_EQ(send(kAcme, between(0, 2)).sent.size(), 1u);
  // The sender's guards come before.
  EXPECT_EQ(to_string(send(kAcme, between(1, 2)).drops), "inner_source_spoofed of tenant 1");
}

TEST_F(UeToUe, APacketToItselfGoesNowhere) {
  EXPECT_EQ(to_string(send(kAcme, between(0, 0)).drops), "ue_to_ue_forbidden of tenant 1");
  allow(kAcme);
  EXPECT_EQ(to_string(send(kAcme, between(0, 0)).drops), "ue_to_ue_forbidden of tenant 1");
}

TEST_F(UeToUe, HopsAndErrorsAreTheSenders) {
  allow(kAcme);
  ASSERT_EQ(send(kAcme, between(0, 1, 2)).sent.size(), 1u);
  Verdict v = send(kAcme, between(0, 1, 1));
  EXPECT_EQ(to_string(v.drops), "ipv4_ttl_exceeded of tenant 1");
  // Time exceeded, into the sender's tunnel and nowhere else.
  EXPECT_TRUE(v.sent.empty());
  ASSERT_EQ(v.told.size(), 1u);
  EXPECT_EQ(v.told[0].port, kAccessPort);
  const ByteString gtpu = tail(v.told[0].frame, 18 + 28);
  EXPECT_EQ(ByteString(gtpu.begin() + 4, gtpu.begin() + 8), hex("000000a0"));
  EXPECT_EQ(tail(gtpu, 16)[20], wire::kIcmpTimeExceeded);
  world.sessions().remove(kAcme.slot, Seid{2});
  v = send(kAcme, between(0, 1, 1));
  EXPECT_EQ(to_string(v.drops), "ipv4_ttl_exceeded of tenant 1") << "to the core as well";
}

TEST_F(UeToUe, OfIpv6) {
  for (unsigned n : {0u, 1u}) ASSERT_TRUE(world.sessions().put(ipv6_session_of(kAcme, n == 1, n)));
  const auto packet = [](unsigned to, uint8_t hop_limit) {
    return ipv6(ue_ipv6(0), ue_ipv6(to), 17, udp6(ue_ipv6(0), ue_ipv6(to), 4000, 5000, hex("c0ffee")), hop_limit);
  };
  const auto up = [&](unsigned to) {
    return world.receive(kAccessPort, from_gnb(kAcme, to_endpoint(gpdu(kUplinkTeid6, packet(to, 64), kMarkedQfi))));
  };
  EXPECT_EQ(to_string(up(1).drops), "ue_to_ue_forbidden of tenant 1");
  allow(kAcme);
  const Verdict v = up(1);
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(tail(v.sent[0].frame, 18 + 48), gpdu(kGnbTeid6 + 1, packet(1, 63), kMarkedQfi, wire::PscPduType::downlink))
      << "out of a tunnel over IPv4, into one over IPv6";
  EXPECT_EQ(to_string(up(0).drops), "ue_to_ue_forbidden of tenant 1") << "to itself";
  EXPECT_EQ(up(2).sent.at(0).port, kCorePort) << "a prefix that nobody has";
}

TEST_F(UeToUe, BothKindsInOneBurstKeepTheirOrder) {
  allow(kAcme);
  std::vector<Received> burst;
  for (unsigned n = 0; n < 60; ++n) {
    const ByteString number{static_cast<uint8_t>(n)};
    burst.push_back(uplink_frame(kAcme, n % 3 == 0 ? ue_packet(0, number) : between(0, n % 3, 64, number)));
  }
  const Verdict v = world.receive(kAccessPort, burst);
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 60u);
  int last[3] = {-1, -1, -1};
  for (const SentFrame& s : v.sent) {
    const int number = s.frame.back();
    EXPECT_EQ(s.port, number % 3 == 0 ? kCorePort : kAccessPort);
    EXPECT_LT(last[number % 3], number);
    last[number % 3] = number;
  }
}

}  // namespace
}  // namespace demarc::dp::test
