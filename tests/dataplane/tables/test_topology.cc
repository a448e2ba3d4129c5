#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "dataplane/tables/topology.h"

namespace demarc::dp {
namespace {

Be32 ip(uint32_t host) { return Be32::from_host(host); }

AttachmentRow attachment(uint16_t port, uint16_t vlan, uint32_t vrf, uint32_t ipv4) {
  AttachmentRow row;
  row.tenant = TenantSlot{1};
  row.vrf = VrfSlot{vrf};
  row.port = PortIndex{port};
  row.vlan = VlanId{vlan};
  row.ipv4 = ip(ipv4);
  row.prefix_length = 24;
  row.valid = true;
  return row;
}

GtpuEndpointRow endpoint(uint32_t vrf, uint32_t ipv4) {
  return {.tenant = TenantSlot{1}, .vrf = VrfSlot{vrf}, .ipv4 = ip(ipv4), .valid = true};
}

TEST(Topology, FindsAttachmentsByPortAndVlanOnly) {
  TopologySpec spec{.ports = 2, .tenants = {}, .vrfs = {}, .attachments = {}, .endpoints = {}};
  spec.attachments = {
      attachment(0, 10, 0, 1), {}, attachment(1, 10, 0, 2), attachment(1, 0, 0, 3), attachment(0, 4094, 0, 4)};
  const auto t = Topology::build(spec).value();
  struct Case {
    uint16_t port, vlan;
    int slot;  // -1: none
  };
  for (const Case& c :
       {Case{0, 10, 0}, Case{1, 10, 2}, Case{1, 0, 3}, Case{0, 4094, 4}, Case{0, 0, -1}, Case{0, 11, -1},
        Case{0, 4095, -1}, Case{0, 4106, -1}, Case{0, 65535, -1}, Case{2, 10, -1}, Case{65535, 10, -1}}) {
    SCOPED_TRACE(std::to_string(c.port) + ", " + std::to_string(c.vlan));
    AttachmentSlot slot{77};
    const AttachmentRow* row = t->attachment_at(PortIndex{c.port}, VlanId{c.vlan}, &slot);
    EXPECT_EQ(row, t->attachment_at(PortIndex{c.port}, VlanId{c.vlan}, nullptr));
    if (c.slot < 0) {
      EXPECT_EQ(row, nullptr);
      EXPECT_EQ(slot, AttachmentSlot{77});
    } else {
      ASSERT_NE(row, nullptr);
      EXPECT_EQ(slot, AttachmentSlot{static_cast<uint32_t>(c.slot)});
      EXPECT_EQ(row, &t->attachment(slot));
    }
  }
}

TEST(Topology, RowsThatAreFreeOrOutOfRangeAreNull) {
  TopologySpec spec;
  spec.ports = 1;
  spec.vrfs.resize(3);
  spec.vrfs[1].valid = true;
  spec.attachments = {{}, attachment(0, 5, 1, 1)};
  spec.endpoints = {{}, endpoint(1, 9)};
  const auto t = Topology::build(spec).value();
  for (uint32_t s : {0u, 2u, 3u, 0xffffffffu}) {
    EXPECT_EQ(t->vrf(VrfSlot{s}), nullptr) << s;
    EXPECT_EQ(t->attachment_or_null(AttachmentSlot{s}), nullptr) << s;
    EXPECT_EQ(t->endpoint(GtpuEndpointSlot{s}), nullptr) << s;
  }
  EXPECT_EQ(t->vrf(VrfSlot{1}), &t->spec().vrfs[1]);
  EXPECT_EQ(t->attachment_or_null(AttachmentSlot{1}), &t->spec().attachments[1]);
  EXPECT_EQ(t->endpoint(GtpuEndpointSlot{1}), &t->spec().endpoints[1]);
}

TEST(Topology, AnAddressIsOfAnAttachmentOfAnEndpointOrOfBothInItsVrfAlone) {
  TopologySpec spec;
  spec.ports = 1;
  spec.attachments = {attachment(0, 1, 3, 100), attachment(0, 2, 4, 100), attachment(0, 3, 3, 0)};
  spec.endpoints = {endpoint(3, 200), endpoint(3, 100), {}, endpoint(5, 0xffffffff)};
  const auto t = Topology::build(spec).value();
  struct Case {
    uint32_t vrf, ipv4;
    bool ours;
    int endpoint;  // -1: none
  };
  for (const Case& c : {Case{3, 100, true, 1}, Case{3, 200, true, 0}, Case{4, 100, true, -1}, Case{4, 200, false, -1},
                        Case{3, 101, false, -1}, Case{3, 0, false, -1}, Case{0, 0, false, -1},
                        Case{5, 0xffffffff, true, 3}, Case{0xffffffff, 0xffffffff, false, -1}}) {
    SCOPED_TRACE(std::to_string(c.vrf) + ", " + std::to_string(c.ipv4));
    const LocalAddress a = t->local_address(VrfSlot{c.vrf}, ip(c.ipv4));
    EXPECT_EQ(a.ours, c.ours);
    EXPECT_EQ(a.has_gtpu_endpoint, c.endpoint >= 0);
    if (c.endpoint >= 0) {
      EXPECT_EQ(a.endpoint, GtpuEndpointSlot{static_cast<uint32_t>(c.endpoint)});
    }
  }
}

TEST(Topology, FindsEachOfManyAddressesAndNoOther) {
  TopologySpec spec;
  spec.ports = 3;
  // All tenants with the same addresses, each in a VRF of its own.
  for (uint32_t i = 0; i < 3 * 4095; ++i)
    spec.attachments.push_back(
        attachment(static_cast<uint16_t>(i / 4095), static_cast<uint16_t>(i % 4095), i, 0x0a000001));
  for (uint32_t i = 0; i < 3000; ++i) spec.endpoints.push_back(endpoint(i, 0x0a000001 + i % 2));
  const auto t = Topology::build(spec).value();
  for (uint32_t i = 0; i < 3 * 4095; ++i) {
    ASSERT_TRUE(t->local_address(VrfSlot{i}, ip(0x0a000001)).ours) << i;
    ASSERT_EQ(t->local_address(VrfSlot{i}, ip(0x0a000001)).has_gtpu_endpoint, i < 3000 && i % 2 == 0) << i;
    ASSERT_EQ(t->local_address(VrfSlot{i}, ip(0x0a000002)).ours, i < 3000 && i % 2 == 1) << i;
    ASSERT_FALSE(t->local_address(VrfSlot{i}, ip(0x0a000003)).ours) << i;
  }
}

TEST(Topology, AnEmptyOneAnswersEverythingWithNothing) {
  const auto t = Topology::build({}).value();
  EXPECT_EQ(t->attachment_at(PortIndex{0}, VlanId{0}, nullptr), nullptr);
  EXPECT_EQ(t->vrf(VrfSlot{0}), nullptr);
  EXPECT_FALSE(t->local_address(VrfSlot{0}, Be32{}).ours);
}

TEST(Topology, RefusesWhatContradictsItselfAndNamesIt) {
  struct Case {
    std::string description;
    std::vector<AttachmentRow> attachments;
    std::vector<GtpuEndpointRow> endpoints;
    ErrorCode code;
    std::string says;
  };
  const std::vector<Case> cases{
      {"two at one VLAN", {attachment(0, 9, 0, 1), attachment(0, 9, 1, 1)}, {}, ErrorCode::conflict, "port 0, VLAN 9"},
      {"no such port", {attachment(2, 9, 0, 1)}, {}, ErrorCode::invalid, "port 2, VLAN 9"},
      {"reserved VLAN", {attachment(0, 4095, 0, 1)}, {}, ErrorCode::invalid, "VLAN 4095"},
      {"far too large a VLAN", {attachment(1, 65535, 0, 1)}, {}, ErrorCode::invalid, "VLAN 65535"},
      {"one endpoint twice", {}, {endpoint(1, 0x01020304), endpoint(1, 0x01020304)}, ErrorCode::conflict, "1.2.3.4"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.description);
    TopologySpec spec;
    spec.ports = 2;
    spec.attachments = c.attachments;
    spec.endpoints = c.endpoints;
    const auto t = Topology::build(spec);
    ASSERT_FALSE(t);
    EXPECT_EQ(t.error().code, c.code);
    EXPECT_NE(t.error().message.find(c.says), std::string::npos) << t.error().message;
  }
}

TEST(Topology, SharesTheFibsOfVrfsThatDidNotChange) {
  TopologySpec spec;
  spec.vrfs.resize(1);
  spec.vrfs[0] = {.tenant = TenantSlot{1}, .valid = true, .core = true, .fib = Fib::build({}).value()};
  const auto first = Topology::build(spec).value();
  const auto second = Topology::build(first->spec()).value();
  EXPECT_EQ(first->vrf(VrfSlot{0})->fib.get(), second->vrf(VrfSlot{0})->fib.get());
}

TEST(Topology, KnowsATenantsAddressesInWhicheverVrfTheyAre) {
  TopologySpec spec;
  spec.ports = 1;
  spec.tenants.resize(3);
  for (const uint16_t tenant : {1, 2})
    for (const bool core : {false, true})
      spec.vrfs.push_back({.tenant = TenantSlot{tenant}, .valid = true, .core = core, .fib = nullptr});
  spec.attachments = {attachment(0, 10, 0, 0x0a010001), attachment(0, 11, 2, 0x0a010001)};
  spec.attachments[1].tenant = TenantSlot{2};
  spec.attachments[1].ipv6 = parse_ipv6("2001:db8:1::1").value();
  spec.endpoints = {endpoint(0, 0x0a010005)};
  const auto t = Topology::build(spec).value();
  const auto has = [&](uint32_t vrf, const auto& a) { return t->is_own_anywhere(*t->vrf(VrfSlot{vrf}), a); };
  // In the first VRF of the tenant and in the other.
  for (const uint32_t vrf : {0u, 1u}) {
    EXPECT_TRUE(has(vrf, ip(0x0a010001)));
    EXPECT_TRUE(has(vrf, ip(0x0a010005)));
    EXPECT_FALSE(has(vrf, spec.attachments[1].ipv6)) << "another tenant's";
  }
  for (const uint32_t vrf : {2u, 3u}) {
    EXPECT_TRUE(has(vrf, ip(0x0a010001)));
    EXPECT_FALSE(has(vrf, ip(0x0a010005))) << "another tenant's";
    EXPECT_TRUE(has(vrf, spec.attachments[1].ipv6));
    EXPECT_FALSE(has(vrf, spec.attachments[1].ipv6_link_local));
  }
  for (uint32_t a = 0x0a010006; a < 0x0a010206; ++a) EXPECT_FALSE(has(0, ip(a)));
}

}  // namespace
}  // namespace demarc::dp
