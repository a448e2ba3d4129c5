// The GTP-U part of the HOSTILE list, each item on every way: outer IPv4 and IPv6, tagged and untagged. Each ends as
// one named drop, charged to the tenant on whose attachment it came, and changes nothing else that can be counted.
#include <gtest/gtest.h>

#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/hostile.h"

namespace demarc::dp::test {
namespace {

class HostileTable : public HostileWorld {
 protected:
  void run(const std::vector<HostileRow>& rows) {
    for (const Way& w : ways())
      for (const HostileRow& row : rows) {
        SCOPED_TRACE(std::string(row.name) + ", " + w.name());
        check(row, w);
      }
  }

 private:
  void check(const HostileRow& row, const Way& w) {
    later();
    const ByteString frame = row.frame(w);
    const TenantSlot charged = row.charged == HostileRow::Charged::house ? kHouse : w.tenant.slot;
    Books books(world);
    books.expect(charged, Counter::received_packets, 1);
    books.expect(charged, Counter::received_bytes, frame.size());
    books.expect(charged, row.drop.of(w));
    const Verdict v = world.receive(kAccessPort, frame);
    EXPECT_EQ(to_string(v.drops), to_string({{charged, row.drop.of(w)}}));
    expect_answer(row.answer.of(w), v, w, books);
    EXPECT_EQ(books.differences(world), "");
    EXPECT_TRUE(world.messages_to_agent().empty()) << "and no change of state";
    ASSERT_EQ(world.check_books(), "");
    expect_traffic(w);
  }

  void expect_answer(Answer answer, const Verdict& v, const Way& w, Books& books) {
    if (answer == Answer::nothing) {
      EXPECT_TRUE(v.sent.empty());
      EXPECT_TRUE(v.told.empty());
      return;
    }
    const bool icmp = answer == Answer::icmp_error;
    ASSERT_EQ(v.sent.size(), icmp ? 0u : 1u);
    ASSERT_EQ(v.told.size(), icmp ? 1u : 0u);
    const SentFrame& frame = icmp ? v.told[0] : v.sent[0];
    EXPECT_EQ(frame.port, kAccessPort);
    EXPECT_EQ(frame.tenant, w.tenant.slot);
    books.expect(w.tenant.slot, Counter::originated_packets, 1);
    books.expect(w.tenant.slot, Counter::sent_packets, 1);
    books.expect(w.tenant.slot, Counter::sent_bytes, frame.frame.size());
    if (icmp) {
      for (const Counter c :
           {Counter::icmp_errors_sent, Counter::icmpv6_errors_sent, Counter::downlink_packets, Counter::downlink_bytes})
        books.ignore(world, w.tenant.slot, c);
      return;
    }
    const bool indication = answer == Answer::error_indication;
    const size_t message = (w.tenant.access_vlan == 0 ? 14u : 18u) + (w.outer_ipv6 ? 40 : 20) + 8;
    ASSERT_GT(frame.frame.size(), message + 1);
    EXPECT_EQ(frame.frame[message + 1], indication ? wire::kGtpuErrorIndication : wire::kGtpuSupportedExtensionHeaders);
    books.expect(w.tenant.slot,
                 indication ? Counter::gtpu_error_indications_sent : Counter::gtpu_extension_notifications_sent, 1);
  }
};

TEST_P(HostileTable, TheLinkAndTheOuterHeaders) { run(hostile_outer_rows()); }
TEST_P(HostileTable, GtpU) { run(hostile_gtpu_rows()); }
TEST_P(HostileTable, InsideOfTunnels) { run(hostile_inner_rows()); }

// The same tunnel, addresses and UE on the neighbour's VLAN, where there is no such session any more.
TEST_P(HostileTable, TheSameTunnelOnAnotherTenantsVlan) {
  const Way w = way();
  const Way other = other_way();
  for (const SessionSpec& spec : {session_of(other.tenant), ipv6_session_of(other.tenant, outer_ipv6())})
    ASSERT_TRUE(world.sessions().remove(other.tenant.slot, spec.up_seid));
  for (const ByteString& message : {gpdu(kUplinkTeid, ue_packet()), gpdu(kUplinkTeid6, ue_packet6())}) {
    later();
    Books books(world);
    const Verdict v = world.receive(kAccessPort, other.carry(message));
    EXPECT_EQ(to_string(v.drops), to_string({{other.tenant.slot, DropReason::gtpu_teid_unknown}}));
    books.ignore_tenant(world, other.tenant.slot);
    EXPECT_EQ(books.differences(world), "");
  }
  Books books(world);
  EXPECT_EQ(to_string(world.receive(kCorePort, from_router(other.tenant, packet_to_ue())).drops),
            to_string({{other.tenant.slot, DropReason::session_unknown}}));
  books.ignore_tenant(world, other.tenant.slot);
  EXPECT_EQ(books.differences(world), "");
  expect_traffic(w);
}

INSTANTIATE_TEST_SUITE_P(Ways, HostileTable, ::testing::Combine(::testing::Bool(), ::testing::Bool()), hostile_variant);

// Floods: what they are answered is bounded, and the neighbour is answered as if there were none.
class HostileFlood : public HostileWorld {
 protected:
  struct Told {
    uint64_t packets = 0;
    uint64_t to_core = 0;  // of them
    uint64_t bytes = 0;
    uint64_t received_bytes = 0;
    void operator+=(const Verdict& v) {
      packets += v.sent.size();
      for (const SentFrame& s : v.sent) to_core += s.port == kCorePort;
      for (const SentFrame& s : v.sent) bytes += s.frame.size();
    }
  };
  // `rounds` full bursts, evenly over one second; frame(n) is the nth packet.
  Told flood(unsigned rounds, const std::function<ByteString(unsigned)>& frame) {
    Told told;
    for (unsigned round = 0; round < rounds; ++round) {
      std::vector<Received> burst;
      for (unsigned n = 0; n < kBurstMax; ++n) {
        burst.emplace_back(frame(round * kBurstMax + n));
        told.received_bytes += burst.back().frame.size();
      }
      told += world.receive(kAccessPort, burst);
      world.now_tsc += kTicksPerSecond / rounds;
    }
    return told;
  }
  // Of all others than the way's tenant nothing is counted.
  void expect_alone(const Books& before) {
    Books books = before;
    books.ignore_tenant(world, way().tenant.slot);
    EXPECT_EQ(books.differences(world), "");
  }
};

TEST_P(HostileFlood, OfEchoRequestsDoesNotAmplify) {
  const Books before(world);
  const ByteString frame = way().carry(hex("32 01 0004 00000000 0007 00 00"));
  const Told told = flood(50, [&](unsigned) { return frame; });
  EXPECT_EQ(told.packets, 50u * kBurstMax);
  EXPECT_LE(told.bytes, told.received_bytes + told.received_bytes / 10);
  expect_alone(before);
  expect_traffic(other_way());
}

TEST_P(HostileFlood, OfUnknownTeidsFromOnePeer) {
  const Books before(world);
  const Told told = flood(50, [&](unsigned n) { return way().carry(gpdu(0x10000 + n, ue_packet())); });
  EXPECT_GE(told.packets, 1u);
  EXPECT_LE(told.packets, 10u) << "a second";
  EXPECT_EQ(world.drops(way().tenant.slot, DropReason::gtpu_teid_unknown), 50u * kBurstMax);
  EXPECT_EQ(world.counter(way().tenant.slot, Counter::answers_suppressed), 50u * kBurstMax - told.packets);
  expect_alone(before);
  const Verdict other = world.receive(kAccessPort, other_way().carry(gpdu(0x99, ue_packet())));
  EXPECT_EQ(other.sent.size(), 1u) << "the neighbour's peers still hear of theirs";
}

TEST_P(HostileFlood, OfUnknownTeidsFromManyPeers) {
  for (unsigned host = 2; host < 250; ++host) {
    const auto value = static_cast<uint8_t>(host);
    const AttachmentSlot link = way().tenant.access();
    Ipv6Address six = address6("2001:db8:1::");
    six.bytes[15] = value;
    ASSERT_TRUE(world.neighbors().put(NeighborTable::key(link, Be32::from_host(address("10.1.0.0").host() + host)),
                                      {NeighborState::reachable, kGnbMac}));
    ASSERT_TRUE(world.neighbors().put(NeighborTable::key(link, six), {NeighborState::reachable, kGnbMac}));
  }
  const Books before(world);
  const Told told = flood(50, [&](unsigned n) {
    return way().carry_from(static_cast<uint8_t>(2 + n % 248), gpdu(0x10000 + n, ue_packet()));
  });
  EXPECT_GT(told.packets, 10u);
  EXPECT_LE(told.packets, 100u) << "a second";
  expect_alone(before);
  EXPECT_EQ(world.receive(kAccessPort, other_way().carry(gpdu(0x99, ue_packet()))).sent.size(), 1u);
}

TEST_P(HostileFlood, OfExtensionHeadersThatNobodyKnows) {
  const Books before(world);
  const ByteString frame = way().carry(hex("34 ff 0008 00000064 0000 00 c1 01 0000 00"));
  const Told told = flood(20, [&](unsigned) { return frame; });
  EXPECT_GE(told.packets, 1u);
  EXPECT_LE(told.packets, 10u);
  expect_alone(before);
}

TEST_P(HostileFlood, OfErrorIndications) {
  const Books before(world);
  const ByteString frame = way().carry(hex("32 1a 0010 00000000 0000 00 00 10 000000a0 85 0004 0a010002"));
  const Told told = flood(20, [&](unsigned) { return frame; });
  EXPECT_EQ(told.packets, 0u);
  const uint64_t refused = world.drops(way().tenant.slot, DropReason::agent_queue_full);
  EXPECT_GT(refused, 0u);
  expect_alone(before);
  EXPECT_EQ(to_string(world.receive(kAccessPort, other_way().carry(hex("32 02 0006 00000000 0007 00 00 0e 00"))).drops),
            "none")
      << "the neighbour's part of the queue is free";
  EXPECT_EQ(world.messages_to_agent().size() + refused, 20u * kBurstMax + 1);
  expect_traffic(way());
}

// Everything of the list at once, among packets that are good, in bursts.
TEST_P(HostileFlood, OfAllOfIt) {
  std::vector<ByteString> frames;
  for (const auto& rows : {hostile_outer_rows(), hostile_gtpu_rows(), hostile_inner_rows()})
    for (const HostileRow& row : rows) frames.push_back(row.frame(way()));
  const unsigned rounds = 30;
  const Told told = flood(rounds, [&](unsigned n) {
    return n % 4 == 0 ? way().carry(gpdu(kUplinkTeid, ue_packet())) : frames[n % frames.size()];
  });
  EXPECT_EQ(told.to_core, rounds * kBurstMax / 4);
  world.messages_to_agent();
  expect_traffic(way());
  expect_traffic(other_way());
}

INSTANTIATE_TEST_SUITE_P(Ways, HostileFlood, ::testing::Combine(::testing::Bool(), ::testing::Bool()), hostile_variant);

}  // namespace
}  // namespace demarc::dp::test
