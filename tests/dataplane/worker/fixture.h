// What the tests of this folder share: a pool, frames, and tables with two tenants that have the same addresses.
#pragma once

#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/tables/neighbor_table.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/session_table.h"
#include "dataplane/tables/tables.h"
#include "dataplane/tables/topology.h"
#include "dataplane/worker/handoff.h"

namespace demarc::dp::test {

inline Be32 ip(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  return Be32::from_host(uint32_t{a} << 24 | uint32_t{b} << 16 | uint32_t{c} << 8 | d);
}

// One for the process: names of pools are unique in it.
inline rte_mempool* pool() {
  static rte_mempool* const p =
      rte_pktmbuf_pool_create("test", 4095, 0, kPacketPrivateBytes, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  return p;
}

inline rte_mbuf* frame(const std::vector<uint8_t>& bytes) {
  rte_mbuf* m = rte_pktmbuf_alloc(pool());
  std::memcpy(rte_pktmbuf_append(m, static_cast<uint16_t>(bytes.size())), bytes.data(), bytes.size());
  return m;
}

inline constexpr uint64_t kLate = 1'000'000;  // ticks

// Tenants 1 and 2 (slots 1 and 2) on one port, VLANs 101 and 102 at access and 201 and 202 at core, all with the
// addresses 10.0.0.1/24 (access) and 10.9.0.1/24 (core). Attachment slots: 0 and 1 access, 2 and 3 core. VRF slots the
// same. GTP-U endpoints 0 and 1 at the access address.
inline TopologySpec two_tenants(uint16_t ports = 1) {
  TopologySpec spec;
  spec.ports = ports;
  spec.tenants = {TenantRow{}, TenantRow{TenantId(11), false}, TenantRow{TenantId(22), false}};
  for (uint16_t i = 0; i < 4; ++i) {
    const bool core = i >= 2;
    const TenantSlot tenant(static_cast<uint16_t>(i % 2 + 1));
    AttachmentRow a;
    a.tenant = tenant;
    a.vrf = VrfSlot(i);
    a.port = PortIndex(0);
    a.vlan = VlanId(static_cast<uint16_t>((core ? 201 : 101) + i % 2));
    a.ipv4 = core ? ip(10, 9, 0, 1) : ip(10, 0, 0, 1);
    a.prefix_length = 24;
    a.valid = true;
    a.core = core;
    a.mac = {2, 0, 0, 0, 0, 1};
    spec.attachments.push_back(a);
    FibRoute connected{a.ipv4.host() & 0xffffff00, 24, {AttachmentSlot(i), Be32{}}};
    VrfRow vrf;
    vrf.tenant = tenant;
    vrf.valid = true;
    vrf.core = core;
    vrf.fib = std::shared_ptr<const Fib>(Fib::build({&connected, 1}).value());
    spec.vrfs.push_back(vrf);
  }
  for (uint16_t i = 0; i < 2; ++i) {
    spec.endpoints.push_back({TenantSlot(static_cast<uint16_t>(i + 1)), VrfSlot(i), ip(10, 0, 0, 1), true});
  }
  return spec;
}

class TablesTest : public testing::Test {
 protected:
  void SetUp() override {
    sessions = SessionTable::create(64, reclaimer, "test_sessions").value();
    neighbors = NeighborTable::create(2048, reclaimer, "test_neighbors").value();
    tables.sessions = sessions.get();
    tables.neighbors = neighbors.get();
    publish(two_tenants());
    in_use_before = rte_mempool_in_use_count(pool());
  }
  // Every test gives back each packet that it took. Not in TearDown: what a test has as members is gone only here.
  ~TablesTest() override { EXPECT_EQ(rte_mempool_in_use_count(pool()), in_use_before); }

  void publish(TopologySpec spec) {
    topology = Topology::build(std::move(spec)).value();
    tables.topology = topology.get();
  }
  void neighbor(uint16_t attachment, Be32 ipv4, NeighborState state) {
    ASSERT_TRUE(neighbors->put(NeighborTable::key(AttachmentSlot(attachment), ipv4), {state, {6, 6, 6, 6, 6, 6}}));
  }

  Reclaimer reclaimer{2};
  std::unique_ptr<SessionTable> sessions;
  std::unique_ptr<NeighborTable> neighbors;
  std::unique_ptr<const Topology> topology;
  SharedTables tables;
  unsigned in_use_before = 0;
};

}  // namespace demarc::dp::test
