#include <gtest/gtest.h>

#include <map>

#include "controlplane/compile/compile.h"
#include "controlplane/compile/entries.h"
#include "tests/controlplane/model/world.h"

namespace demarc::cp::test {
namespace {

using channel::EntryKey;
using channel::TableUpdate;
using schema::EntryKind;
using schema::OperationKind;

// The decoded value of a put; verifies the bytes first, as the data plane does.
template <class EntryT>
EntryT decode(const TableUpdate& u) {
  EntryT out;
  EXPECT_EQ(u.operation, OperationKind::put);
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(u.value.data()), u.value.size());
  using Table = typename EntryT::TableType;
  if (!verifier.VerifyBuffer<Table>(nullptr)) {
    ADD_FAILURE() << "not a valid buffer";
    return out;
  }
  flatbuffers::GetRoot<Table>(u.value.data())->UnPackTo(&out);
  return out;
}

std::map<EntryKey, TableUpdate> by_key(const std::vector<TableUpdate>& updates) {
  std::map<EntryKey, TableUpdate> out;
  for (const TableUpdate& u : updates) EXPECT_TRUE(out.emplace(u.key, u).second) << "a key twice";
  return out;
}

// Removals from the highest kind down, then puts from the lowest up.
void expect_in_order(const std::vector<TableUpdate>& updates) {
  bool putting = false;
  EntryKind last = EntryKind::session;
  for (const TableUpdate& u : updates) {
    if (u.operation == OperationKind::put) {
      EXPECT_TRUE(!putting || u.key.kind >= last);
      putting = true;
    } else {
      EXPECT_FALSE(putting) << "a removal after a put";
      EXPECT_LE(u.key.kind, last);
      EXPECT_TRUE(u.value.empty());
    }
    last = u.key.kind;
  }
}

struct Keys {
  EntryKey tenant, access, internet, ims, ran, wan, endpoint, route, session;
  explicit Keys(const TenantObjects& t)
      : tenant{t.tenant.id, EntryKind::tenant, t.tenant.id.value},
        access{t.tenant.id, EntryKind::vrf, t.access.id.value},
        internet{t.tenant.id, EntryKind::vrf, t.internet.id.value},
        ims{t.tenant.id, EntryKind::vrf, t.ims.id.value},
        ran{t.tenant.id, EntryKind::attachment, t.ran.id.value},
        wan{t.tenant.id, EntryKind::attachment, t.wan.id.value},
        endpoint{t.tenant.id, EntryKind::gtpu_endpoint, t.endpoint.id.value},
        route{t.tenant.id, EntryKind::route, t.route.id.value},
        session{t.tenant.id, EntryKind::session, t.session.up_seid.value} {}
};

TEST(CompileAll, YieldsEveryEntryOnceInOrder) {
  World w;
  const auto updates = compile_all(w.model);
  expect_in_order(updates);
  EXPECT_EQ(updates.size(), 2u * 9u);  // no UE pool, no key
  for (const TableUpdate& u : updates) EXPECT_EQ(u.operation, OperationKind::put);
  EXPECT_TRUE(compile_all(Model{}).empty());
}

TEST(CompileAll, EntriesSayWhatTheRowsSay) {
  World w;
  const auto all = by_key(compile_all(w.model));
  const Keys k(w.acme);

  const auto tenant = decode<schema::TenantEntryT>(all.at(k.tenant));
  EXPECT_EQ(tenant.name, "acme");
  EXPECT_FALSE(tenant.suspended);
  const auto access = decode<schema::VrfEntryT>(all.at(k.access));
  EXPECT_EQ(access.name, "n3-vrf");
  EXPECT_EQ(access.role, schema::VrfRole::access);
  EXPECT_EQ(decode<schema::VrfEntryT>(all.at(k.internet)).role, schema::VrfRole::core);
  const auto ran = decode<schema::AttachmentEntryT>(all.at(k.ran));
  EXPECT_EQ(ran.port, "p0");
  EXPECT_EQ(ran.vlan, 100);
  EXPECT_EQ(ran.vrf, w.acme.access.id.value);
  EXPECT_EQ(ran.ipv4, 0x0a010001u);
  EXPECT_EQ(ran.ipv4_prefix_length, 24);
  const auto endpoint = decode<schema::GtpuEndpointEntryT>(all.at(k.endpoint));
  EXPECT_EQ(endpoint.vrf, w.acme.access.id.value);
  EXPECT_EQ(endpoint.ipv4, 0x0a010001u);
  const auto route = decode<schema::RouteEntryT>(all.at(k.route));
  EXPECT_EQ(route.vrf, w.acme.internet.id.value);
  EXPECT_EQ(route.prefix, 0u);
  EXPECT_EQ(route.prefix_length, 0);
  EXPECT_EQ(route.attachment, w.acme.wan.id.value);
  EXPECT_EQ(route.gateway, 0x0a090002u);
}

TEST(CompileAll, ASessionKeepsItsRules) {
  World w;
  const auto all = by_key(compile_all(w.model));
  const auto s = decode<schema::SessionEntryT>(all.at(Keys(w.acme).session));
  ASSERT_EQ(s.pdrs.size(), 2u);
  ASSERT_EQ(s.fars.size(), 2u);
  ASSERT_EQ(s.qers.size(), 1u);
  const auto& up = *s.pdrs[0];
  EXPECT_EQ(up.pdr_id, 1);
  EXPECT_EQ(up.precedence, 100u);
  EXPECT_EQ(up.source_interface, schema::SourceInterface::access);
  EXPECT_EQ(up.vrf, w.acme.access.id.value);
  EXPECT_EQ(up.gtpu_endpoint, w.acme.endpoint.id.value);
  EXPECT_EQ(up.teid, 256u);
  EXPECT_EQ(up.qfi, 9);
  EXPECT_TRUE(up.outer_header_removal);
  EXPECT_EQ(up.ue_ipv4, 0x0a2d0007u);
  EXPECT_EQ(up.far_id, 1u);
  EXPECT_EQ(up.qer_ids, std::vector<uint32_t>{1});
  const auto& down = *s.pdrs[1];
  EXPECT_EQ(down.source_interface, schema::SourceInterface::core);
  EXPECT_EQ(down.vrf, w.acme.internet.id.value);
  EXPECT_EQ(down.teid, 0u);
  EXPECT_EQ(down.qfi, 255);
  EXPECT_FALSE(down.outer_header_removal);
  const auto& to_core = *s.fars[0];
  EXPECT_EQ(to_core.apply_action, schema::ApplyAction::forward);
  EXPECT_EQ(to_core.destination_interface, schema::DestinationInterface::core);
  EXPECT_FALSE(to_core.outer_header_creation);
  const auto& to_access = *s.fars[1];
  EXPECT_EQ(to_access.destination_interface, schema::DestinationInterface::access);
  EXPECT_TRUE(to_access.outer_header_creation);
  EXPECT_EQ(to_access.gtpu_endpoint, w.acme.endpoint.id.value);
  EXPECT_EQ(to_access.teid, 257u);
  EXPECT_EQ(to_access.peer_ipv4, 0x0a010002u);
  EXPECT_EQ(s.qers[0]->qer_id, 1u);
  EXPECT_EQ(s.qers[0]->ul_gate, schema::Gate::open);
  EXPECT_EQ(s.qers[0]->qfi, 9);
}

TEST(CompileAll, ATierGoesWithItsTenant) {
  World w;
  EXPECT_EQ(decode<schema::TenantEntryT>(entry_put(w.acme.tenant)).tier, nullptr) << "nothing is set";
  w.acme.tenant.tier = {.weight = 7, .guaranteed_pps = 11, .guaranteed_bps = 64'000, .workers = 0b110};
  const auto tenant = decode<schema::TenantEntryT>(entry_put(w.acme.tenant));
  ASSERT_NE(tenant.tier, nullptr);
  EXPECT_EQ(tenant.tier->weight, 7u);
  EXPECT_EQ(tenant.tier->guaranteed_pps, 11u);
  EXPECT_EQ(tenant.tier->guaranteed_bps, 64'000u);
  EXPECT_EQ(tenant.tier->workers, 0b110u);
}

TEST(CompileAll, RatesGoWithTheirObjects) {
  World w;
  const Rates rates{64'000, 2, 3, 4, 5};
  w.acme.tenant.rates = rates;
  const auto tenant = decode<schema::TenantEntryT>(entry_put(w.acme.tenant));
  ASSERT_NE(tenant.rates, nullptr);
  EXPECT_EQ(tenant.rates->uplink_bps, 64'000u);
  EXPECT_EQ(tenant.rates->downlink_bps, 2u);
  EXPECT_EQ(tenant.rates->uplink_pps, 3u);
  EXPECT_EQ(tenant.rates->downlink_pps, 4u);
  EXPECT_EQ(tenant.rates->burst_ms, 5u);
  EXPECT_EQ(decode<schema::TenantEntryT>(entry_put(w.bravo.tenant)).rates, nullptr);
  w.acme.internet.options.rates = rates;
  EXPECT_EQ(decode<schema::VrfEntryT>(entry_put(w.acme.internet)).rates->uplink_bps, 64'000u);
  w.acme.session.ambr = rates;
  w.acme.session.qers[0].mbr = {10, 20};
  w.acme.session.qers[0].gbr = {1, 2};
  const auto session = decode<schema::SessionEntryT>(entry_put(w.acme.session));
  EXPECT_EQ(session.ambr->downlink_pps, 4u);
  EXPECT_EQ(session.qers[0]->ul_mbr_bps, 10u);
  EXPECT_EQ(session.qers[0]->dl_mbr_bps, 20u);
  EXPECT_EQ(session.qers[0]->ul_gbr_bps, 1u);
  EXPECT_EQ(session.qers[0]->dl_gbr_bps, 2u);
}

TEST(CompileAll, ASessionSaysWhatItCarries) {
  World w;
  Session session = w.acme.session;
  const auto entry_of = [](const Session& s) { return decode<schema::SessionEntryT>(entry_put(s)); };
  EXPECT_EQ(entry_of(session).pdn_type, schema::PdnType::ip);
  session.pdn_type = PdnType::unstructured;
  EXPECT_EQ(entry_of(session).pdn_type, schema::PdnType::unstructured);
  session.pdn_type = PdnType::ethernet;
  session.pdrs[0].ethernet_filters = {
      {}, {.id = 7, .destination = Mac{0x02005e005301}, .source = Mac{2}, .ethertype = 0x800, .c_vlan = 0}};
  const auto s = entry_of(session);
  EXPECT_EQ(s.pdn_type, schema::PdnType::ethernet);
  ASSERT_EQ(s.pdrs[0]->ethernet_filters.size(), 2u);
  const auto& any = *s.pdrs[0]->ethernet_filters[0];
  EXPECT_TRUE(any.destination.empty() && any.source.empty());
  EXPECT_EQ(any.ethertype, 0x10000u);
  EXPECT_EQ(any.c_vlan, 0xffff);
  const auto& all = *s.pdrs[0]->ethernet_filters[1];
  EXPECT_EQ(all.id, 7u);
  EXPECT_EQ(all.destination, (std::vector<uint8_t>{2, 0, 0x5e, 0, 0x53, 1}));
  EXPECT_EQ(all.source, (std::vector<uint8_t>{0, 0, 0, 0, 0, 2}));
  EXPECT_EQ(all.ethertype, 0x800u);
  EXPECT_EQ(all.c_vlan, 0);
}

std::vector<uint8_t> bytes(const char* ipv6) {
  const Ipv6Address a = ip6(ipv6);
  return {a.bytes.begin(), a.bytes.end()};
}

TEST(CompileAll, Ipv6BesideAndInsteadOfIpv4) {
  World w;
  Edit e = w.begin();
  const TenantId acme = w.acme.tenant.id;
  const auto wan = e.add_attachment({{},
                                     acme,
                                     "wan6",
                                     "p1",
                                     VlanId{7},
                                     w.acme.internet.id,
                                     {},
                                     interface6("2001:db8:9::1/64"),
                                     VlanId{500},
                                     {9000, false}})
                       .value();
  const auto n3 =
      e.add_endpoint({{}, acme, "n3-6", w.acme.access.id, {}, ip6("2001:db8:1::1"), {PeerPolicy::learn, true}}).value();
  e.add_pool({{}, acme, "ues6", w.acme.internet.id, prefix("2001:db8:100::/48")}).value();
  const auto route = e.add_route({{},
                                  acme,
                                  w.acme.internet.id,
                                  prefix("2001:db8:f000::/36"),
                                  {{any_ip("2001:db8:9::2"), {}}, {any_ip("fe80::1"), wan.id}}})
                         .value();
  const auto routes =
      e.add_route({{}, acme, w.acme.internet.id, prefix("10.50.0.0/16"), via("10.9.0.2", "10.9.0.3")}).value();
  e.set_vrf(w.acme.internet.id, {1400, 1360, true, HeaderPolicy::pass, HeaderPolicy::drop}).value();
  Session both = make_session(w.acme, 900, ip("10.45.0.9"));
  both.fars[1].outer_header_creation = {n3.id, Teid{901}, any_ip("2001:db8:1::2")};
  both.fars[1].marking = {0xb8, 0xfc};
  both.fars[1].copy_dscp = true;
  both.qers[0].rqi = true;
  both.qers[0].paging_policy = 0;
  for (Pdr& pdr : both.pdrs) pdr.ue_ipv6 = prefix6("2001:db8:100:10::/60");
  both.pdrs[1].framed_routes = {prefix("192.168.7.0/24"), prefix("2001:db8:aa::/48")};
  both = e.add_session(both).value();

  const auto all = by_key(compile_all(w.model));
  const auto link = decode<schema::AttachmentEntryT>(all.at({acme, EntryKind::attachment, wan.id.value}));
  EXPECT_EQ(link.ipv4, 0u);
  EXPECT_EQ(link.ipv6, bytes("2001:db8:9::1"));
  EXPECT_EQ(link.ipv6_prefix_length, 64);
  EXPECT_EQ(link.outer_vlan, 500);
  EXPECT_EQ(link.mtu, 9000);
  EXPECT_FALSE(link.fragment_ipv4);
  const auto endpoint = decode<schema::GtpuEndpointEntryT>(all.at({acme, EntryKind::gtpu_endpoint, n3.id.value}));
  EXPECT_EQ(endpoint.ipv4, 0u);
  EXPECT_EQ(endpoint.ipv6, bytes("2001:db8:1::1"));
  EXPECT_EQ(endpoint.peer_policy, schema::PeerPolicy::learn);
  EXPECT_TRUE(endpoint.outer_dont_fragment);
  const auto way6 = decode<schema::RouteEntryT>(all.at({acme, EntryKind::route, route.id.value}));
  EXPECT_EQ(way6.prefix6, bytes("2001:db8:f000::"));
  EXPECT_EQ(way6.prefix_length, 36);
  EXPECT_EQ(way6.gateway6, bytes("2001:db8:9::2"));
  EXPECT_EQ(way6.attachment, wan.id.value);
  ASSERT_EQ(way6.more_next_hops.size(), 1u);
  EXPECT_EQ(way6.more_next_hops[0]->gateway6, bytes("fe80::1"));
  EXPECT_EQ(way6.more_next_hops[0]->attachment, wan.id.value);
  const auto way4 = decode<schema::RouteEntryT>(all.at({acme, EntryKind::route, routes.id.value}));
  EXPECT_TRUE(way4.prefix6.empty());
  ASSERT_EQ(way4.more_next_hops.size(), 1u);
  EXPECT_EQ(way4.more_next_hops[0]->gateway, 0x0a090003u);
  const auto vrf = decode<schema::VrfEntryT>(all.at(Keys(w.acme).internet));
  EXPECT_EQ(vrf.mtu, 1400);
  EXPECT_EQ(vrf.tcp_mss, 1360);
  EXPECT_TRUE(vrf.ue_to_ue);
  EXPECT_EQ(vrf.ipv4_options, schema::HeaderPolicy::pass);
  EXPECT_EQ(vrf.routing_headers, schema::HeaderPolicy::drop);
  const auto s = decode<schema::SessionEntryT>(all.at({acme, EntryKind::session, both.up_seid.value}));
  EXPECT_EQ(s.pdrs[1]->ue_ipv4, 0x0a2d0009u);
  EXPECT_EQ(s.pdrs[1]->ue_ipv6, bytes("2001:db8:100:10::"));
  EXPECT_EQ(s.pdrs[1]->ue_ipv6_prefix_length, 60);
  EXPECT_TRUE(s.pdrs[0]->framed_routes.empty());
  ASSERT_EQ(s.pdrs[1]->framed_routes.size(), 2u);
  EXPECT_EQ(s.pdrs[1]->framed_routes[0]->ipv4, 0xc0a80700u);
  EXPECT_EQ(s.pdrs[1]->framed_routes[0]->prefix_length, 24);
  EXPECT_TRUE(s.pdrs[1]->framed_routes[0]->ipv6.empty());
  EXPECT_EQ(s.pdrs[1]->framed_routes[1]->ipv6, bytes("2001:db8:aa::"));
  EXPECT_EQ(s.pdrs[1]->framed_routes[1]->prefix_length, 48);
  EXPECT_EQ(s.fars[1]->peer_ipv4, 0u);
  EXPECT_EQ(s.fars[1]->peer_ipv6, bytes("2001:db8:1::2"));
  EXPECT_EQ(s.fars[1]->tos, 0xb8);
  EXPECT_EQ(s.fars[1]->tos_mask, 0xfc);
  EXPECT_TRUE(s.fars[1]->copy_dscp);
  EXPECT_TRUE(s.qers[0]->rqi);
  EXPECT_EQ(s.qers[0]->paging_policy, 0);
}

TEST(CompileAll, GatesActionsAndAbsentQfi) {
  World w;
  Edit e = w.begin();
  Session s = w.acme.session;
  s.pdrs[0].qfi.reset();
  s.fars[0].apply_action = ApplyAction::drop;
  s.qers[0] = {.qer_id = 1, .ul_gate = Gate::closed, .dl_gate = Gate::open, .qfi = {}};
  s.qers.push_back({.qer_id = 2, .ul_gate = Gate::open, .dl_gate = Gate::closed, .qfi = 0});
  ASSERT_TRUE(e.replace_session(s).has_value());
  const auto updates = compile(e.changes());
  ASSERT_EQ(updates.size(), 1u);
  const auto entry = decode<schema::SessionEntryT>(updates[0]);
  EXPECT_EQ(entry.pdrs[0]->qfi, 255);
  EXPECT_EQ(entry.fars[0]->apply_action, schema::ApplyAction::drop);
  EXPECT_EQ(entry.qers[0]->ul_gate, schema::Gate::closed);
  EXPECT_EQ(entry.qers[0]->dl_gate, schema::Gate::open);
  EXPECT_EQ(entry.qers[0]->qfi, 255);
  EXPECT_EQ(entry.qers[1]->dl_gate, schema::Gate::closed);
  EXPECT_EQ(entry.qers[1]->qfi, 0);
}

// The changes from nothing to the world, and everything at once, make the same entries.
TEST(Compile, ChangesLeadToTheSameAsEverything) {
  World w;
  Model model;
  CountingIds counting;
  std::optional<DataPlaneLimits> limits;
  Edit e(model, counting.ids, limits);
  add_tenant_objects(e, "acme", 100);
  const auto changed = compile(e.changes());
  expect_in_order(changed);
  const auto a = by_key(changed), b = by_key(compile_all(model));
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [key, update] : a) EXPECT_EQ(update.value, b.at(key).value);
}

TEST(Compile, PoolsAndKeysYieldNothing) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.add_pool({{}, w.acme.tenant.id, "x", w.acme.ims.id, prefix("10.45.0.0/16")}).has_value());
  ASSERT_TRUE(e.remove_key(w.ops.id).has_value());
  ASSERT_TRUE(e.remove_key(w.acme.key.id).has_value());
  EXPECT_EQ(e.changes().size(), 3u);
  EXPECT_TRUE(compile(e.changes()).empty());
}

TEST(Compile, SuspendingYieldsOnePut) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.set_tenant_suspended(w.acme.tenant.id, true).has_value());
  auto updates = compile(e.changes());
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].key, Keys(w.acme).tenant);
  EXPECT_TRUE(decode<schema::TenantEntryT>(updates[0]).suspended);

  ASSERT_TRUE(e.set_tenant_suspended(w.acme.tenant.id, false).has_value());
  updates = compile(e.changes());
  ASSERT_EQ(updates.size(), 1u) << "the last state alone";
  EXPECT_FALSE(decode<schema::TenantEntryT>(updates[0]).suspended);
}

TEST(Compile, RemovingATenantRemovesFromTheTopDown) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.remove_tenant(w.acme.tenant.id, true).has_value());
  const auto updates = compile(e.changes());
  expect_in_order(updates);
  EXPECT_EQ(updates.size(), 9u);
  for (const TableUpdate& u : updates) {
    EXPECT_EQ(u.operation, OperationKind::remove);
    EXPECT_EQ(u.key.tenant, w.acme.tenant.id);
  }
  EXPECT_EQ(updates.front().key.kind, EntryKind::session);
  EXPECT_EQ(updates.back().key.kind, EntryKind::tenant);
}

TEST(Compile, WhatCameAndWentYieldsNothing) {
  World w;
  Edit e = w.begin();
  const Session s = e.add_session(make_session(w.acme, 300, ip("10.45.0.8"))).value();
  ASSERT_TRUE(e.remove_session(w.acme.tenant.id, s.up_seid).has_value());
  EXPECT_TRUE(compile(e.changes()).empty());
}

// A TEID that one session gives up is free before the next takes it, whatever their SEIDs.
TEST(Compile, SessionsKeepTheOrderOfTheirChanges) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.replace_session(make_session(w.acme, 999, ip("10.45.0.9"), w.acme.session.up_seid.value)).has_value());
  ASSERT_TRUE(e.add_session(make_session(w.acme, 256, ip("10.45.0.7"), 1)).has_value());
  ASSERT_TRUE(e.replace_session(make_session(w.acme, 777, ip("10.45.0.10"), w.acme.session.up_seid.value)).has_value());
  const auto updates = compile(e.changes());
  ASSERT_EQ(updates.size(), 3u);
  EXPECT_EQ(updates[0].key.id, w.acme.session.up_seid.value);
  EXPECT_EQ(updates[1].key.id, 1u);
  EXPECT_EQ(updates[2].key.id, w.acme.session.up_seid.value);
  EXPECT_EQ(decode<schema::SessionEntryT>(updates[2]).pdrs[0]->teid, 777u);
}

TEST(Compile, RemovedAndAddedAgainIsRemovedFirst) {
  World w;
  Edit e = w.begin();
  const Seid seid = w.acme.session.up_seid;
  ASSERT_TRUE(e.remove_session(w.acme.tenant.id, seid).has_value());
  ASSERT_TRUE(e.add_session(make_session(w.acme, 256, ip("10.45.0.7"), 1)).has_value());
  ASSERT_TRUE(e.add_session(make_session(w.acme, 300, ip("10.45.0.8"), seid.value)).has_value());
  const auto updates = compile(e.changes());
  ASSERT_EQ(updates.size(), 3u);
  EXPECT_EQ(updates[0].operation, OperationKind::remove);
  EXPECT_EQ(updates[0].key.id, seid.value);
  EXPECT_EQ(updates[1].key.id, 1u);
  EXPECT_EQ(updates[2].key.id, seid.value);
  EXPECT_EQ(updates[2].operation, OperationKind::put);
}

// A session that left a VRF which goes in the same batch must not stand on it when it goes.
TEST(Compile, ASessionLetsGoOfAVrfThatIsRemoved) {
  World w;
  Edit before = w.begin();
  Session s = w.acme.session;
  s.fars.push_back({.far_id = 3, .network_instance = w.acme.ims.id, .outer_header_creation = {}});
  ASSERT_TRUE(before.replace_session(s).has_value());

  Edit e = w.begin();
  ASSERT_TRUE(e.replace_session(w.acme.session).has_value());
  ASSERT_TRUE(e.remove_vrf(w.acme.ims.id).has_value());
  const auto updates = compile(e.changes());
  expect_in_order(updates);
  const Keys k(w.acme);
  ASSERT_EQ(updates.size(), 3u);
  EXPECT_EQ(updates[0].operation, OperationKind::remove);
  EXPECT_EQ(updates[0].key, k.session);
  EXPECT_EQ(updates[1].key, k.ims);
  EXPECT_EQ(updates[2].operation, OperationKind::put);
  EXPECT_EQ(updates[2].key, k.session);
}

}  // namespace
}  // namespace demarc::cp::test
