// A small installation for tests: two tenants, acme and bravo, with the same of everything (names, addresses, TEIDs) on
// different VLANs.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"

namespace demarc::cp::test {

inline Ipv4Address ip(const char* text) { return parse_ipv4(text).value(); }
inline Ipv6Address ip6(const char* text) { return parse_ipv6(text).value(); }
inline IpAddress any_ip(const char* text) { return parse_ip(text).value(); }
inline IpPrefix prefix(const char* text) { return parse_ip_prefix(text).value(); }
inline Ipv6Prefix prefix6(const char* text) { return parse_ipv6_prefix(text).value(); }
inline Ipv6Interface interface6(const char* text) { return parse_ipv6_interface(text).value(); }
// The next hops of a route: gateways whose attachment Edit finds.
template <class... Texts>
std::vector<NextHop> via(Texts... gateways) {
  return {NextHop{any_ip(gateways), {}}...};
}
inline Ipv4Interface interface(const char* text) { return parse_ipv4_interface(text).value(); }

// Ids that count up, SEIDs that count up from 5000.
struct CountingIds {
  std::array<uint32_t, kObjectKinds> last{};
  uint64_t last_seid = 5000;
  Edit::Ids ids{.next_id = [this](size_t kind) { return ++last[kind]; },
                .random_seid = [this] { return Seid{++last_seid}; }};
  CountingIds() = default;
  CountingIds(const CountingIds&) = delete;
};

// What one tenant of the world has.
struct TenantObjects {
  Tenant tenant;
  Vrf access, internet, ims;
  Attachment ran, wan;
  GtpuEndpoint endpoint;
  UePool pool;
  Route route;
  Session session;
  ApiKey key;
};

// The two-PDR session of a UE: uplink from (endpoint, teid), downlink to it.
inline Session make_session(const TenantObjects& t, uint32_t teid, Ipv4Address ue, uint64_t up_seid = 0) {
  Session s;
  s.up_seid = Seid{up_seid};
  s.tenant = t.tenant.id;
  s.pdrs = {{.pdr_id = 1,
             .precedence = 100,
             .source_interface = Interface::access,
             .network_instance = t.access.id,
             .local_f_teid = FTeid{t.endpoint.id, Teid{teid}},
             .ue_ip_address = ue,
             .qfi = 9,
             .outer_header_removal = true,
             .far_id = 1,
             .qer_ids = {1}},
            {.pdr_id = 2,
             .precedence = 100,
             .source_interface = Interface::core,
             .network_instance = t.internet.id,
             .local_f_teid = {},
             .ue_ip_address = ue,
             .qfi = {},
             .far_id = 2,
             .qer_ids = {1}}};
  s.fars = {{.far_id = 1, .network_instance = t.internet.id, .outer_header_creation = {}},
            {.far_id = 2,
             .destination_interface = Interface::access,
             .network_instance = t.access.id,
             .outer_header_creation = OuterHeaderCreation{t.endpoint.id, Teid{teid + 1}, any_ip("10.1.0.2")}}};
  s.qers = {{.qer_id = 1, .qfi = 9}};
  return s;
}

// Adds all of a tenant's objects through `edit`.
inline TenantObjects add_tenant_objects(Edit& edit, const std::string& name, uint16_t vlan) {
  TenantObjects t;
  t.tenant = edit.add_tenant(name).value();
  const TenantId id = t.tenant.id;
  t.access = edit.add_vrf({.id = {}, .tenant = id, .name = "n3-vrf", .role = VrfRole::access}).value();
  t.internet = edit.add_vrf({.id = {}, .tenant = id, .name = "internet", .role = VrfRole::core}).value();
  t.ims = edit.add_vrf({.id = {}, .tenant = id, .name = "ims", .role = VrfRole::core}).value();
  t.ran = edit.add_attachment({{}, id, "ran", "p0", VlanId{vlan}, t.access.id, interface("10.1.0.1/24")}).value();
  t.wan = edit.add_attachment({{}, id, "wan", "p1", VlanId{vlan}, t.internet.id, interface("10.9.0.1/24")}).value();
  t.endpoint = edit.add_endpoint({{}, id, "n3", t.access.id, ip("10.1.0.1")}).value();
  t.pool = edit.add_pool({{}, id, "phones", t.internet.id, prefix("10.45.0.0/16")}).value();
  t.route = edit.add_route({{}, id, t.internet.id, prefix("0.0.0.0/0"), via("10.9.0.2")}).value();
  t.session = edit.add_session(make_session(t, 256, ip("10.45.0.7"))).value();
  t.key = edit.add_key({0, name + "-key", KeyRole::tenant, id, std::string(32, static_cast<char>(vlan))}).value();
  return t;
}

struct World {
  Model model;
  CountingIds counting;
  std::optional<DataPlaneLimits> limits;
  TenantObjects acme, bravo;
  ApiKey ops;

  World() {
    Edit edit = begin();
    acme = add_tenant_objects(edit, "acme", 100);
    bravo = add_tenant_objects(edit, "bravo", 200);
    ops = edit.add_key({0, "ops", KeyRole::operator_, {}, std::string(32, 'o')}).value();
  }
  Edit begin() { return Edit(model, counting.ids, limits); }
};

// The indexes of a model, made anew from its objects: what its own must equal.
inline ModelIndex rebuilt_index(const Model& model) {
  ModelIndex index;
  for (const auto& [id, o] : model.tenants) index.add(o);
  for (const auto& [id, o] : model.vrfs) index.add(o);
  for (const auto& [id, o] : model.attachments) index.add(o);
  for (const auto& [id, o] : model.endpoints) index.add(o);
  for (const auto& [id, o] : model.pools) index.add(o);
  for (const auto& [id, o] : model.routes) index.add(o);
  for (const auto& [id, o] : model.sessions) index.add(o);
  for (const auto& [id, o] : model.keys) index.add(o);
  return index;
}

}  // namespace demarc::cp::test
