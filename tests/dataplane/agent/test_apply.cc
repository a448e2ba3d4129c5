#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include "dataplane/agent/report.h"
#include "dataplane/worker/handoff.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The transaction is refused at `operation` with `code`, the sentence has `text`, and nothing has changed.
void expect_refused(World& world, const std::vector<TableUpdate>& updates, uint32_t operation, ErrorCode code,
                    const std::string& text) {
  const std::string before = world.snapshot();
  const ApplyResult result = world.apply(updates);
  ASSERT_FALSE(result) << "accepted, expected: " << text;
  EXPECT_EQ(result.error().operation, operation) << result.error().error.message;
  EXPECT_EQ(error_code_name(result.error().error.code), std::string(error_code_name(code)))
      << result.error().error.message;
  EXPECT_THAT(result.error().error.message, HasSubstr(text));
  EXPECT_EQ(world.snapshot(), before);
}

void expect_applied(World& world, const std::vector<TableUpdate>& updates) {
  const ApplyResult result = world.apply(updates);
  ASSERT_TRUE(result) << "operation " << result.error().operation << ": " << result.error().error.message;
}

std::vector<TableUpdate> operator+(std::vector<TableUpdate> a, const std::vector<TableUpdate>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Apply, PublishesAnEmptyTopologyAtOnce) {
  World world;
  ASSERT_NE(world.tables.topology.load(), nullptr);
  EXPECT_EQ(world.topology().spec().ports, 2);
}

TEST(Apply, TenantsWithTheSameAddressesAreApart) {
  World world;
  expect_applied(world, base(7, 101) + base(8, 201));
  expect_applied(world, {put_session(7, 1, 0x1001, ip(10, 45, 0, 2)), put_session(8, 1, 0x1001, ip(10, 45, 0, 2))});
  const Session* seven = world.session(7, 1);
  const Session* eight = world.session(8, 1);
  ASSERT_TRUE(seven != nullptr && eight != nullptr && seven != eight);
  AttachmentSlot slot;
  const AttachmentRow* row = world.topology().attachment_at(PortIndex(0), VlanId(101), &slot);
  ASSERT_NE(row, nullptr);
  EXPECT_EQ(world.topology().spec().tenants[row->tenant.value].id, TenantId(7));
  EXPECT_FALSE(row->core);
  EXPECT_EQ(row->mac[5], 1);
  const NextHop* hop = world.topology().vrf(world.vrf(8, 2))->fib->lookup(ip(8, 8, 8, 8));
  ASSERT_NE(hop, nullptr);
  EXPECT_EQ(hop->gateway.host(), ip(10, 2, 0, 254));
  EXPECT_EQ(world.topology().attachment(hop->egress).vlan, VlanId(202));
  const NextHop* connected = world.topology().vrf(world.vrf(8, 2))->fib->lookup(ip(10, 2, 0, 77));
  ASSERT_NE(connected, nullptr);
  EXPECT_EQ(connected->gateway.raw(), 0u);
}

TEST(Apply, SessionIsCompiled) {
  World world;
  expect_applied(world, base(7, 101));
  auto entry = session_entry(1, 2, 1, 0x1001, ip(10, 45, 0, 2), 9);
  entry.qers[0]->dl_gate = schema::Gate::closed;
  entry.qers.push_back(std::make_unique<schema::QerEntryT>());
  entry.qers[1]->qer_id = 2;
  entry.qers[1]->qfi = 5;
  entry.pdrs[1]->qer_ids = {2, 1};
  expect_applied(world, {put_session(7, 5, entry)});
  const Session* s = world.session(7, 5);
  ASSERT_NE(s, nullptr);
  ASSERT_EQ(s->pdr_count, 2);
  EXPECT_EQ(s->pdrs()[0].pdr_id, 2) << "the lower precedence value comes first";
  EXPECT_TRUE(s->pdrs()[0].gate_closed);
  EXPECT_FALSE(s->pdrs()[1].gate_closed);
  EXPECT_EQ(s->pdrs()[0].qfi_mark, 9) << "of the first QER in the session";
  const Far& far = s->fars()[s->pdrs()[0].far_index];
  EXPECT_EQ(far.far_id, 2u);
  EXPECT_TRUE(far.outer_header_creation);
  EXPECT_EQ(far.local_ipv4.host(), ip(10, 1, 0, 1));
  EXPECT_EQ(far.peer_ipv4.host(), ip(10, 1, 0, 2));
}

TEST(Apply, SuspensionReachesTheAttachments) {
  World world;
  expect_applied(world, base(7, 101));
  expect_applied(world, {put_tenant(7, true)});
  AttachmentSlot slot;
  EXPECT_TRUE(world.topology().attachment_at(PortIndex(0), VlanId(101), &slot)->suspended);
  expect_applied(world, {put_tenant(7, false)});
  EXPECT_FALSE(world.topology().attachment_at(PortIndex(0), VlanId(101), &slot)->suspended);
}

TEST(Apply, SessionsAloneDoNotMakeANewTopology) {
  World world;
  expect_applied(world, base(7, 101));
  const Topology* before = world.tables.topology.load();
  expect_applied(world, {put_session(7, 1, 1, ip(10, 45, 0, 2))});
  EXPECT_EQ(world.tables.topology.load(), before);
}

TEST(Apply, FibIsSharedWhenItsVrfDidNotChange) {
  World world;
  expect_applied(world, base(7, 101));
  const Fib* core = world.topology().vrf(world.vrf(7, 2))->fib.get();
  const Fib* access = world.topology().vrf(world.vrf(7, 1))->fib.get();
  expect_applied(world, {put_route(7, 9, 1, ip(10, 9, 0, 0), 16, 1, ip(10, 1, 0, 254))});
  EXPECT_EQ(world.topology().vrf(world.vrf(7, 2))->fib.get(), core);
  EXPECT_NE(world.topology().vrf(world.vrf(7, 1))->fib.get(), access);
  EXPECT_NE(world.topology().vrf(world.vrf(7, 1))->fib->lookup(ip(10, 9, 1, 1)), nullptr);
}

TEST(Apply, RemovingEverythingLeavesNothing) {
  World world;
  const std::string empty_entries = world.snapshot().substr(0, world.snapshot().find("ports"));
  expect_applied(world, base(7, 101) + std::vector{put_session(7, 1, 1, ip(10, 45, 0, 2))});
  expect_applied(world,
                 {drop(7, EntryKind::session, 1), drop(7, EntryKind::route, 1), drop(7, EntryKind::gtpu_endpoint, 1),
                  drop(7, EntryKind::attachment, 2), drop(7, EntryKind::attachment, 1), drop(7, EntryKind::vrf, 2),
                  drop(7, EntryKind::vrf, 1), drop(7, EntryKind::tenant, 7)});
  EXPECT_EQ(world.snapshot().substr(0, world.snapshot().find("ports")), empty_entries);
  EXPECT_EQ(world.sessions->size(), 0u);
  AttachmentSlot slot;
  EXPECT_EQ(world.topology().attachment_at(PortIndex(0), VlanId(101), &slot), nullptr);
}

TEST(Apply, OrderInATransactionIsTheLastWord) {
  World world;
  expect_applied(world, base(7, 101));
  const std::string before = world.snapshot();
  // Put, then removed: as if it had never been.
  expect_applied(world, {put_vrf(7, 3, true), drop(7, EntryKind::vrf, 3)});
  EXPECT_EQ(world.snapshot(), before);
  // The same session twice: the second counts.
  expect_applied(world, {put_session(7, 1, 1, ip(10, 45, 0, 2)), put_session(7, 1, 2, ip(10, 45, 0, 3))});
  EXPECT_EQ(world.session(7, 1)->pdrs()[0].ue_ipv4.host(), ip(10, 45, 0, 3));
  EXPECT_EQ(world.sessions->size(), 1u);
  // Removed, then put again: it stays in its row.
  const VrfSlot slot = world.vrf(7, 2);
  expect_applied(world, {drop(7, EntryKind::session, 1), drop(7, EntryKind::vrf, 2), put_vrf(7, 2, true),
                         put_session(7, 1, 3, ip(10, 45, 0, 4))});
  EXPECT_EQ(world.vrf(7, 2), slot);
  EXPECT_EQ(world.session(7, 1)->pdrs()[1].teid, Teid(3));
  expect_applied(world, {put_session(7, 1, 1, ip(10, 45, 0, 2)), drop(7, EntryKind::session, 1)});
  EXPECT_EQ(world.session(7, 1), nullptr);
  // A removal of what is not there changes nothing.
  expect_applied(world,
                 {drop(7, EntryKind::session, 99), drop(9, EntryKind::tenant, 9), drop(7, EntryKind::route, 44)});
}

TEST(Apply, VlanMovesFromOneTenantToAnother) {
  World world;
  expect_applied(world, base(7, 101) + base(8, 201));
  expect_applied(world, {drop(7, EntryKind::attachment, 1), put_attachment(8, 3, 1, 101, ip(10, 5, 0, 1))});
  AttachmentSlot slot;
  EXPECT_EQ(world.topology().attachment_at(PortIndex(0), VlanId(101), &slot)->tenant, world.tenant(8));
}

TEST(Apply, AttachmentsMaySwapVlansAndSessionsTheirKeys) {
  World world;
  expect_applied(world, base(7, 101));
  expect_applied(world, {put_attachment(7, 1, 1, 102, ip(10, 1, 0, 1)), put_attachment(7, 2, 2, 101, ip(10, 2, 0, 1))});
  AttachmentSlot slot;
  EXPECT_TRUE(world.topology().attachment_at(PortIndex(0), VlanId(101), &slot)->core);
  const uint32_t a = ip(10, 45, 0, 2), b = ip(10, 45, 0, 3), c = ip(10, 45, 0, 4);
  expect_applied(world, {put_session(7, 1, 1, a), put_session(7, 2, 2, b), put_session(7, 3, 3, c)});
  // In a circle, and in a chain whose order is the wrong way round.
  expect_applied(world, {put_session(7, 1, 2, b), put_session(7, 2, 3, c), put_session(7, 3, 1, a)});
  EXPECT_EQ(world.session(7, 2)->pdrs()[0].ue_ipv4.host(), c);
  expect_applied(world, {put_session(7, 1, 3, c), put_session(7, 2, 4, ip(10, 45, 0, 5))});
  EXPECT_EQ(world.session(7, 1)->pdrs()[0].ue_ipv4.host(), c);
  EXPECT_THAT(world.snapshot(), Not(HasSubstr("found false")));
}

TEST(Apply, EndpointThatMovesTakesItsSessionsAlong) {
  World world;
  expect_applied(world, base(7, 101) + std::vector{put_session(7, 1, 1, ip(10, 45, 0, 2)), put_vrf(7, 5, false),
                                                   put_endpoint(7, 5, 5, ip(10, 7, 0, 1))});
  expect_applied(world, {put_endpoint(7, 1, 1, ip(10, 1, 0, 9))});
  const Session* s = world.session(7, 1);
  EXPECT_EQ(s->fars()[1].local_ipv4.host(), ip(10, 1, 0, 9));
}

TEST(Apply, VlanOfAnotherTenantIsAConflictThatNamesNobody) {
  World world;
  expect_applied(world, base(777, 101) + base(8, 201));
  const std::vector<TableUpdate> steal{put_attachment(8, 9, 1, 101, ip(10, 9, 0, 1))};
  expect_refused(world, steal, 0, ErrorCode::conflict, "VLAN 101 on port uplink is already attached");
  EXPECT_THAT(world.apply(steal).error().error.message, Not(HasSubstr("777")));
  expect_refused(world, {put_attachment(8, 9, 1, 201, ip(10, 9, 0, 1))}, 0, ErrorCode::conflict,
                 "VLAN 201 on port uplink is already attached by attachment 1");
}

struct Refused {
  const char* description;
  TableUpdate update;
  ErrorCode code;
  const char* text;
};

TEST(Apply, RefusesWhatContradictsTheTables) {
  World world;
  expect_applied(
      world, base(7, 101) + base(8, 201) + std::vector{put_vrf(8, 9, false), put_session(7, 1, 1, ip(10, 45, 0, 2))});
  auto far_core_role = session_entry(1, 1, 1, 5, ip(10, 45, 0, 9));
  auto other_endpoint = session_entry(1, 2, 77, 5, ip(10, 45, 0, 9));
  const Refused cases[] = {
      {"vrf of no tenant", put_vrf(9, 1, true), ErrorCode::not_found, "vrf 1 of tenant 9: tenant 9 does not exist"},
      {"vrf of another tenant", put_attachment(7, 3, 9, 105, ip(10, 9, 0, 1)), ErrorCode::not_found,
       "attachment 3 of tenant 7: vrf 9 of tenant 7 does not exist"},
      {"overlap in a vrf", put_attachment(7, 3, 1, 105, ip(10, 1, 9, 1), 16), ErrorCode::conflict,
       "10.1.9.1/16 overlaps 10.1.0.1/24 of attachment 1"},
      {"endpoint in a core vrf", put_endpoint(7, 3, 2, ip(10, 2, 0, 5)), ErrorCode::invalid, "vrf 2 is a core VRF"},
      {"endpoint address twice", put_endpoint(7, 3, 1, ip(10, 1, 0, 1)), ErrorCode::conflict,
       "10.1.0.1 in vrf 1 is already the address of gtpu_endpoint 1"},
      {"route out of the vrf", put_route(7, 3, 1, ip(10, 9, 0, 0), 16, 2, ip(10, 2, 0, 3)), ErrorCode::invalid,
       "attachment 2 is in vrf 2, the route in vrf 1"},
      {"gateway elsewhere", put_route(7, 3, 2, ip(10, 9, 0, 0), 16, 2, ip(10, 3, 0, 3)), ErrorCode::invalid,
       "gateway 10.3.0.3 is not inside 10.2.0.0/24"},
      {"gateway is ours", put_route(7, 3, 2, ip(10, 9, 0, 0), 16, 2, ip(10, 2, 0, 1)), ErrorCode::invalid,
       "gateway 10.2.0.1 is our own address"},
      {"gateway is broadcast", put_route(7, 3, 2, ip(10, 9, 0, 0), 16, 2, ip(10, 2, 0, 255)), ErrorCode::invalid,
       "the network or broadcast address"},
      {"route twice", put_route(7, 3, 2, 0, 0, 2, ip(10, 2, 0, 3)), ErrorCode::conflict,
       "0.0.0.0/0 in vrf 2 has a route already, route 1"},
      {"route by no attachment", put_route(7, 3, 2, 0, 1, 88, ip(10, 2, 0, 3)), ErrorCode::not_found,
       "attachment 88 of tenant 7 does not exist"},
      {"session role", put_session(7, 4, far_core_role), ErrorCode::invalid,
       "its interface is core, but vrf 1 (access) is an access VRF"},
      {"session endpoint", put_session(7, 4, other_endpoint), ErrorCode::not_found,
       "PDR 1: gtpu_endpoint 77 of tenant 7 does not exist"},
      {"session of no tenant", put_session(9, 4, 5, ip(10, 45, 0, 9)), ErrorCode::not_found, "tenant 9 does not exist"},
      {"TEID taken", put_session(7, 4, 1, ip(10, 45, 0, 9)), ErrorCode::conflict,
       "TEID 0x1 at gtpu_endpoint 1 is already used by session 1"},
      {"UE address taken", put_session(7, 4, 9, ip(10, 45, 0, 2)), ErrorCode::conflict,
       "UE address 10.45.0.2 in vrf 2 is already used by session 1"},
      {"role under an endpoint", put_vrf(7, 1, true), ErrorCode::conflict, "it cannot be changed so"},
      {"role under sessions", put_vrf(7, 2, false), ErrorCode::conflict, "vrf 2 (access) is an access VRF"},
      {"tenant with entries", drop(7, EntryKind::tenant, 7), ErrorCode::conflict, "it cannot be removed"},
      {"vrf with an attachment", drop(7, EntryKind::vrf, 1), ErrorCode::conflict,
       "vrf 1 of tenant 7: it cannot be removed: attachment 1 of tenant 7: vrf 1 of tenant 7 does not exist"},
      {"attachment with a route", drop(7, EntryKind::attachment, 2), ErrorCode::conflict, "route 1 of tenant 7"},
      {"attachment moved from under its route", put_attachment(7, 2, 2, 102, ip(10, 77, 0, 1)), ErrorCode::conflict,
       "gateway 10.2.0.254 is not inside 10.77.0.0/24"},
      {"endpoint with sessions", drop(7, EntryKind::gtpu_endpoint, 1), ErrorCode::conflict, "session 1 of tenant 7"},
  };
  for (const Refused& c : cases) {
    SCOPED_TRACE(c.description);
    // Alone, and in company: nothing of the company stays.
    expect_refused(world, {c.update}, 0, c.code, c.text);
    expect_refused(world,
                   {put_vrf(8, 60, true), put_session(8, 50, 50, ip(10, 45, 5, 5)), c.update,
                    put_attachment(8, 50, 9, 333, ip(10, 3, 0, 1))},
                   2, c.code, c.text);
  }
}

TEST(Apply, FullTablesSayHowFull) {
  Capacities c = World::small();
  c.tenants = 2;
  c.vrfs = 5;
  c.attachments = 5;
  c.gtpu_endpoints = 2;
  c.routes = 3;
  c.sessions = 4;
  World world(c, 1, 0);
  expect_applied(world, base(7, 101) + base(8, 201));
  expect_refused(world, {put_tenant(9)}, 0, ErrorCode::exhausted, "tenant table is full: 2 of 2");
  expect_refused(world, {put_vrf(7, 3, true), put_vrf(7, 4, true)}, 1, ErrorCode::exhausted,
                 "vrf table is full: 5 of 5");
  expect_refused(world, {put_attachment(7, 3, 2, 301, ip(10, 3, 0, 1)), put_attachment(7, 4, 2, 302, ip(10, 4, 0, 1))},
                 1, ErrorCode::exhausted, "attachment table is full: 5 of 5");
  expect_refused(world, {put_endpoint(7, 3, 1, ip(10, 3, 0, 1))}, 0, ErrorCode::exhausted,
                 "gtpu_endpoint table is full: 2 of 2");
  expect_refused(world,
                 {put_route(7, 3, 2, ip(10, 9, 0, 0), 16, 2, ip(10, 2, 0, 9)),
                  put_route(7, 4, 2, ip(10, 8, 0, 0), 16, 2, ip(10, 2, 0, 9))},
                 1, ErrorCode::exhausted, "route table is full: 3 of 3");
  std::vector<TableUpdate> five;
  for (uint32_t i = 1; i <= 5; ++i) five.push_back(put_session(7, i, i, ip(10, 45, 0, static_cast<uint8_t>(i))));
  expect_refused(world, five, 4, ErrorCode::exhausted, "session table is full: 4 of 4");
  five.pop_back();
  expect_applied(world, five);
  // Full, and all of them replaced by others at once: twice, for rows on their way out must not be in the way.
  for (uint32_t turn = 1; turn <= 2; ++turn) {
    std::vector<TableUpdate> replace;
    for (uint32_t i = 1; i <= 4; ++i) replace.push_back(drop(7, EntryKind::session, i + (turn - 1) * 10));
    for (uint32_t i = 1; i <= 4; ++i)
      replace.push_back(put_session(7, i + turn * 10, i + turn, ip(10, 45, 0, static_cast<uint8_t>(i))));
    expect_applied(world, replace);
  }
  expect_refused(world, {put_session(8, 1, 1, ip(10, 45, 0, 1))}, 0, ErrorCode::exhausted,
                 "session table is full: 4 of 4");
}

TEST(Apply, RowsComeBackAfterTheWorkersLetGo) {
  Capacities c = World::small();
  c.tenants = 1;
  World world(c, 2, 0);  // no spare tenant slots
  expect_applied(world, {put_tenant(7)});
  const TenantSlot slot = world.tenant(7);
  world.workers[1].tenants[slot.value].add(Counter::received_packets, 5);
  world.workers[0].tenants[slot.value].add(Counter::held_packets, 1);
  expect_applied(world, {drop(7, EntryKind::tenant, 7)});
  expect_refused(world, {put_tenant(8)}, 0, ErrorCode::unavailable, "the same request succeeds in a moment");
  world.settle();
  expect_refused(world, {put_tenant(8)}, 0, ErrorCode::unavailable, "tenant 8");  // a packet is held
  world.workers[0].tenants[slot.value].subtract(Counter::held_packets, 1);
  world.settle();
  expect_applied(world, {put_tenant(8)});
  EXPECT_EQ(world.tenant(8), slot);
  EXPECT_EQ(world.workers[1].tenants[slot.value].counters[0].read(), 0u) << "counters of the former tenant";
}

TEST(Apply, HeldPacketsOfTwoWorkersAreASum) {
  Capacities c = World::small();
  c.tenants = 1;
  World world(c, 2, 0);
  expect_applied(world, {put_tenant(7)});
  const TenantSlot slot = world.tenant(7);
  world.workers[0].tenants[slot.value].add(Counter::held_packets, 1);  // handed over
  world.workers[1].tenants[slot.value].subtract(Counter::held_packets, 1);
  const auto report = report_counters(world.state(), world.workers, 0);
  EXPECT_EQ(report.tenants.at(1)->counters[static_cast<size_t>(Counter::held_packets)], 0u);
  expect_applied(world, {drop(7, EntryKind::tenant, 7)});
  world.settle();
  expect_applied(world, {put_tenant(8)});
  EXPECT_EQ(world.tenant(8), slot);
  world.workers[1].tenants[world.tenant(8).value].subtract(Counter::held_packets, 1);  // read before what it belongs to
  const auto half = report_counters(world.state(), world.workers, 0);
  EXPECT_EQ(half.tenants.at(1)->counters[static_cast<size_t>(Counter::held_packets)], 0u);
}

TEST(Apply, RowsWaitForPacketsOnTheirWayFromWorkerToWorker) {
  Capacities c = World::small();
  c.tenants = 1;
  World world(c, 2, 0);
  auto rings = HandoffRings::create(2, 4);
  ASSERT_TRUE(rings) << rings.error().message;
  world.applier->slots().set_handoff(rings->get());
  rte_mempool* pool = rte_pktmbuf_pool_create("crossing", 15, 0, kPacketPrivateBytes, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
  ASSERT_NE(pool, nullptr);
  expect_applied(world, {put_tenant(7)});
  const TenantSlot slot = world.tenant(7);
  HandoffRing& ring = *(*rings)->ends_of(0).to[1];
  ring.begin();
  ASSERT_TRUE(ring.add(rte_pktmbuf_alloc(pool), PacketMeta{}));
  ring.send();
  expect_applied(world, {drop(7, EntryKind::tenant, 7)});
  for (int i = 0; i < 5; ++i) world.settle();
  expect_refused(world, {put_tenant(8)}, 0, ErrorCode::unavailable, "tenant 8");
  Burst burst;
  ASSERT_EQ(ring.take(burst), 1u);
  rte_pktmbuf_free(burst.mbuf[0]);
  for (int i = 0; i < 2; ++i) world.settle();
  expect_applied(world, {put_tenant(8)});
  EXPECT_EQ(world.tenant(8), slot);
  rte_mempool_free(pool);
  world.applier.reset();  // what it retires looks at the rings
  while (world.reclaimer.reclaim() > 0) {
  }
}

TEST(Apply, WaitsForAWorkerThatIsInTheMiddle) {
  World world;
  rte_rcu_qsbr_thread_register(world.reclaimer.qsbr(), 0);
  rte_rcu_qsbr_thread_online(world.reclaimer.qsbr(), 0);
  expect_applied(world, base(7, 101));
  const Topology* seen = world.tables.topology.load();
  expect_applied(world, {put_vrf(7, 3, true)});
  world.settle();
  EXPECT_EQ(seen->spec().vrfs.size(), 2u) << "the worker may still read it";  // a use after free under ASan
  rte_rcu_qsbr_quiescent(world.reclaimer.qsbr(), 0);
  world.settle();
  EXPECT_EQ(world.reclaimer.pending(), 0u);
  rte_rcu_qsbr_thread_offline(world.reclaimer.qsbr(), 0);
  rte_rcu_qsbr_thread_unregister(world.reclaimer.qsbr(), 0);
}

}  // namespace
}  // namespace demarc::dp::test
