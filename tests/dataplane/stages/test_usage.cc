// What a session used: every packet of it is forwarded or one drop, and counted when it is known which.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

class Usage : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }

  UsageReading usage(const TestTenant& t, unsigned number = 0) {
    const Session* const session = world.sessions().find(t.slot, Seid{1 + number});
    return session == nullptr ? UsageReading{} : session->usage->read();
  }
  // "up 1/31 down 0/0", and each drop: packets and bytes.
  std::string used(const TestTenant& t, unsigned number = 0) {
    const UsageReading u = usage(t, number);
    std::string out = "up " + std::to_string(u.uplink_packets) + "/" + std::to_string(u.uplink_bytes) + " down " +
                      std::to_string(u.downlink_packets) + "/" + std::to_string(u.downlink_bytes);
    for (size_t r = 0; r < kDropReasonCount; ++r)
      if (u.drops[r] != 0) out += " " + std::string(kDropReasons[r].name) + " " + std::to_string(u.drops[r]);
    return u.other_drops == 0 ? out : out + " other " + std::to_string(u.other_drops);
  }
  uint64_t counter(const TestTenant& t, Counter c) { return world.counter(t.slot, c); }
  Verdict up(const ByteString& inner, unsigned number = 0) {
    return world.receive(kAccessPort, uplink_frame(kAcme, inner, number));
  }
  Verdict down(const ByteString& packet) { return world.receive(kCorePort, from_router(kAcme, packet)); }
  template <class Change>
  void change(Change change) {
    TopologySpec spec = world.spec();
    change(spec);
    world.set_topology(std::move(spec));
  }

  World world{3};
};

ByteString to_server(const char* server, size_t bytes = 3) {
  return ipv4(ue_address(), address(server), wire::kProtocolUdp,
              udp(ue_address(), address(server), 4000, 5000, zeros(bytes), true));
}

TEST_F(Usage, InnerPacketsAndBytesBothWaysOfEachTenantsOwn) {
  std::vector<Received> burst;
  for (unsigned n = 0; n < 12; ++n) burst.push_back(uplink_frame(n % 4 == 3 ? kBravo : kAcme, ue_packet(n % 2), n % 2));
  EXPECT_EQ(world.receive(kAccessPort, burst).sent.size(), 12u);
  EXPECT_EQ(down(packet_to_ue(0, zeros(100))).sent.size(), 1u);
  EXPECT_EQ(used(kAcme, 0), "up 6/186 down 1/128");
  EXPECT_EQ(used(kAcme, 1), "up 3/93 down 0/0");
  EXPECT_EQ(used(kAcme, 2), "up 0/0 down 0/0");
  EXPECT_EQ(used(kBravo, 0), "up 0/0 down 0/0");
  EXPECT_EQ(used(kBravo, 1), "up 3/93 down 0/0");
  EXPECT_EQ(counter(kAcme, Counter::uplink_packets), 9u);
  EXPECT_EQ(counter(kAcme, Counter::uplink_bytes), 279u);
  EXPECT_EQ(counter(kAcme, Counter::downlink_bytes), 128u);
}

TEST_F(Usage, Ipv6IsCountedAsIpv4Is) {
  ASSERT_TRUE(world.sessions().put(ipv6_session_of(kAcme, true)));
  const ByteString inner = ue_packet6(0, zeros(10));
  ASSERT_EQ(world.receive(kAccessPort, from_gnb6(kAcme, to_endpoint6(gpdu(kUplinkTeid6, inner, 9)))).sent.size(), 1u);
  const ByteString back = packet_to_ue6(0, zeros(20));
  ASSERT_EQ(world.receive(kCorePort, from_router6(kAcme, back)).sent.size(), 1u);
  const Session* const session = world.sessions().find(kAcme.slot, ipv6_session_of(kAcme, true).up_seid);
  ASSERT_NE(session, nullptr);
  const UsageReading u = session->usage->read();
  EXPECT_EQ(u.uplink_packets, 1u);
  EXPECT_EQ(u.uplink_bytes, inner.size());
  EXPECT_EQ(u.downlink_packets, 1u);
  EXPECT_EQ(u.downlink_bytes, back.size());
}

// Each is one drop and no usage, of the session and of the tenant, wherever on its way it ends.
TEST_F(Usage, WhatIsDroppedFurtherOnIsNoUsage) {
  change([](TopologySpec& spec) { spec.attachments[kAcme.core().value].mtu = 1300; });
  EXPECT_EQ(to_string(up(to_server("10.2.0.1")).drops), "route_to_ourselves of tenant 1");
  EXPECT_EQ(to_string(up(to_server("10.2.0.255")).drops), "route_broadcast of tenant 1");
  EXPECT_EQ(to_string(up(with_ip_checksum(with_word(to_server("198.51.100.1", 1400), 6, 0x4000))).drops),
            "ipv4_too_big of tenant 1");
  EXPECT_EQ(to_string(up(packet_to_ue()).drops), "inner_source_spoofed of tenant 1");
  EXPECT_EQ(to_string(down(packet_to_ue(0, zeros(3), 1)).drops), "ipv4_ttl_exceeded of tenant 1");
  world.ports.full = true;
  EXPECT_EQ(to_string(up(ue_packet()).drops), "port_tx_full of tenant 1");
  EXPECT_EQ(to_string(down(packet_to_ue()).drops), "port_tx_full of tenant 1");
  EXPECT_EQ(used(kAcme),
            "up 0/0 down 0/0 ipv4_ttl_exceeded 1 inner_source_spoofed 1 route_to_ourselves 1 port_tx_full 2 "
            "ipv4_too_big 1 route_broadcast 1");
  EXPECT_EQ(counter(kAcme, Counter::uplink_packets), 0u);
  EXPECT_EQ(counter(kAcme, Counter::downlink_packets), 0u);
}

TEST_F(Usage, WhatHasNoSessionIsNoSessionsDrop) {
  EXPECT_EQ(to_string(up(ue_packet(), 77).drops), "gtpu_teid_unknown of tenant 1");
  EXPECT_EQ(to_string(down(packet_to_ue(77)).drops), "session_unknown of tenant 1");
  for (unsigned n = 0; n < 3; ++n) EXPECT_EQ(used(kAcme, n), "up 0/0 down 0/0") << n;
}

// A held packet is counted as it is held, and never again: not when it goes, and not when it is dropped in the end.
TEST_F(Usage, HeldPacketsCountOnce) {
  const uint64_t key = NeighborTable::key(kAcme.core(), address("10.2.0.254"));
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::incomplete, {}}));
  for (int n = 0; n < 4; ++n) EXPECT_EQ(to_string(up(ue_packet()).drops), "none");
  EXPECT_EQ(used(kAcme), "up 4/124 down 0/0");
  EXPECT_EQ(to_string(up(ue_packet()).drops), "neighbor_hold_full of tenant 1");
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::reachable, kRouterMac}));
  EXPECT_EQ(world.poll_held(world.now_tsc + 1).sent.size(), 4u);
  EXPECT_EQ(used(kAcme), "up 4/124 down 0/0 neighbor_hold_full 1");
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::incomplete, {}}));
  up(ue_packet());
  ASSERT_TRUE(world.neighbors().put(key, {NeighborState::failed, {}}));
  EXPECT_EQ(to_string(world.poll_held(world.now_tsc + 2).drops), "neighbor_unresolved of tenant 1");
  EXPECT_EQ(used(kAcme), "up 5/155 down 0/0 neighbor_hold_full 1") << "the session may be gone by then";
  EXPECT_EQ(counter(kAcme, Counter::uplink_packets), 5u);
}

TEST_F(Usage, FragmentsOfOnePacketCountOnce) {
  change([](TopologySpec& spec) {
    for (const AttachmentSlot slot : {kAcme.access(), kAcme.core()}) {
      spec.attachments[slot.value].mtu = 600;
      spec.attachments[slot.value].fragment_ipv4 = true;
    }
  });
  const size_t bytes = to_server("198.51.100.1", 1372).size();
  EXPECT_EQ(up(to_server("198.51.100.1", 1372)).sent.size(), 3u);
  EXPECT_EQ(used(kAcme), "up 1/" + std::to_string(bytes) + " down 0/0");
  EXPECT_EQ(down(packet_to_ue(0, zeros(1372))).sent.size(), 3u);
  const std::string both = "up 1/" + std::to_string(bytes) + " down 1/" + std::to_string(bytes);
  EXPECT_EQ(used(kAcme), both);
  EXPECT_EQ(counter(kAcme, Counter::uplink_packets), 1u);
  EXPECT_EQ(counter(kAcme, Counter::uplink_bytes), bytes);
  world.ports.full = true;
  EXPECT_EQ(up(to_server("198.51.100.1", 1372)).drops.size(), 3u) << "the tenant's books are of frames";
  EXPECT_EQ(used(kAcme), both + " port_tx_full 1");
}

TEST_F(Usage, FromUeToUeIsUplinkOfOneAndDownlinkOrDropOfTheOther) {
  change([](TopologySpec& spec) { spec.vrfs[kAcme.core_vrf().value].ue_to_ue = true; });
  const auto to_ue = [](unsigned number) {
    return ipv4(ue_address(0), ue_address(number), wire::kProtocolUdp,
                udp(ue_address(0), ue_address(number), 1, 2, zeros(3), true));
  };
  EXPECT_EQ(up(to_ue(1)).sent.size(), 1u);
  EXPECT_EQ(used(kAcme, 0), "up 1/31 down 0/0");
  EXPECT_EQ(used(kAcme, 1), "up 0/0 down 1/31");
  SessionSpec closed = session_of(kAcme, 1);
  closed.pdrs[1].gate_closed = true;
  ASSERT_TRUE(world.sessions().put(closed));
  EXPECT_EQ(to_string(up(to_ue(1)).drops), "qer_gate_closed of tenant 1");
  EXPECT_EQ(used(kAcme, 0), "up 2/62 down 0/0");
  EXPECT_EQ(used(kAcme, 1), "up 0/0 down 1/31 qer_gate_closed 1") << "kept over the put";
  EXPECT_EQ(to_string(up(to_ue(0)).drops), "ue_to_ue_forbidden of tenant 1") << "to itself";
  EXPECT_EQ(used(kAcme, 0), "up 2/62 down 0/0 ue_to_ue_forbidden 1");
}

// What demarc says itself is no usage: nobody sent it to the session.
TEST_F(Usage, AnswersOfOurOwnAreNoUsage) {
  const ByteString late = ipv4(ue_address(), address("198.51.100.1"), wire::kProtocolUdp,
                               udp(ue_address(), address("198.51.100.1"), 1, 2, zeros(3), true), 1);
  const Verdict v = up(late);
  EXPECT_EQ(to_string(v.drops), "ipv4_ttl_exceeded of tenant 1");
  EXPECT_EQ(v.told.size(), 1u) << "an ICMP error through the tunnel";
  EXPECT_EQ(used(kAcme), "up 0/0 down 0/0 ipv4_ttl_exceeded 1");
  world.ports.full = true;
  world.now_tsc += 10 * kTicksPerSecond;
  EXPECT_EQ(up(late).drops.size(), 2u) << "the packet, and the error about it";
  EXPECT_EQ(used(kAcme), "up 0/0 down 0/0 ipv4_ttl_exceeded 2");
}

// Received = forwarded + drops, of each session, in bursts where everything happens at once.
TEST_F(Usage, EveryPacketOfASessionIsForwardedOrOneDrop) {
  constexpr unsigned kRounds = 40;
  uint64_t of_session[3] = {};
  for (unsigned round = 0; round < kRounds; ++round) {
    world.ports.full = round % 7 == 0;
    std::vector<Received> burst;
    for (unsigned n = 0; n < 64; ++n) {
      const unsigned number = (n + round) % 3;
      ++of_session[number];
      const ByteString good = ue_packet(number);
      switch ((n * 5 + round) % 6) {
        case 0: burst.push_back(uplink_frame(kAcme, with_word(good, 10, 0x1234), number)); break;
        case 1: burst.push_back(uplink_frame(kAcme, ue_packet(number + 1), number)); break;
        case 2: burst.push_back(uplink_frame(kAcme, {}, number)); break;
        default: burst.push_back(uplink_frame(kAcme, good, number));
      }
    }
    world.receive(kAccessPort, burst);
  }
  uint64_t forwarded = 0;
  for (unsigned number = 0; number < 3; ++number) {
    const UsageReading u = usage(kAcme, number);
    uint64_t sum = u.uplink_packets + u.downlink_packets + u.other_drops;
    for (const uint64_t drops : u.drops) sum += drops;
    EXPECT_EQ(sum, of_session[number]) << used(kAcme, number);
    EXPECT_EQ(u.uplink_bytes, u.uplink_packets * 31);
    forwarded += u.uplink_packets;
  }
  EXPECT_GT(forwarded, 0u);
  EXPECT_EQ(counter(kAcme, Counter::uplink_packets), forwarded);
}

}  // namespace
}  // namespace demarc::dp::test
