// Fragments of tunnels' packets: put together; and what is sent to fill or to confuse.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "dataplane/worker/reassembly.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/ipv6_frames.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

const Be32 kGnb = address("10.1.0.2");
const Be32 kEndpoint = address("10.1.0.1");
const Ipv6Address kGnb6 = address6("2001:db8:1::2");
const Ipv6Address kEndpoint6 = address6("2001:db8:1::1");

// Bytes [begin, end) of the payload of an IPv4 packet, as a fragment of it.
ByteString fragment4(const ByteString& packet, size_t begin, size_t end, uint16_t id = 7) {
  const size_t bytes = packet.size() - 20;
  end = std::min(end, bytes);
  ByteString out(packet.begin(), packet.begin() + 20);
  out = out + ByteString(packet.begin() + 20 + static_cast<ptrdiff_t>(begin),
                         packet.begin() + 20 + static_cast<ptrdiff_t>(end));
  out = with_word(with_word(out, 2, static_cast<uint16_t>(out.size())), 4, id);
  return with_ip_checksum(with_word(out, 6, static_cast<uint16_t>((end < bytes ? 0x2000 : 0) | begin / 8)));
}

ByteString fragment6(const ByteString& packet, size_t begin, size_t end, uint32_t id = 7) {
  const size_t bytes = packet.size() - 40;
  end = std::min(end, bytes);
  ByteString header = hex("1100 0000 00000000");
  header = with_word(header, 2, static_cast<uint16_t>(begin | (end < bytes ? 1 : 0)));
  header = with_word(with_word(header, 4, static_cast<uint16_t>(id >> 16)), 6, static_cast<uint16_t>(id));
  return ipv6(kGnb6, kEndpoint6, 44,
              header + ByteString(packet.begin() + 40 + static_cast<ptrdiff_t>(begin),
                                  packet.begin() + 40 + static_cast<ptrdiff_t>(end)));
}

ByteString pattern(size_t bytes) {
  ByteString out(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(i * 5 + i / 256);
  return out;
}

class Reassembling : public ::testing::Test {
 protected:
  // The same tunnels are reached over both families: any peer may send.
  void SetUp() override {
    for (const TestTenant& t : kTenants) {
      SessionSpec spec = session_of(t);
      spec.fars[1].guards_tunnels = false;
      ASSERT_TRUE(world.sessions().put(spec));
    }
  }
  void TearDown() override {
    world.poll_held(world.now_tsc + 1'000'000'000);
    EXPECT_EQ(world.counter(kAcme.slot, Counter::held_packets), 0u);
    EXPECT_EQ(world.check_books(), "");
  }
  Verdict receive(const ByteString& fragment, const TestTenant& t = kAcme) {
    return world.receive(kAccessPort, (fragment[0] >> 4 == 6 ? from_gnb6 : from_gnb)(t, fragment));
  }
  uint64_t held(const TestTenant& t = kAcme) { return world.counter(t.slot, Counter::held_packets); }
  World world;
};

ByteString gpdu_with(const ByteString& inner) { return gpdu(kUplinkTeid, inner, kMarkedQfi); }

TEST_F(Reassembling, InAnyOrderAndBothFamilies) {
  const ByteString inner = ue_packet(0, pattern(1200));
  const ByteString expected = world.receive(kAccessPort, uplink_frame(kAcme, inner)).sent.at(0).frame;
  const ByteString packet4 = to_endpoint(gpdu_with(inner));
  const ByteString packet6 = to_endpoint6(gpdu_with(inner));
  std::vector<unsigned> order = {0, 1, 2, 3};
  do {
    for (const bool over_ipv6 : {false, true}) {
      for (unsigned n = 0; n < 4; ++n) {
        const size_t begin = order[n] * 312;
        const size_t end = order[n] == 3 ? SIZE_MAX : begin + 312;
        const Verdict v = receive(over_ipv6 ? fragment6(packet6, begin, end) : fragment4(packet4, begin, end));
        EXPECT_EQ(to_string(v.drops), "none");
        if (n < 3) {
          EXPECT_TRUE(v.sent.empty());
          EXPECT_EQ(held(), n + 1);
          continue;
        }
        ASSERT_EQ(v.sent.size(), 1u);
        EXPECT_EQ(v.sent[0].frame, expected);
        EXPECT_EQ(held(), 0u);
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(world.counter(kAcme.slot, Counter::datagrams_reassembled), 48u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::consumed_packets), 48 * 3u);
}

TEST_F(Reassembling, AFirstFragmentOf8Bytes) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet()));
  receive(fragment4(packet, 8, SIZE_MAX));
  EXPECT_EQ(receive(fragment4(packet, 0, 8)).sent.size(), 1u);
  const ByteString packet6 = to_endpoint6(gpdu_with(ue_packet()));
  receive(fragment6(packet6, 8, SIZE_MAX));
  EXPECT_EQ(receive(fragment6(packet6, 0, 8)).sent.size(), 1u);
}

TEST_F(Reassembling, WhatTheNicSaidOfAFragmentIsNotBelievedOfTheWhole) {
  ByteString message = gpdu_with(ue_packet());
  ByteString datagram = udp(kGnb, kEndpoint, 2152, 2152, message, true);
  datagram[6] ^= 0x55;  // the checksum is wrong
  const ByteString packet = ipv4(kGnb, kEndpoint, 17, datagram);
  for (const size_t begin : {8u, 0u}) {
    const Received r(from_gnb(kAcme, fragment4(packet, begin, begin == 0 ? 8 : SIZE_MAX)), {}, -1,
                     RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_RX_IP_CKSUM_GOOD);
    const Verdict v = world.receive(kAccessPort, {r});
    EXPECT_EQ(to_string(v.drops), begin == 0 ? "udp_bad_checksum of tenant 1" : "none");
  }
}

TEST_F(Reassembling, TenantsDoNotMix) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet()));
  EXPECT_TRUE(receive(fragment4(packet, 0, 16), kAcme).sent.empty());
  EXPECT_TRUE(receive(fragment4(packet, 16, SIZE_MAX), kBravo).sent.empty());
  EXPECT_EQ(held(kAcme) + held(kBravo), 2u);
  EXPECT_EQ(receive(fragment4(packet, 16, SIZE_MAX), kAcme).sent.at(0).tenant, kAcme.slot);
  EXPECT_EQ(receive(fragment4(packet, 0, 16), kBravo).sent.at(0).tenant, kBravo.slot);
}

TEST_F(Reassembling, OverlapsEndTheDatagram) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet(0, pattern(200))));
  const std::pair<size_t, size_t> overlaps[] = {{0, 32}, {8, 24}, {24, 40}, {16, 24}, {40, 80}, {0, 120}};
  for (const auto& [begin, end] : overlaps) {
    SCOPED_TRACE(begin);
    receive(fragment4(packet, 16, 32));
    receive(fragment4(packet, 48, 64));
    const Verdict v = receive(fragment4(packet, begin, end));
    EXPECT_EQ(to_string(v.drops),
              "fragment_overlap of tenant 1, fragment_overlap of tenant 1, fragment_overlap of tenant 1");
    EXPECT_EQ(held(), 0u);
  }
  receive(fragment4(packet, 0, 32));
  EXPECT_EQ(to_string(receive(fragment4(packet, 0, 32)).drops), "fragment_overlap of tenant 1")
      << "twice: only that one";
  EXPECT_EQ(receive(fragment4(packet, 32, SIZE_MAX)).sent.size(), 1u);
}

TEST_F(Reassembling, EndsThatContradict) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet(0, pattern(200))));
  const ByteString shorter(packet.begin(), packet.begin() + 20 + 96);
  receive(fragment4(packet, 128, 160));
  EXPECT_EQ(receive(fragment4(shorter, 64, SIZE_MAX)).drops.size(), 2u) << "the end lies before what came";
  receive(fragment4(shorter, 64, SIZE_MAX));
  EXPECT_EQ(to_string(receive(fragment4(packet, 128, 160)).drops),
            "fragment_malformed of tenant 1, fragment_malformed of tenant 1");
  receive(fragment4(shorter, 64, SIZE_MAX));
  EXPECT_EQ(receive(fragment4(packet, 128, SIZE_MAX)).drops.size(), 2u) << "two ends";
}

TEST_F(Reassembling, FragmentsThatCannotBe) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet(0, pattern(200))));
  EXPECT_EQ(to_string(receive(fragment4(packet, 0, 12)).drops), "fragment_malformed of tenant 1") << "not in eights";
  ByteString far = with_ip_checksum(with_word(fragment4(packet, 0, 64), 6, 0x3fff));
  EXPECT_EQ(to_string(receive(far).drops), "fragment_malformed of tenant 1") << "past the largest packet";
  ByteString empty(packet.begin(), packet.begin() + 20);
  empty = with_ip_checksum(with_word(with_word(empty, 2, 20), 6, 0x2000));
  EXPECT_EQ(to_string(receive(empty).drops), "fragment_malformed of tenant 1");
}

TEST_F(Reassembling, OnlyForUdpToAnEndpoint) {
  const ByteString echo = ipv4(kGnb, kEndpoint, 1, icmp_echo(8, 1, zeros(64)));
  EXPECT_EQ(to_string(receive(fragment4(echo, 0, 32)).drops), "ipv4_fragment of tenant 1");
}

TEST_F(Reassembling, WaitsNoLongerThanItShould) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet()));
  receive(fragment4(packet, 0, 16));
  receive(fragment4(packet, 24, 32));
  EXPECT_TRUE(world.poll_held(world.now_tsc + 2'000'000).drops.empty());
  EXPECT_EQ(to_string(world.poll_held(world.now_tsc + 3'000'001).drops),
            "fragment_timeout of tenant 1, fragment_timeout of tenant 1");
  EXPECT_EQ(held(), 0u);
}

TEST_F(Reassembling, AFullTableIsOneTenantsOwn) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet()));
  for (uint16_t id = 0; id < 500; ++id) {
    const Verdict v = receive(fragment4(packet, 0, 16, id));
    EXPECT_EQ(to_string(v.drops), id < Reassembly::kDatagramsPerTenant ? "none" : "fragment_table_full of tenant 1");
  }
  EXPECT_EQ(held(), Reassembly::kDatagramsPerTenant);
  receive(fragment4(packet, 0, 16), kBravo);
  EXPECT_EQ(receive(fragment4(packet, 16, SIZE_MAX), kBravo).sent.size(), 1u) << "bravo notices nothing";
  EXPECT_EQ(receive(fragment4(packet, 16, SIZE_MAX, 3)).sent.size(), 1u) << "what was taken can still be whole";
}

TEST_F(Reassembling, ADatagramOfTooManyFragmentsIsGivenUp) {
  const ByteString packet = to_endpoint(gpdu_with(ue_packet(0, pattern(600))));
  for (size_t n = 0; n < Reassembly::kPartsMax; ++n)
    EXPECT_TRUE(receive(fragment4(packet, n * 16, n * 16 + 8)).drops.empty());
  EXPECT_EQ(receive(fragment4(packet, 512, 520)).drops.size(), Reassembly::kPartsMax + 1);
  EXPECT_EQ(held(), 0u);
}

// Whatever comes, the books balance and nothing is kept for ever.
TEST_F(Reassembling, AnythingAtAll) {
  std::mt19937 random(20261122);
  const ByteString packet4 = to_endpoint(gpdu_with(ue_packet(0, pattern(400))));
  const ByteString packet6 = to_endpoint6(gpdu_with(ue_packet(0, pattern(400))));
  for (int n = 0; n < 20'000; ++n) {
    const TestTenant& t = kTenants[random() % 3];
    const bool piece = random() % 4 != 0;  // one of three that make the whole
    const size_t begin = piece ? random() % 3 * 152 : random() % 56 * 8;
    const size_t end = piece ? (begin == 304 ? SIZE_MAX : begin + 152) : begin + 8 * (1 + random() % 12);
    const bool over_ipv6 = random() % 2 != 0;
    ByteString f =
        over_ipv6 ? fragment6(packet6, begin, end, random() % 64) : fragment4(packet4, begin, end, random() % 64);
    if (random() % 16 == 0) f.resize(random() % f.size() + 1);
    receive(f, t);
    world.now_tsc += random() % 50'000;
    if (n % 64 == 0) world.poll_held(world.now_tsc);
    if (n % 1000 == 0) {
      ASSERT_EQ(world.check_books(), "");
    }
  }
  EXPECT_GT(world.counter(kAcme.slot, Counter::datagrams_reassembled), 0u);
}

}  // namespace
}  // namespace demarc::dp::test
