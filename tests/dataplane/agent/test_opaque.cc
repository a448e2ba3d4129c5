// Ethernet and unstructured sessions as entries: what is refused, and what becomes of them in the tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "dataplane/agent/decode.h"
#include "dataplane/tables/ethernet_network.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;
using Session = schema::SessionEntryT;
using Filter = schema::EthernetFilterT;

Session ethernet_entry() {
  Session s = session_entry(1, 2, 1, 0x1001, 0);
  s.pdn_type = schema::PdnType::ethernet;
  return s;
}

Session unstructured_entry() {
  Session s = ethernet_entry();
  s.pdn_type = schema::PdnType::unstructured;
  lead_into_tunnels(s, ip(10, 1, 0, 3));
  return s;
}

std::unique_ptr<Filter> filter(const std::function<void(Filter&)>& change) {
  auto made = std::make_unique<Filter>();
  change(*made);
  return made;
}

TEST(DecodeOpaque, RefusesNonsense) {
  struct Case {
    const char* text;
    std::function<void(Session&)> change;
  };
  const Case cases[] = {
      {"PDN type 3", [](Session& s) { s.pdn_type = static_cast<schema::PdnType>(3); }},
      {"PDR 1: a UE address in a session of type ethernet", [](Session& s) { s.pdrs[0]->ue_ipv4 = ip(10, 0, 0, 1); }},
      {"PDR 2: SDF filters in a session of type ethernet",
       [](Session& s) { s.pdrs[1]->sdf_filters.push_back(std::make_unique<schema::SdfFilterT>()); }},
      {"PDR 2: Ethernet filters in a session of type ip",
       [](Session& s) {
         s = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2));
         s.pdrs[1]->ethernet_filters.push_back(std::make_unique<Filter>());
       }},
      {"PDR 1: Ethernet filters in a session of type unstructured",
       [](Session& s) {
         s = unstructured_entry();
         s.pdrs[0]->ethernet_filters.push_back(std::make_unique<Filter>());
       }},
      {"PDR 1: a core VRF as its destination in a session of type unstructured",
       [](Session& s) { s.pdn_type = schema::PdnType::unstructured; }},
      {"PDR 2: from the core side back to a core VRF", [](Session& s) { s.pdrs[1]->far_id = 1; }},
      {"PDR 1: vrf 3 besides vrf 2", [](Session& s) { s.fars[0]->vrf = 3; }},
      {"FAR 2: copies a DSCP", [](Session& s) { s.fars[1]->copy_dscp = true; }},
      {"PDR 1: Ethernet filter 1: destination of 5 bytes",
       [](Session& s) { s.pdrs[0]->ethernet_filters.push_back(filter([](Filter& f) { f.destination.resize(5); })); }},
      {"source of 7 bytes",
       [](Session& s) { s.pdrs[0]->ethernet_filters.push_back(filter([](Filter& f) { f.source.resize(7); })); }},
      {"EtherType 0x10001",
       [](Session& s) { s.pdrs[0]->ethernet_filters.push_back(filter([](Filter& f) { f.ethertype = 0x10001; })); }},
      {"EtherType 0x5ff",
       [](Session& s) { s.pdrs[0]->ethernet_filters.push_back(filter([](Filter& f) { f.ethertype = 0x5ff; })); }},
      {"C-VLAN 4095",
       [](Session& s) { s.pdrs[0]->ethernet_filters.push_back(filter([](Filter& f) { f.c_vlan = 4095; })); }},
      {"PDR 1: 17 Ethernet filters",
       [](Session& s) {
         for (int n = 0; n < 17; ++n) s.pdrs[0]->ethernet_filters.push_back(std::make_unique<Filter>());
       }},
  };
  for (const Case& c : cases) {
    Session entry = ethernet_entry();
    c.change(entry);
    const TableUpdate update = put_session(7, 5, entry);
    const auto refused = decode_session(update.key, update.value);
    ASSERT_FALSE(refused) << c.text;
    EXPECT_THAT(refused.error().message, HasSubstr(c.text));
  }
}

TEST(DecodeOpaque, TakesFiltersAsTheyAreMeant) {
  Session entry = ethernet_entry();
  entry.pdrs[0]->ethernet_filters.push_back(std::make_unique<Filter>());
  entry.pdrs[0]->ethernet_filters.push_back(filter([](Filter& f) {
    f.destination = {2, 0, 0, 0, 0, 9};
    f.source = {2, 0, 0, 0, 1, 0};
    f.ethertype = 0x800;
    f.c_vlan = 0;
  }));
  const TableUpdate update = put_session(7, 5, entry);
  const auto session = decode_session(update.key, update.value);
  ASSERT_TRUE(session) << session.error().message;
  const std::vector<EthernetFilter> wanted = {{}, {0x020000000009, 0x020000000100, 0x800, 0}};
  EXPECT_EQ(session->pdrs[0].ethernet_filters, wanted);
}

TEST(ApplyOpaque, AnEthernetSessionBelongsToTheNetworkOfItsVrf) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 101)));
  Session entry = ethernet_entry();
  entry.pdrs[0]->qfis = {5};
  entry.pdrs[0]->ethernet_filters.push_back(filter([](Filter& f) { f.c_vlan = 9; }));
  const ApplyResult applied = world.apply({put_session(7, 5, entry)});
  ASSERT_TRUE(applied) << applied.error().error.message;
  const dp::Session* session = world.session(7, 5);
  ASSERT_NE(session, nullptr);
  ASSERT_NE(session->opaque, nullptr);
  EXPECT_TRUE(session->opaque->ethernet);
  EXPECT_EQ(session->opaque->network, world.sessions->ethernet_network(world.vrf(7, 2)));
  ASSERT_NE(session->opaque->network, nullptr);
  // In order of precedence: the downlink PDR is the first.
  EXPECT_EQ(session->opaque->rules[0].filters, 0u);
  EXPECT_EQ(session->opaque->rules[1].filters, 1u);
  EXPECT_EQ(session->opaque->rules[1].qfis, uint64_t{1} << 5);
  EXPECT_EQ(session->opaque->filters.at(0).c_vlan, 9u);
  const VrfRow* vrf = world.topology().vrf(world.vrf(7, 2));
  EXPECT_EQ(vrf->attachments, 1u);
}

TEST(ApplyOpaque, ATransactionThatFailsGivesTheSessionItsNetworkBack) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 101)));
  ASSERT_TRUE(world.apply({put_session(7, 5, ethernet_entry()), put_session(7, 6, 0x3001, ip(10, 45, 0, 9))}));
  Session thief = ethernet_entry();
  thief.pdrs[0]->teid = 0x3001;
  EXPECT_FALSE(world.apply({drop(7, EntryKind::session, 5), put_session(7, 8, thief)}));
  const dp::Session* session = world.session(7, 5);
  ASSERT_NE(session, nullptr);
  ASSERT_NE(session->opaque, nullptr);
  EXPECT_EQ(session->opaque->network, world.sessions->ethernet_network(world.vrf(7, 2)));
  EXPECT_EQ(session->opaque->network->session(session->opaque->place), session);
}

TEST(ApplyOpaque, AnUnstructuredSessionGoesFromTunnelToTunnel) {
  World world;
  ASSERT_TRUE(world.apply(base(7, 101)));
  const ApplyResult applied = world.apply({put_session(7, 5, unstructured_entry())});
  ASSERT_TRUE(applied) << applied.error().error.message;
  ASSERT_NE(world.session(7, 5)->opaque, nullptr);
  EXPECT_FALSE(world.session(7, 5)->opaque->ethernet);
  EXPECT_EQ(world.session(7, 5)->opaque->network, nullptr);
}

}  // namespace
}  // namespace demarc::dp::test
