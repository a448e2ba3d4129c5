// Which MAC addresses are behind which Ethernet session, and which sessions an Ethernet network has.
#include <gtest/gtest.h>
#include <rte_cycles.h>

#include <memory>

#include "dataplane/tables/ethernet_networks.h"
#include "dataplane/tables/session_table.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace demarc::dp {
namespace {

using namespace demarc::dp::test;
using Learned = EthernetNetwork::Learned;

constexpr uint64_t kSecond = 1000;
constexpr uint64_t kAge = kSecond * EthernetNetwork::kMacAgeSeconds;
constexpr MacValue kMac = 0x02'00'00'00'00'01;

class Network : public ::testing::Test {
 protected:
  std::unique_ptr<EthernetNetwork> network = std::make_unique<EthernetNetwork>(kSecond, 0x9e3779b97f4a7c15);
  uint64_t now = 5000;
};

TEST_F(Network, KnowsWhatItLearned) {
  EXPECT_EQ(network->place_of(kMac, now), -1);
  EXPECT_EQ(network->learn(3, kMac, now), Learned::yes);
  EXPECT_EQ(network->place_of(kMac, now), 3);
  EXPECT_EQ(network->place_of(kMac + 1, now), -1);
  network->forget(2);
  EXPECT_EQ(network->place_of(kMac, now), 3);
  network->forget(3);
  EXPECT_EQ(network->place_of(kMac, now), -1);
}

TEST_F(Network, AnAddressIsNotTakenAwayButAfterSilence) {
  ASSERT_EQ(network->learn(3, kMac, now), Learned::yes);
  EXPECT_EQ(network->learn(4, kMac, now), Learned::taken);
  now += kAge;
  EXPECT_EQ(network->learn(4, kMac, now), Learned::taken) << "the age is not over";
  EXPECT_EQ(network->learn(3, kMac, now), Learned::yes) << "and begins anew";
  now += kAge;
  EXPECT_EQ(network->place_of(kMac, now), 3);
  now += 1;
  EXPECT_EQ(network->place_of(kMac, now), -1);
  EXPECT_EQ(network->learn(4, kMac, now), Learned::yes);
  EXPECT_EQ(network->place_of(kMac, now), 4);
  EXPECT_EQ(network->learn(3, kMac, now), Learned::taken);
}

TEST_F(Network, ASessionHasSoManyAndNoMore) {
  for (unsigned n = 0; n < EthernetNetwork::kMacsPerSession; ++n)
    ASSERT_EQ(network->learn(0, kMac + n, now), Learned::yes) << n;
  EXPECT_EQ(network->learn(0, kMac + 99, now), Learned::full);
  EXPECT_EQ(network->learn(0, kMac, now), Learned::yes) << "what it has it keeps";
  EXPECT_EQ(network->learn(1, kMac + 99, now), Learned::yes) << "the others have theirs";
}

TEST_F(Network, WhatASessionNoLongerUsesMakesRoom) {
  for (unsigned n = 0; n < EthernetNetwork::kMacsPerSession; ++n)
    ASSERT_EQ(network->learn(0, kMac + n, now), Learned::yes);
  now += kAge + 1;
  EXPECT_EQ(network->learn(0, kMac + 99, now), Learned::yes);
  EXPECT_EQ(network->place_of(kMac + 99, now), 0);
}

TEST_F(Network, ALookForRoomIsRare) {
  for (unsigned n = 0; n < EthernetNetwork::kMacsPerSession; ++n)
    ASSERT_EQ(network->learn(0, kMac + n, now + n), Learned::yes);
  now += kAge;
  EXPECT_EQ(network->learn(0, kMac + 99, now), Learned::full) << "nothing is old yet";
  now += 20;
  EXPECT_EQ(network->learn(0, kMac + 99, now), Learned::full) << "old, but looked for a moment ago";
  now += kSecond;
  EXPECT_EQ(network->learn(0, kMac + 99, now), Learned::yes);
}

TEST_F(Network, FullSessionsFindTheirAddresses) {
  unsigned learned = 0;
  for (unsigned place = 0; place < EthernetNetwork::kPlacesMax; ++place)
    for (unsigned n = 0; n < EthernetNetwork::kMacsPerSession; ++n) {
      const MacValue mac = kMac + place * 0x10000 + n * 0x101;
      if (network->learn(static_cast<uint8_t>(place), mac, now) != Learned::yes) continue;
      ++learned;
      EXPECT_EQ(network->place_of(mac, now), static_cast<int>(place));
    }
  EXPECT_GT(learned, 1000u) << "of 1,024";
}

TEST_F(Network, GroupFramesAreCounted) {
  for (unsigned n = 0; n < EthernetNetwork::kGroupFramesPerSecond; ++n) ASSERT_TRUE(network->take_group_frame(now));
  EXPECT_FALSE(network->take_group_frame(now));
  EXPECT_FALSE(network->take_group_frame(now - 1)) << "another worker's clock";
  EXPECT_FALSE(network->take_group_frame(now + kSecond - 1));
  EXPECT_TRUE(network->take_group_frame(now + kSecond));
}

class Sessions : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = SessionTable::create(256, reclaimer, "sess_eth");
    ASSERT_TRUE(made) << made.error().message;
    table = std::move(*made);
  }
  static SessionSpec ethernet(uint32_t number, VrfSlot vrf = kCoreVrf) {
    SessionSpec spec = sample_session(number);
    spec.pdrs[1].ue_ipv4 = {};
    spec.pdrs[1].vrf = spec.fars[0].vrf = vrf;
    spec.fars[1].outer_header_creation = true;
    spec.opaque.emplace();
    spec.opaque->ethernet = true;
    spec.opaque->vrf = vrf;
    spec.opaque->rules.resize(2);
    return spec;
  }
  const Session* session(uint32_t number) { return table->find(kTenant, Seid{number + 1}); }

  Reclaimer reclaimer{1};
  std::unique_ptr<SessionTable> table;
};

TEST_F(Sessions, ANetworkComesWithTheFirstAndGoesWithTheLast) {
  EXPECT_EQ(table->ethernet_network(kCoreVrf), nullptr);
  ASSERT_TRUE(table->put(ethernet(1)));
  ASSERT_TRUE(table->put(ethernet(2)));
  EthernetNetwork* const network = table->ethernet_network(kCoreVrf);
  ASSERT_NE(network, nullptr);
  EXPECT_EQ(session(1)->opaque->network, network);
  EXPECT_EQ(network->session(session(1)->opaque->place), session(1));
  EXPECT_EQ(network->session(session(2)->opaque->place), session(2));
  EXPECT_NE(session(1)->opaque->place, session(2)->opaque->place);
  EXPECT_EQ(table->ethernet_network(VrfSlot{9000}), nullptr);
  EXPECT_EQ(table->ethernet_network(VrfSlot{UINT32_MAX}), nullptr);
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  EXPECT_EQ(table->ethernet_network(kCoreVrf), network);
  ASSERT_TRUE(table->remove(kTenant, Seid{3}));
  EXPECT_EQ(table->ethernet_network(kCoreVrf), nullptr);
}

TEST_F(Sessions, AReplacedOneKeepsItsPlaceAndItsAddresses) {
  ASSERT_TRUE(table->put(ethernet(1)));
  EthernetNetwork& network = *table->ethernet_network(kCoreVrf);
  const uint8_t place = session(1)->opaque->place;
  const Session* const before = session(1);
  ASSERT_EQ(network.learn(place, kMac, 1), Learned::yes);
  ASSERT_TRUE(table->put(ethernet(1)));
  EXPECT_NE(session(1), before);
  EXPECT_EQ(network.session(place), session(1));
  EXPECT_EQ(network.place_of(kMac, 1), place);
}

TEST_F(Sessions, OneThatMovesOrIsIpFromNowOnLeaves) {
  ASSERT_TRUE(table->put(ethernet(1)));
  ASSERT_TRUE(table->put(ethernet(1, VrfSlot{70})));
  EXPECT_EQ(table->ethernet_network(kCoreVrf), nullptr);
  ASSERT_NE(table->ethernet_network(VrfSlot{70}), nullptr);
  ASSERT_TRUE(table->put(sample_session(1)));
  EXPECT_EQ(table->ethernet_network(VrfSlot{70}), nullptr);
}

TEST_F(Sessions, APlaceIsGivenAgainWhenNobodyCanMeanWhoLeft) {
  rte_rcu_qsbr_thread_register(reclaimer.qsbr(), 0);
  rte_rcu_qsbr_thread_online(reclaimer.qsbr(), 0);
  ASSERT_TRUE(table->put(ethernet(1)));
  ASSERT_TRUE(table->put(ethernet(2)));
  EthernetNetwork& network = *table->ethernet_network(kCoreVrf);
  const uint8_t place = session(1)->opaque->place;
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  // A worker that has not let go of the session yet.
  ASSERT_EQ(network.learn(place, kMac, 1), Learned::yes);
  ASSERT_TRUE(table->put(ethernet(3)));
  EXPECT_NE(session(3)->opaque->place, place);
  rte_rcu_qsbr_quiescent(reclaimer.qsbr(), 0);
  reclaimer.reclaim();
  EXPECT_EQ(network.place_of(kMac, 1), -1) << "nor is anything left of it";
  ASSERT_TRUE(table->put(ethernet(4)));
  EXPECT_EQ(session(4)->opaque->place, place);
  rte_rcu_qsbr_thread_offline(reclaimer.qsbr(), 0);
  rte_rcu_qsbr_thread_unregister(reclaimer.qsbr(), 0);
}

TEST_F(Sessions, OneTooManyIsRefusedAndLeavesNothing) {
  for (uint32_t n = 0; n < EthernetNetwork::kPlacesMax; ++n) ASSERT_TRUE(table->put(ethernet(n)));
  const Status refused = table->put(ethernet(100));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::exhausted);
  EXPECT_EQ(session(100), nullptr);
  EXPECT_TRUE(table->put(ethernet(100, VrfSlot{70}))) << "another network has room";
  EXPECT_TRUE(table->put(ethernet(0))) << "and who is in may change";
}

TEST_F(Sessions, WhatCannotWorkIsRefused) {
  struct Case {
    const char* description;
    void (*change)(SessionSpec&);
  };
  const Case cases[] = {
      {"a UE address", [](SessionSpec& s) { s.pdrs[1].ue_ipv4 = ue_of(1); }},
      {"another VRF as source", [](SessionSpec& s) { s.pdrs[1].vrf = VrfSlot{70}; }},
      {"another VRF as destination", [](SessionSpec& s) { s.fars[0].vrf = VrfSlot{70}; }},
      {"back to the network", [](SessionSpec& s) { s.fars[1].outer_header_creation = false; }},
      {"too few rules", [](SessionSpec& s) { s.opaque->rules.resize(1); }},
      {"a filter that is not there", [](SessionSpec& s) { s.opaque->rules[0].filters = 1; }},
      {"a network without Ethernet", [](SessionSpec& s) { s.opaque->ethernet = false; }},
      {"unstructured by a VRF",
       [](SessionSpec& s) {
         s.opaque->ethernet = false;
         s.opaque->vrf = OpaqueRules::kNoNetwork;
       }},
      {"no order", [](SessionSpec& s) { s.pdrs[0].precedence = 9; }},
  };
  for (const Case& c : cases) {
    SessionSpec spec = ethernet(1);
    c.change(spec);
    const Status refused = table->put(spec);
    ASSERT_FALSE(refused) << c.description;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid) << c.description;
  }
  EXPECT_EQ(table->ethernet_network(kCoreVrf), nullptr);
  EXPECT_EQ(table->size(), 0u);
}

TEST_F(Sessions, AConflictLeavesTheNetworkAsItWas) {
  ASSERT_TRUE(table->put(sample_session(1)));
  SessionSpec thief = ethernet(2);
  thief.pdrs[0].teid = teid_of(1);
  EXPECT_FALSE(table->put(thief));
  EXPECT_EQ(table->ethernet_network(kCoreVrf), nullptr);
}

}  // namespace
}  // namespace demarc::dp
