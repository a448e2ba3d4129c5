// Lets the hash refuse its Nth new key, for N = 1, 2, 3 … until a put succeeds: all of it must be there, or nothing.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <rte_hash.h>

#include "dataplane/tables/session_table.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/tables/sample_session.h"

namespace {
int insertions_until_fault = 0;  // 0: never
}

// In place of the one in librte_hash, for this whole program.
extern "C" int rte_hash_add_key_data(const rte_hash* h, const void* key, void* data) {
  using Function = int (*)(const rte_hash*, const void*, void*);
  static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "rte_hash_add_key_data"));
  // A key that is there only gets other data, which takes no slot and cannot fail.
  const bool is_new = rte_hash_lookup(h, key) < 0;
  if (is_new && insertions_until_fault > 0 && --insertions_until_fault == 0) return -ENOSPC;
  return real(h, key, data);
}

namespace demarc::dp {
namespace {

using namespace demarc::dp::test;

IpAddress route_of(uint32_t third) { return Be32::from_host(0xc0a80000 | third << 8); }

SessionSpec session_of_many_keys() {
  SessionSpec spec = sample_session(1, 1);
  for (uint16_t i = 0; i < 5; ++i) spec.pdrs.push_back(uplink_pdr(static_cast<uint16_t>(10 + i), teid_of(100u + i)));
  for (uint16_t i = 0; i < 5; ++i) spec.pdrs.push_back(downlink_pdr(static_cast<uint16_t>(20 + i), ue_of(100u + i)));
  for (const uint32_t third : {7u, 8u, 9u}) {
    FramedRoute route{ue_prefix({route_of(third).ipv6(), 96 + 24})};
    route.add_pdr(1);
    spec.framed_routes.push_back(route);
  }
  return spec;
}

// 0 or 13: how many of the keys that session_of_many_keys() adds to sample_session(1) are there.
int new_keys_found(const SessionTable& table) {
  int found = 0;
  for (uint32_t i = 0; i < 5; ++i) {
    found += uplink(table, teid_of(100 + i)) != nullptr;
    found += downlink(table, ue_of(100 + i)) != nullptr;
  }
  for (const uint32_t third : {7u, 8u, 9u}) found += downlink(table, route_of(third).ipv4()) != nullptr;
  return found;
}

void fault_loop(bool replace) {
  Reclaimer reclaimer(1);
  auto table = SessionTable::create(16, reclaimer, "sess_fault").value();
  if (replace) {
    ASSERT_TRUE(table->put(sample_session(1)));
  }
  const Session* before = table->find(kTenant, Seid{2});
  int faults = 0;
  for (int nth = 1; nth < 100; ++nth) {
    SCOPED_TRACE("insertion " + std::to_string(nth));
    insertions_until_fault = nth;
    const Status s = table->put(session_of_many_keys());
    insertions_until_fault = 0;
    if (s) break;
    ++faults;
    ASSERT_EQ(s.error().code, ErrorCode::unavailable);
    ASSERT_EQ(new_keys_found(*table), 0);
    ASSERT_EQ(table->size(), replace ? 1u : 0u);
    ASSERT_EQ(table->find(kTenant, Seid{2}), before);
    ASSERT_EQ(uplink(*table, teid_of(1)), before);
    ASSERT_EQ(downlink(*table, ue_of(1)), before);
    reclaimer.reclaim();
    ASSERT_EQ(reclaimer.pending(), 0u);
  }
  // When it is replaced, the keys that stay are no insertions.
  EXPECT_EQ(faults, replace ? 13 : 15);
  EXPECT_EQ(new_keys_found(*table), 13);
  EXPECT_EQ(uplink(*table, teid_of(1)), table->find(kTenant, Seid{2}));
  ASSERT_TRUE(table->remove(kTenant, Seid{2}));
  EXPECT_EQ(new_keys_found(*table), 0);
}

TEST(SessionFaults, AnAdditionIsWholeOrNothing) { fault_loop(false); }
TEST(SessionFaults, AReplacementIsWholeOrNothing) { fault_loop(true); }

}  // namespace
}  // namespace demarc::dp
