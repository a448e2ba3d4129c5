// Ethernet PDU sessions (TS 23.501 clause 5.6.10.2): frames between the tunnels of a core VRF's sessions and its one
// attachment. Every test ends with balanced books.
#include <gtest/gtest.h>
#include <rte_cycles.h>

#include <algorithm>

#include "dataplane/tables/ethernet_network.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/stages/world.h"

namespace demarc::dp::test {
namespace {

constexpr uint32_t kTeid = 0x3064;      // ours; plus the number of the session
constexpr uint32_t kGnbsTeid = 0x30a0;  // the same
constexpr MacAddress kUeMac{2, 0xee, 0, 0, 0, 1};
constexpr MacAddress kOtherUeMac{2, 0xee, 0, 0, 0, 2};
constexpr MacAddress kServerMac{2, 0x5e, 0, 0, 0, 1};
constexpr uint16_t kType = 0x88b5;  // IEEE 802's for experiments

SessionSpec ethernet_session(const TestTenant& t, uint32_t number = 0) {
  SessionSpec spec = session_of(t);
  spec.up_seid = Seid{300 + number};
  spec.pdrs[0].teid = Teid{kTeid + number};
  spec.pdrs[0].ue_ipv4 = spec.pdrs[1].ue_ipv4 = {};
  spec.fars[1].teid = Teid{kGnbsTeid + number};
  spec.opaque.emplace();
  spec.opaque->ethernet = true;
  spec.opaque->vrf = t.core_vrf();
  spec.opaque->rules.resize(2);
  return spec;
}

ByteString frame(const MacAddress& to, const MacAddress& from, uint16_t c_vlan = 0,
                 const ByteString& payload = zeros(50)) {
  return ethernet(to, from, c_vlan, kType, payload);
}

// As it is on the wire of the attachment.
ByteString tagged(const TestTenant& t, const ByteString& inner) {
  ByteString out(inner.begin(), inner.begin() + 12);
  if (t.core_vlan != 0)
    out = out + ByteString{0x81, 0x00, static_cast<uint8_t>(t.core_vlan >> 8), static_cast<uint8_t>(t.core_vlan)};
  return out + tail(inner, 12);
}

class Ethernet : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const TestTenant& t : kTenants) put(ethernet_session(t));
  }
  void TearDown() override { EXPECT_EQ(world.check_books(), ""); }
  void put(const SessionSpec& spec) {
    const Status s = world.sessions().put(spec);
    ASSERT_TRUE(s) << s.error().message;
  }
  void let_ues_reach_each_other() {
    TopologySpec spec = world.spec();
    for (VrfRow& vrf : spec.vrfs) vrf.ue_to_ue = true;
    world.set_topology(std::move(spec));
  }
  Verdict up(const TestTenant& t, const ByteString& inner, uint32_t number = 0) {
    return world.receive(kAccessPort, from_gnb(t, to_endpoint(gpdu(kTeid + number, inner, 5))));
  }
  Verdict down(const TestTenant& t, const ByteString& inner) { return world.receive(kCorePort, tagged(t, inner)); }
  // A G-PDU towards the gNB.
  static ByteString gtpu_of(const TestTenant& t, const SentFrame& sent) {
    return tail(sent.frame, (t.access_vlan == 0 ? 14 : 18) + 28);
  }
  static ByteString to_gnb(const ByteString& inner, uint32_t number = 0) {
    return gpdu(kGnbsTeid + number, inner, kMarkedQfi, wire::PscPduType::downlink);
  }
  World world;
};

TEST_F(Ethernet, FramesGoBothWaysWithTheSameAddressesInEveryTenant) {
  for (const TestTenant& t : {kAcme, kBravo, kCarol}) {
    Verdict v = up(t, frame(kServerMac, kUeMac));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].tenant, t.slot);
    EXPECT_EQ(v.sent[0].port, kCorePort);
    EXPECT_EQ(v.sent[0].frame, tagged(t, frame(kServerMac, kUeMac)));
    v = down(t, frame(kUeMac, kServerMac));
    EXPECT_EQ(to_string(v.drops), "none");
    ASSERT_EQ(v.sent.size(), 1u);
    EXPECT_EQ(v.sent[0].tenant, t.slot);
    EXPECT_EQ(v.sent[0].port, kAccessPort);
    EXPECT_EQ(gtpu_of(t, v.sent[0]), to_gnb(frame(kUeMac, kServerMac)));
    EXPECT_EQ(world.counter(t.slot, Counter::uplink_packets), 1u);
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_packets), 1u);
    EXPECT_EQ(world.counter(t.slot, Counter::downlink_bytes), 64u);
  }
}

TEST_F(Ethernet, WhatIsHeardInOneTenantIsUnknownInTheOthers) {
  ASSERT_EQ(up(kAcme, frame(kServerMac, kUeMac)).sent.size(), 1u);
  EXPECT_EQ(to_string(down(kBravo, frame(kUeMac, kServerMac)).drops), "mac_unknown of tenant 2");
  EXPECT_EQ(to_string(down(kCarol, frame(kUeMac, kServerMac)).drops), "mac_unknown of tenant 3");
}

TEST_F(Ethernet, ATagOfTheNetworksOwnStaysWhereItLeadsNowhereElse) {
  const ByteString inner = frame(kServerMac, kUeMac, 77);
  Verdict v = up(kAcme, inner);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(v.sent[0].frame, tagged(kAcme, inner));
  v = down(kAcme, frame(kUeMac, kServerMac, 77));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), to_gnb(frame(kUeMac, kServerMac, 77)));
  EXPECT_EQ(to_string(up(kCarol, inner).drops), "bridge_vlan_forbidden of tenant 3") << "it would be in VLAN 77";
  EXPECT_EQ(to_string(up(kCarol, frame(kServerMac, kUeMac, 101)).drops), "bridge_vlan_forbidden of tenant 3")
      << "and here in acme's";
  // A tag that is no C-tag, and two of them, of which the first says nothing.
  EXPECT_EQ(to_string(up(kCarol, with_word(inner, 12, 0x88a8)).drops), "bridge_vlan_forbidden of tenant 3");
  EXPECT_EQ(to_string(up(kCarol, with_word(with_word(inner, 14, 0), 16, 0x8100)).drops),
            "bridge_vlan_forbidden of tenant 3");
}

TEST_F(Ethernet, NoTagLeadsIntoAnotherAttachmentOfTwoTags) {
  TopologySpec spec = world.spec();
  AttachmentRow row = spec.attachments[kBravo.core().value];
  row.outer_vlan = VlanId{kAcme.core_vlan};
  row.vlan = VlanId{77};
  spec.attachments[kBravo.core().value] = row;
  world.set_topology(std::move(spec));
  EXPECT_EQ(to_string(up(kAcme, frame(kServerMac, kUeMac, 77)).drops), "bridge_vlan_forbidden of tenant 1");
  EXPECT_EQ(up(kAcme, frame(kServerMac, kUeMac, 78)).sent.size(), 1u);
  // Out of the one with two tags, and into it again.
  Verdict v = up(kBravo, frame(kServerMac, kUeMac, 77));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(ByteString(v.sent[0].frame.begin() + 12, v.sent[0].frame.begin() + 24),
            hex("88a8 0065 8100 004d 8100 004d"));
  ByteString back = v.sent[0].frame;
  std::swap_ranges(back.begin(), back.begin() + 6, back.begin() + 6);
  v = world.receive(kCorePort, back);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kBravo, v.sent[0]), to_gnb(frame(kUeMac, kServerMac, 77)));
}

TEST_F(Ethernet, ATagThatTheNicTookOffIsNotMissed) {
  ASSERT_EQ(up(kAcme, frame(kServerMac, kUeMac)).sent.size(), 1u);
  Verdict v = world.receive(kCorePort, {Received(frame(kUeMac, kServerMac), {}, kAcme.core_vlan)});
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), to_gnb(frame(kUeMac, kServerMac)));
  v = world.receive(kCorePort, {Received(frame(kUeMac, kServerMac, 77), {}, kAcme.core_vlan)});
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), to_gnb(frame(kUeMac, kServerMac, 77)));
}

TEST_F(Ethernet, APriorityTagIsLikeNone) {
  ASSERT_EQ(up(kCarol, frame(kServerMac, kUeMac)).sent.size(), 1u);
  ByteString priority = frame(kUeMac, kServerMac, 1);
  priority = with_word(priority, 14, 0xe000);
  const Verdict v = world.receive(kCorePort, priority);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kCarol, v.sent[0]), to_gnb(frame(kUeMac, kServerMac)));
}

TEST_F(Ethernet, APriorityTagBeforeTheAttachmentsGoesWithItAndOneBehindItStays) {
  ASSERT_EQ(up(kAcme, frame(kServerMac, kUeMac)).sent.size(), 1u);
  const ByteString inner = frame(kUeMac, kServerMac);
  const ByteString macs(inner.begin(), inner.begin() + 12);
  Verdict v = world.receive(kCorePort, macs + hex("8100 a000 8100 0065") + tail(inner, 12));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), to_gnb(inner));
  v = world.receive(kCorePort, macs + hex("8100 0065 8100 a000") + tail(inner, 12));
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), to_gnb(macs + hex("8100 a000") + tail(inner, 12)));
}

TEST_F(Ethernet, ABroadcastFromOutsideIsForEverySession) {
  put(ethernet_session(kAcme, 1));
  put(ethernet_session(kAcme, 2));
  const ByteString query = frame(wire::kMacBroadcast, kServerMac);
  const Verdict v = down(kAcme, query);
  EXPECT_EQ(to_string(v.drops), "none");
  ASSERT_EQ(v.sent.size(), 3u);
  for (uint32_t n = 0; n < 3; ++n) EXPECT_EQ(gtpu_of(kAcme, v.sent[n]), to_gnb(query, n));
  EXPECT_EQ(world.counter(kAcme.slot, Counter::consumed_packets), 1u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::ethernet_copies_made), 3u);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::downlink_packets), 3u);
}

TEST_F(Ethernet, ABurstOfBroadcastsIsCopiedWhole) {
  constexpr uint32_t kSessions = 13;  // more copies than a burst has places
  for (uint32_t n = 1; n < kSessions; ++n) put(ethernet_session(kAcme, n));
  const std::vector<Received> packets(8, Received(tagged(kAcme, frame(wire::kMacBroadcast, kServerMac))));
  EXPECT_EQ(world.receive(kCorePort, packets).sent.size(), 8u * kSessions);
}

TEST_F(Ethernet, ABroadcastFromASessionLeavesAndIsForTheOthersWhereTheVrfSaysSo) {
  put(ethernet_session(kAcme, 1));
  const ByteString query = frame(wire::kMacBroadcast, kUeMac);
  Verdict v = up(kAcme, query);
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].frame, tagged(kAcme, query));
  let_ues_reach_each_other();
  v = up(kAcme, query);
  ASSERT_EQ(v.sent.size(), 2u) << to_string(v.drops);
  const bool port_first = v.sent[0].port == kCorePort;
  EXPECT_EQ(v.sent[port_first ? 0 : 1].frame, tagged(kAcme, query));
  EXPECT_EQ(gtpu_of(kAcme, v.sent[port_first ? 1 : 0]), to_gnb(query, 1)) << "and not for the one that sent it";
}

TEST_F(Ethernet, FromSessionToSessionWhereTheVrfSaysSo) {
  put(ethernet_session(kAcme, 1));
  ASSERT_EQ(up(kAcme, frame(kServerMac, kUeMac)).sent.size(), 1u);
  ASSERT_EQ(up(kAcme, frame(kServerMac, kOtherUeMac), 1).sent.size(), 1u);
  const ByteString direct = frame(kOtherUeMac, kUeMac);
  EXPECT_EQ(to_string(up(kAcme, direct).drops), "ue_to_ue_forbidden of tenant 1");
  let_ues_reach_each_other();
  const Verdict v = up(kAcme, direct);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), to_gnb(direct, 1));
  EXPECT_EQ(to_string(up(kAcme, frame(kUeMac, kUeMac)).drops), "ue_to_ue_forbidden of tenant 1") << "for itself";
  EXPECT_EQ(to_string(up(kBravo, direct).drops), "none") << "who has no such station";
}

TEST_F(Ethernet, NobodyTakesAnothersAddress) {
  put(ethernet_session(kAcme, 1));
  ASSERT_EQ(up(kAcme, frame(kServerMac, kUeMac)).sent.size(), 1u);
  EXPECT_EQ(to_string(up(kAcme, frame(kServerMac, kUeMac), 1).drops), "mac_taken of tenant 1");
  EXPECT_EQ(to_string(down(kAcme, frame(kServerMac, kUeMac)).drops), "mac_taken of tenant 1") << "nor from outside";
  EXPECT_EQ(gtpu_of(kAcme, down(kAcme, frame(kUeMac, kServerMac)).sent.at(0)), to_gnb(frame(kUeMac, kServerMac)));
  EXPECT_EQ(to_string(up(kAcme, frame(kServerMac, kOurMac[1])).drops), "mac_taken of tenant 1");
  world.now_tsc += rte_get_tsc_hz() * (EthernetNetwork::kMacAgeSeconds + 1);
  EXPECT_EQ(to_string(down(kAcme, frame(kUeMac, kServerMac)).drops), "mac_unknown of tenant 1");
  EXPECT_EQ(up(kAcme, frame(kServerMac, kUeMac), 1).sent.size(), 1u) << "after a long silence it moves";
}

TEST_F(Ethernet, OneThatFloodsWithAddressesCostsTheOthersNothing) {
  put(ethernet_session(kAcme, 1));
  MacAddress mac = kUeMac;
  for (unsigned n = 0; n < 64; ++n) {
    mac[4] = static_cast<uint8_t>(n);
    const Verdict v = up(kAcme, frame(kServerMac, mac));
    EXPECT_EQ(to_string(v.drops), n < EthernetNetwork::kMacsPerSession ? "none" : "mac_limit of tenant 1") << n;
  }
  EXPECT_EQ(up(kAcme, frame(kServerMac, kOtherUeMac), 1).sent.size(), 1u);
}

TEST_F(Ethernet, GroupFramesHaveALimit) {
  const std::vector<Received> packets(50, Received(tagged(kAcme, frame(wire::kMacBroadcast, kServerMac))));
  for (unsigned n = 0; n < EthernetNetwork::kGroupFramesPerSecond / 50; ++n)
    ASSERT_EQ(world.receive(kCorePort, packets).sent.size(), 50u);
  EXPECT_EQ(to_string(down(kAcme, frame(wire::kMacBroadcast, kServerMac)).drops), "bridge_storm of tenant 1");
  EXPECT_EQ(to_string(up(kAcme, frame(wire::kMacBroadcast, kUeMac)).drops), "bridge_storm of tenant 1");
  EXPECT_EQ(down(kBravo, frame(wire::kMacBroadcast, kServerMac)).sent.size(), 1u) << "each tenant has its own";
}

TEST_F(Ethernet, WhatNoBridgeForwards) {
  constexpr MacAddress kPause{1, 0x80, 0xc2, 0, 0, 1};
  EXPECT_EQ(to_string(up(kAcme, frame(kPause, kUeMac)).drops), "bridge_reserved_group of tenant 1");
  EXPECT_EQ(to_string(down(kAcme, frame(kPause, kServerMac)).drops), "bridge_reserved_group of tenant 1");
  EXPECT_EQ(to_string(up(kAcme, frame(kServerMac, wire::kMacBroadcast)).drops), "mac_source_group of tenant 1");
  EXPECT_EQ(to_string(down(kAcme, frame(kUeMac, wire::kMacBroadcast)).drops), "mac_source_group of tenant 1");
  EXPECT_EQ(to_string(up(kAcme, frame(kServerMac, MacAddress{})).drops), "mac_source_group of tenant 1");
}

TEST_F(Ethernet, AFrameHasAWholeHeader) {
  const ByteString whole = frame(kServerMac, kUeMac, 77, {});
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const Verdict v = up(kAcme, ByteString(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(bytes)));
    EXPECT_EQ(to_string(v.drops), "inner_frame_malformed of tenant 1") << bytes;
  }
  const Verdict v = up(kAcme, whole);
  ASSERT_EQ(v.sent.size(), 1u);
  EXPECT_EQ(v.sent[0].frame.size(), wire::kFrameBytesMin) << "a runt is filled up";
  const ByteString message = from_gnb(kAcme, to_endpoint(gpdu(kTeid, whole, 5)));
  for (size_t bytes = 0; bytes < message.size(); ++bytes)
    EXPECT_EQ(world.receive(kAccessPort, ByteString(message.begin(), message.begin() + static_cast<ptrdiff_t>(bytes)))
                  .drops.size(),
              1u)
        << bytes;
  const ByteString wire = tagged(kAcme, frame(kUeMac, kServerMac, 77, {}));
  for (size_t bytes = 0; bytes < wire.size(); ++bytes)
    EXPECT_EQ(
        world.receive(kCorePort, ByteString(wire.begin(), wire.begin() + static_cast<ptrdiff_t>(bytes))).sent.size(),
        bytes < 22 ? 0u : 1u)
        << bytes;
}

TEST_F(Ethernet, FramesLargerThanTheAttachmentTakesAreNotSent) {
  EXPECT_EQ(up(kAcme, frame(kServerMac, kUeMac, 0, zeros(1400))).sent.size(), 1u);
  TopologySpec spec = world.spec();
  spec.attachments[kAcme.core().value].mtu = 1300;
  world.set_topology(std::move(spec));
  EXPECT_EQ(up(kAcme, frame(kServerMac, kUeMac, 0, zeros(1300))).sent.size(), 1u);
  EXPECT_EQ(to_string(up(kAcme, frame(kServerMac, kUeMac, 0, zeros(1301))).drops), "bridge_too_big of tenant 1");
  EXPECT_EQ(up(kAcme, frame(kServerMac, kUeMac, 77, zeros(1300))).sent.size(), 1u);
}

TEST_F(Ethernet, AFullFrameFitsThroughATunnelInFragments) {
  ASSERT_EQ(up(kAcme, frame(kServerMac, kUeMac)).sent.size(), 1u);
  EXPECT_EQ(down(kAcme, frame(kUeMac, kServerMac, 0, zeros(1500))).sent.size(), 2u);
  SessionSpec whole = ethernet_session(kAcme);
  whole.fars[1].outer_dont_fragment = true;
  put(whole);
  const Verdict v = down(kAcme, frame(kUeMac, kServerMac, 0, zeros(1500)));
  EXPECT_EQ(to_string(v.drops), "encap_too_big of tenant 1");
  EXPECT_TRUE(v.told.empty()) << "nobody is told in a language that the frame may not speak";
}

TEST_F(Ethernet, ANetworkHasOneAttachment) {
  TopologySpec spec = world.spec();
  spec.attachments[kBravo.core().value].tenant = kAcme.slot;
  spec.attachments[kBravo.core().value].vrf = kAcme.core_vrf();
  world.set_topology(std::move(spec));
  EXPECT_EQ(to_string(up(kAcme, frame(kServerMac, kUeMac)).drops), "bridge_no_port of tenant 1");
  EXPECT_EQ(to_string(down(kAcme, frame(kUeMac, kServerMac)).drops), "bridge_no_port of tenant 1");
  EXPECT_EQ(to_string(up(kBravo, frame(kServerMac, kUeMac)).drops), "bridge_no_port of tenant 2") << "it has none now";
}

TEST_F(Ethernet, PdrsAreFoundByFilterAndQfi) {
  SessionSpec spec = ethernet_session(kAcme);
  spec.pdrs.insert(spec.pdrs.begin(), spec.pdrs[0]);
  spec.pdrs[0].pdr_id = 3;
  spec.pdrs[0].precedence = 1;
  spec.pdrs[0].gate_closed = true;
  const auto blocked = [&](EthernetFilter filter, uint64_t qfis, const ByteString& inner) {
    spec.opaque->rules = {{qfis, 0, 1}, {}, {}};
    spec.opaque->filters = {filter};
    put(spec);
    return to_string(up(kAcme, inner).drops) == "qer_gate_closed of tenant 1";
  };
  const ByteString plain = frame(kServerMac, kUeMac);
  const ByteString tagged_frame = frame(kServerMac, kUeMac, 77);
  const MacValue server = mac_value(kServerMac.data());
  const MacValue ue = mac_value(kUeMac.data());
  EXPECT_TRUE(blocked({}, 0, plain));
  EXPECT_TRUE(blocked({.destination = server}, 0, plain));
  EXPECT_FALSE(blocked({.destination = ue}, 0, plain));
  EXPECT_TRUE(blocked({.source = ue}, 0, plain));
  EXPECT_FALSE(blocked({.source = server}, 0, plain));
  EXPECT_TRUE(blocked({.ethertype = kType}, 0, plain));
  EXPECT_TRUE(blocked({.ethertype = kType}, 0, tagged_frame));
  EXPECT_FALSE(blocked({.ethertype = 0x800}, 0, plain));
  EXPECT_TRUE(blocked({.c_vlan = 0}, 0, plain));
  EXPECT_FALSE(blocked({.c_vlan = 0}, 0, tagged_frame));
  EXPECT_TRUE(blocked({.c_vlan = 77}, 0, tagged_frame));
  EXPECT_FALSE(blocked({.c_vlan = 78}, 0, tagged_frame));
  EXPECT_TRUE(blocked({}, 1 << 5, plain)) << "the G-PDU's QFI is 5";
  EXPECT_FALSE(blocked({}, 1 << 6, plain));
}

TEST_F(Ethernet, DownlinkPdrsFilterToo) {
  SessionSpec spec = ethernet_session(kAcme);
  spec.opaque->filters = {{.source = mac_value(kServerMac.data())}};
  spec.opaque->rules = {{}, {0, 0, 1}};
  put(spec);
  ASSERT_EQ(up(kAcme, frame(kServerMac, kUeMac)).sent.size(), 1u);
  EXPECT_EQ(down(kAcme, frame(kUeMac, kServerMac)).sent.size(), 1u);
  EXPECT_EQ(to_string(down(kAcme, frame(kUeMac, kGnbMac)).drops), "pdr_no_match of tenant 1");
}

TEST_F(Ethernet, ASuspendedTenantsFramesAreDropped) {
  EXPECT_EQ(to_string(down(kDora, frame(wire::kMacBroadcast, kServerMac)).drops), "tenant_suspended of tenant 4");
}

TEST_F(Ethernet, WithoutAnEthernetSessionTheVrfRoutesAgain) {
  for (const TestTenant& t : kTenants) ASSERT_TRUE(world.sessions().remove(t.slot, Seid{300}));
  EXPECT_EQ(to_string(down(kAcme, frame(kUeMac, kServerMac)).drops), "ethernet_not_ours of tenant 0");
  EXPECT_EQ(world.receive(kCorePort, from_router(kAcme, packet_to_ue())).sent.size(), 1u);
}

TEST_F(Ethernet, WithoutBuffersCopiesAreCountedAsLost) {
  std::vector<rte_mbuf*> taken;
  Received small(ByteString(64, 0));
  rte_mbuf* query = world.make_mbuf(Received(tagged(kAcme, frame(wire::kMacBroadcast, kServerMac))));
  for (rte_mbuf* m; (m = rte_pktmbuf_alloc(world.context().pool)) != nullptr;) taken.push_back(m);
  Burst burst;
  burst.size = 1;
  burst.port = kCorePort;
  burst.now_tsc = world.now_tsc;
  burst.mbuf[0] = query;
  reset_burst(burst);
  run_burst(world.context(), burst, world.tracer(), world.stage_counters(), world.ports);
  EXPECT_EQ(world.counter(kAcme.slot, Counter::ethernet_copies_lost), 1u);
  EXPECT_TRUE(world.ports.sent.empty());
  rte_pktmbuf_free_bulk(taken.data(), static_cast<unsigned>(taken.size()));
}

// N9 of what is no IP: an Ethernet session and an unstructured one, from tunnel to tunnel as they are.
class OpaqueN9 : public Ethernet {
 protected:
  static constexpr uint32_t kCoreTeid = 0x4065;
  static constexpr uint32_t kAnchorsTeid = 0x40a1;
  void put_n9(bool ethernet) {
    SessionSpec spec = ethernet_session(kAcme, 9);
    spec.opaque->ethernet = ethernet;
    spec.opaque->vrf = OpaqueRules::kNoNetwork;
    spec.pdrs[1].vrf = kAcme.access_vrf();
    spec.pdrs[1].endpoint = kAcme.endpoint();
    spec.pdrs[1].teid = Teid{kCoreTeid};
    spec.pdrs[1].qfi_mark = kQfiNone;
    spec.fars[0] = spec.fars[1];
    spec.fars[0].to_core = true;
    spec.fars[0].teid = Teid{kAnchorsTeid};
    put(spec);
  }
  Verdict through_core(const ByteString& inner) {
    return world.receive(kAccessPort,
                         from_gnb(kAcme, to_endpoint(gpdu(kCoreTeid, inner, 5, wire::PscPduType::downlink))));
  }
};

TEST_F(OpaqueN9, UnstructuredDataGoesThroughAsItIs) {
  put_n9(false);
  for (const ByteString& data : {hex("00"), hex("45"), hex("60 00"), ByteString(900, 0x45)}) {
    Verdict v = up(kAcme, data, 9);
    ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
    EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), gpdu(kAnchorsTeid, data, 5));
    v = through_core(data);
    ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
    EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), gpdu(kGnbsTeid + 9, data, 5, wire::PscPduType::downlink));
  }
  EXPECT_EQ(to_string(up(kAcme, {}, 9).drops), "inner_frame_malformed of tenant 1");
}

TEST_F(OpaqueN9, FramesGoThroughAsTheyAre) {
  put_n9(true);
  const ByteString inner = frame(kServerMac, kUeMac, 77, hex("c0ffee"));
  Verdict v = up(kAcme, inner, 9);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), gpdu(kAnchorsTeid, inner, 5));
  v = through_core(inner);
  ASSERT_EQ(v.sent.size(), 1u) << to_string(v.drops);
  EXPECT_EQ(gtpu_of(kAcme, v.sent[0]), gpdu(kGnbsTeid + 9, inner, 5, wire::PscPduType::downlink));
  EXPECT_EQ(to_string(through_core(zeros(13)).drops), "inner_frame_malformed of tenant 1");
  EXPECT_EQ(to_string(up(kAcme, inner, 9).drops), "none") << "an anchor learns, this one does not";
}

TEST_F(OpaqueN9, WhatIsTooLargeIsCutOutsideOfTheTunnel) {
  put_n9(false);
  EXPECT_EQ(up(kAcme, ByteString(1450, 0x45), 9).sent.size(), 1u);
  TopologySpec spec = world.spec();
  spec.attachments[kAcme.access().value].mtu = 1300;
  world.set_topology(std::move(spec));
  EXPECT_EQ(up(kAcme, ByteString(1400, 0x45), 9).sent.size(), 2u);
}

}  // namespace
}  // namespace demarc::dp::test
