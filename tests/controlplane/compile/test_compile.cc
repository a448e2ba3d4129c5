#include <gtest/gtest.h>

#include <map>

#include "controlplane/compile/compile.h"
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

TEST(CompileAll, GatesActionsAndAbsentQfi) {
  World w;
  Edit e = w.begin();
  Session s = w.acme.session;
  s.pdrs[0].qfi.reset();
  s.fars[0].apply_action = ApplyAction::drop;
  s.qers[0] = {.qer_id = 1, .ul_gate = Gate::closed, .dl_gate = Gate::open, .qfi = {}};
  s.qers.push_back({.qer_id = 2, .ul_gate = Gate::open, .dl_gate = Gate::closed, .qfi = 0});
  ASSERT_TRUE(e.replace_session(s).has_value());
  const auto updates = compile(e.changes(), w.model);
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
  const auto changed = compile(e.changes(), model);
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
  EXPECT_TRUE(compile(e.changes(), w.model).empty());
}

TEST(Compile, SuspendingYieldsOnePut) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.set_tenant_suspended(w.acme.tenant.id, true).has_value());
  auto updates = compile(e.changes(), w.model);
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].key, Keys(w.acme).tenant);
  EXPECT_TRUE(decode<schema::TenantEntryT>(updates[0]).suspended);

  ASSERT_TRUE(e.set_tenant_suspended(w.acme.tenant.id, false).has_value());
  updates = compile(e.changes(), w.model);
  ASSERT_EQ(updates.size(), 1u) << "the last state alone";
  EXPECT_FALSE(decode<schema::TenantEntryT>(updates[0]).suspended);
}

TEST(Compile, RemovingATenantRemovesFromTheTopDown) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.remove_tenant(w.acme.tenant.id, true).has_value());
  const auto updates = compile(e.changes(), w.model);
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
  EXPECT_TRUE(compile(e.changes(), w.model).empty());
}

// A TEID that one session gives up is free before the next takes it, whatever their SEIDs.
TEST(Compile, SessionsKeepTheOrderOfTheirChanges) {
  World w;
  Edit e = w.begin();
  ASSERT_TRUE(e.replace_session(make_session(w.acme, 999, ip("10.45.0.9"), w.acme.session.up_seid.value)).has_value());
  ASSERT_TRUE(e.add_session(make_session(w.acme, 256, ip("10.45.0.7"), 1)).has_value());
  ASSERT_TRUE(e.replace_session(make_session(w.acme, 777, ip("10.45.0.10"), w.acme.session.up_seid.value)).has_value());
  const auto updates = compile(e.changes(), w.model);
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
  const auto updates = compile(e.changes(), w.model);
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
  const auto updates = compile(e.changes(), w.model);
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
