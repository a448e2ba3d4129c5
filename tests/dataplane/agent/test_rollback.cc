// Operation N of M fails, for every N, in each way that an operation can fail; and memory fails at every allocation
// before the first change that a worker can see. Before and after must be the same, and the transaction without the
// fault must then apply.
#include <gtest/gtest.h>

#include "tests/dataplane/agent/fail_allocation.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

// What is there before: two tenants, one of them with sessions, and a third that the transaction removes.
void fill(World& world) {
  for (const auto& updates : {base(7, 101), base(8, 201), base(9, 301)}) ASSERT_TRUE(world.apply(updates));
  ASSERT_TRUE(world.apply({put_session(7, 1, 1, ip(10, 45, 0, 1)), put_session(7, 2, 2, ip(10, 45, 0, 2)),
                           put_session(7, 3, 3, ip(10, 45, 0, 3)), put_session(9, 1, 1, ip(10, 45, 0, 1)),
                           put_session(8, 1, 1, ip(10, 45, 0, 1))}));
  for (const uint64_t seid : {1, 2, 3}) world.session(7, seid)->usage->count_uplink(seid, seid * 100);
  world.session(9, 1)->usage->count_downlink(9, 900);
}

// A bit of everything: removals, replacements, a tenant that goes and one that comes and takes its VLAN, sessions that
// swap keys, an endpoint that moves.
std::vector<TableUpdate> everything() {
  std::vector<TableUpdate> t{
      drop(9, EntryKind::session, 1),
      drop(9, EntryKind::route, 1),
      drop(9, EntryKind::gtpu_endpoint, 1),
      drop(9, EntryKind::attachment, 2),
      drop(9, EntryKind::attachment, 1),
      drop(9, EntryKind::vrf, 2),
      drop(9, EntryKind::vrf, 1),
      drop(9, EntryKind::tenant, 9),
      drop(7, EntryKind::session, 3),
      put_tenant(8, true),
      put_endpoint(8, 1, 1, ip(10, 1, 0, 77)),
  };
  for (TableUpdate& u : base(10, 301)) t.push_back(std::move(u));
  t.push_back(put_session(7, 1, 2, ip(10, 45, 0, 2)));
  t.push_back(put_session(7, 2, 1, ip(10, 45, 0, 1)));
  t.push_back(put_session(7, 4, 3, ip(10, 45, 0, 3)));
  t.push_back(put_session(10, 1, 1, ip(10, 45, 0, 1)));
  t.push_back(put_session(10, 2, 2, ip(10, 45, 0, 2)));
  return t;
}

struct Fault {
  const char* description;
  TableUpdate update;
};

std::vector<Fault> faults() {
  TableUpdate garbage = put_vrf(7, 50, true);
  garbage.value = "garbage that is no FlatBuffer";
  return {{"fails to decode", garbage},
          {"names what is not there", put_attachment(7, 50, 99, 999, ip(10, 9, 0, 1))},
          {"conflicts with what is there", put_attachment(7, 50, 1, 201, ip(10, 9, 0, 1))},
          {"conflicts in the live session table", put_session(8, 50, 50, ip(10, 45, 0, 1))},
          {"conflicts with a session of the same transaction", put_session(10, 50, 2, ip(10, 45, 0, 50))}};
}

TEST(Rollback, EveryOperationFailsOnce) {
  const std::vector<TableUpdate> good = everything();
  for (const Fault& fault : faults()) {
    SCOPED_TRACE(fault.description);
    World world;
    fill(world);
    const std::string before = world.snapshot();
    for (size_t n = 0; n <= good.size(); ++n) {
      std::vector<TableUpdate> updates = good;
      updates.insert(updates.begin() + static_cast<long>(n), fault.update);
      const ApplyResult result = world.apply(updates);
      ASSERT_FALSE(result) << "at " << n;
      ASSERT_EQ(world.snapshot(), before) << "at " << n << ": " << result.error().error.message;
      world.settle();
    }
    const ApplyResult result = world.apply(good);
    ASSERT_TRUE(result) << result.error().error.message;
    World fresh;
    fill(fresh);
    ASSERT_TRUE(fresh.apply(good));
    EXPECT_EQ(world.state().entries.summary(TenantId(7)), fresh.state().entries.summary(TenantId(7)));
    EXPECT_EQ(world.state().entries.summary(TenantId(10)), fresh.state().entries.summary(TenantId(10)));
    EXPECT_EQ(world.snapshot().find("found false"), std::string::npos);
  }
}

// Without settling in between: rows on their way out must not make the undo fail.
TEST(Rollback, ManyRefusalsInARow) {
  World world;
  fill(world);
  const std::string before = world.snapshot();
  std::vector<TableUpdate> updates = everything();
  updates.push_back(put_session(8, 50, 50, ip(10, 45, 0, 1)));
  for (int i = 0; i < 20; ++i) {
    ASSERT_FALSE(world.apply(updates));
    ASSERT_EQ(world.snapshot(), before) << i;
  }
}

// Up to the first change that a worker can see; after it the process would end. Without removals of sessions that is
// the publication.
World* watched = nullptr;
const Topology* topology_before = nullptr;
bool nothing_changed_yet() { return watched->tables.topology.load() == topology_before; }

void fill_without_sessions_to_remove(World& world) {
  fill(world);
  ASSERT_TRUE(world.apply({drop(9, EntryKind::session, 1), drop(7, EntryKind::session, 3)}));
}

TEST(Rollback, EveryAllocationFailsOnce) {
  allocation_may_fail = nothing_changed_yet;
  const std::vector<TableUpdate> good = everything();
  auto world = std::make_unique<World>();
  fill_without_sessions_to_remove(*world);
  const std::string before = world->snapshot();
  fail_allocation = 0;
  ASSERT_TRUE(world->apply(good));
  const std::string after = world->snapshot();
  long refused = 0;
  world = nullptr;
  for (long n = 1;; ++n) {
    ASSERT_LT(n, 100000);
    if (world == nullptr) {
      world = std::make_unique<World>();
      fill_without_sessions_to_remove(*world);
    }
    watched = world.get();
    topology_before = world->tables.topology.load();
    fail_allocation = n;
    const ApplyResult result = world->apply(good);
    const bool failed = fail_allocation == 0;
    fail_allocation = 0;
    if (result) {  // nothing failed, or something that can do without
      ASSERT_EQ(world->snapshot(), after) << "allocation " << n;
      if (!failed) break;
      world = nullptr;
      continue;
    }
    ++refused;
    ASSERT_EQ(result.error().error.code, ErrorCode::exhausted);
    ASSERT_EQ(world->snapshot(), before) << "allocation " << n;
    world->settle();
  }
  EXPECT_GT(refused, 100);
  allocation_may_fail = nullptr;
}

}  // namespace
}  // namespace demarc::dp::test
