// Refusals of everything but sessions (test_session_refusals.cc).
#include "tests/controlplane/model/refusal.h"

namespace demarc::cp::test {
namespace {

using W = World;

Attachment attachment(const W& w, const char* name, const char* port, uint16_t vlan, const char* address) {
  return {{}, w.acme.tenant.id, name, port, VlanId{vlan}, w.acme.access.id, interface(address)};
}
Status add_attachment(Edit& e, const W& w, const char* name, const char* port, uint16_t vlan, const char* address) {
  return status_of(e.add_attachment(attachment(w, name, port, vlan, address)));
}
Status add_endpoint(Edit& e, const W& w, const char* name, VrfId vrf, const char* address) {
  return status_of(e.add_endpoint({{}, w.acme.tenant.id, name, vrf, ip(address)}));
}
Status add_pool(Edit& e, const W& w, const char* name, VrfId vrf, IpPrefix p) {
  return status_of(e.add_pool({{}, w.acme.tenant.id, name, vrf, p}));
}
Status add_route(Edit& e, const W& w, VrfId vrf, IpPrefix p, const char* gateway) {
  return status_of(e.add_route({{}, w.acme.tenant.id, vrf, p, via(gateway)}));
}
Status add_key(Edit& e, const char* name, KeyRole role, TenantId tenant, std::string hash) {
  return status_of(e.add_key({0, name, role, tenant, std::move(hash)}));
}

using enum ErrorCode;

// `second` is tried with what `first` adds, which is taken back again.
std::function<Status(Edit&, W&)> after(std::function<Status(Edit&, W&)> first,
                                       std::function<Status(Edit&, W&)> second) {
  return [first, second](Edit&, W& w) {
    Edit one = w.begin();
    EXPECT_TRUE(first(one, w).has_value());
    Edit two = w.begin();
    Status status = second(two, w);
    two.undo();
    one.undo();
    return status;
  };
}

TEST(Refusals, OfTenants) {
  const Refusal cases[] = {
      {"a bad name", [](Edit& e, W&) { return status_of(e.add_tenant("Acme!")); }, invalid, {"\"Acme!\""}},
      {"a name taken", [](Edit& e, W&) { return status_of(e.add_tenant("acme")); }, conflict, {"acme", "taken"}},
      {"suspend what is not there",
       [](Edit& e, W&) { return e.set_tenant_suspended(TenantId{77}, true); },
       not_found,
       {"77"}},
      {"remove what is not there", [](Edit& e, W&) { return e.remove_tenant(TenantId{77}, true); }, not_found, {"77"}},
      {"remove one that has objects",
       [](Edit& e, W& w) { return e.remove_tenant(w.acme.tenant.id, false); },
       conflict,
       {"acme", "3 VRFs, 2 attachments, 1 GTP-U endpoint, 1 UE pool, 1 route, 1 session, 1 API key"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Refusals, OfVrfs) {
  auto add = [](Edit& e, TenantId t, const char* name) {
    return status_of(e.add_vrf({.id = {}, .tenant = t, .name = name, .role = VrfRole::core}));
  };
  const Refusal cases[] = {
      {"no such tenant", [&](Edit& e, W&) { return add(e, TenantId{9}, "x"); }, not_found, {"tenant", "9"}},
      {"a bad name", [&](Edit& e, W& w) { return add(e, w.acme.tenant.id, "9x"); }, invalid, {"VRF name \"9x\""}},
      {"a name taken",
       [&](Edit& e, W& w) { return add(e, w.acme.tenant.id, "internet"); },
       conflict,
       {"VRF name internet", "taken"}},
      {"remove what is not there", [](Edit& e, W&) { return e.remove_vrf(VrfId{99}); }, not_found, {"99"}},
      {"remove one with an attachment",
       [](Edit& e, W& w) { return e.remove_vrf(w.acme.access.id); },
       conflict,
       {"VRF n3-vrf", "attachment ran"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Refusals, OfAttachments) {
  const Refusal cases[] = {
      {"a name taken",
       [](Edit& e, W& w) { return add_attachment(e, w, "ran", "p0", 300, "10.2.0.1/24"); },
       conflict,
       {"attachment name ran", "taken"}},
      {"no such VRF",
       [](Edit& e, W& w) {
         Attachment a = attachment(w, "x", "p0", 300, "10.2.0.1/24");
         a.vrf = VrfId{99};
         return status_of(e.add_attachment(a));
       },
       not_found,
       {"attachment x", "VRF", "99"}},
      {"another tenant's VRF, in the same words",
       [](Edit& e, W& w) {
         Attachment a = attachment(w, "x", "p0", 300, "10.2.0.1/24");
         a.vrf = w.bravo.access.id;
         return status_of(e.add_attachment(a));
       },
       not_found,
       {"attachment x: the tenant has no VRF with id 4"},
       {"bravo", "n3-vrf"}},
      {"a port that the data plane has not",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p7", 300, "10.2.0.1/24"); },
       not_found,
       {"\"p7\"", "p0, p1"}},
      {"no port at all",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "", 300, "10.2.0.1/24"); },
       invalid,
       {"port \"\""}},
      {"VLAN 4095",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 4095, "10.2.0.1/24"); },
       invalid,
       {"VLAN 4095", "1 to 4094", "0"}},
      {"attached already, by itself",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 100, "10.2.0.1/24"); },
       conflict,
       {"port p0 VLAN 100", "already attached", "attachment ran"}},
      {"attached already, by another tenant",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 200, "10.2.0.1/24"); },
       conflict,
       {"port p0 VLAN 200", "already attached"},
       {"bravo", "attachment ran"}},
      {"a link's prefix too short",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "10.2.0.1/7"); },
       invalid,
       {"10.2.0.1/7", "8 to 31"}},
      {"a link's prefix too long",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "10.2.0.1/32"); },
       invalid,
       {"10.2.0.1/32", "8 to 31"}},
      {"the network address",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "10.2.0.0/24"); },
       invalid,
       {"10.2.0.0", "network address", "10.2.0.1 to 10.2.0.254"}},
      {"the broadcast address",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "10.2.0.255/24"); },
       invalid,
       {"10.2.0.255", "broadcast address"}},
      {"loopback",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "127.0.0.1/24"); },
       invalid,
       {"127.0.0.1", "loopback"}},
      {"this network",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "0.1.2.3/24"); },
       invalid,
       {"0.1.2.3", "0.0.0.0/8"}},
      {"multicast",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "224.0.0.5/24"); },
       invalid,
       {"224.0.0.5", "multicast"}},
      {"reserved",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "240.0.0.5/24"); },
       invalid,
       {"240.0.0.5", "reserved"}},
      {"a link inside of another",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "10.1.0.129/25"); },
       conflict,
       {"10.1.0.128/25", "10.1.0.0/24", "attachment ran", "n3-vrf"}},
      {"a link around another",
       [](Edit& e, W& w) { return add_attachment(e, w, "x", "p0", 300, "10.0.0.1/15"); },
       conflict,
       {"10.0.0.0/15", "attachment ran"}},
      {"a link inside of a UE pool",
       [](Edit& e, W& w) {
         Attachment a = attachment(w, "x", "p0", 300, "10.45.3.1/24");
         a.vrf = w.acme.internet.id;
         return status_of(e.add_attachment(a));
       },
       conflict,
       {"10.45.3.0/24", "10.45.0.0/16", "UE pool phones"}},
      {"remove what is not there",
       [](Edit& e, W&) { return e.remove_attachment(AttachmentId{99}); },
       not_found,
       {"99"}},
      {"remove one with a route",
       [](Edit& e, W& w) { return e.remove_attachment(w.acme.wan.id); },
       conflict,
       {"attachment wan", "route 0.0.0.0/0 via 10.9.0.2"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Refusals, OfEndpoints) {
  const Refusal cases[] = {
      {"a name taken",
       [](Edit& e, W& w) { return add_endpoint(e, w, "n3", w.acme.access.id, "10.1.0.5"); },
       conflict,
       {"GTP-U endpoint name n3", "taken"}},
      {"in a core VRF",
       [](Edit& e, W& w) { return add_endpoint(e, w, "x", w.acme.internet.id, "10.9.0.5"); },
       invalid,
       {"internet is a core VRF", "must be an access VRF"}},
      {"another tenant's VRF",
       [](Edit& e, W& w) { return add_endpoint(e, w, "x", w.bravo.access.id, "10.1.0.5"); },
       not_found,
       {"no VRF"}},
      {"the address of another",
       [](Edit& e, W& w) { return add_endpoint(e, w, "x", w.acme.access.id, "10.1.0.1"); },
       conflict,
       {"10.1.0.1", "GTP-U endpoint n3"}},
      {"multicast",
       [](Edit& e, W& w) { return add_endpoint(e, w, "x", w.acme.access.id, "239.1.1.1"); },
       invalid,
       {"239.1.1.1", "multicast"}},
      {"the broadcast address of its link",
       [](Edit& e, W& w) { return add_endpoint(e, w, "x", w.acme.access.id, "10.1.0.255"); },
       invalid,
       {"10.1.0.255", "broadcast"}},
      {"remove what is not there",
       [](Edit& e, W&) { return e.remove_endpoint(GtpuEndpointId{99}); },
       not_found,
       {"99"}},
      {"remove one with a session",
       [](Edit& e, W& w) { return e.remove_endpoint(w.acme.endpoint.id); },
       conflict,
       {"GTP-U endpoint n3", "session 0x1389"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Refusals, OfPools) {
  const Refusal cases[] = {
      {"a name taken",
       [](Edit& e, W& w) { return add_pool(e, w, "phones", w.acme.internet.id, prefix("10.46.0.0/16")); },
       conflict,
       {"UE pool name phones", "taken"}},
      {"in an access VRF",
       [](Edit& e, W& w) { return add_pool(e, w, "x", w.acme.access.id, prefix("10.46.0.0/16")); },
       invalid,
       {"n3-vrf is an access VRF", "must be a core VRF"}},
      {"inside of another",
       [](Edit& e, W& w) { return add_pool(e, w, "x", w.acme.internet.id, prefix("10.45.128.0/17")); },
       conflict,
       {"UE pool x", "10.45.128.0/17", "10.45.0.0/16", "UE pool phones"}},
      {"around another",
       [](Edit& e, W& w) { return add_pool(e, w, "x", w.acme.internet.id, prefix("10.44.0.0/14")); },
       conflict,
       {"UE pool phones"}},
      {"over an attachment",
       [](Edit& e, W& w) { return add_pool(e, w, "x", w.acme.internet.id, prefix("10.8.0.0/15")); },
       conflict,
       {"10.9.0.0/24", "attachment wan"}},
      {"with host bits",
       [](Edit& e, W& w) {
         return add_pool(e, w, "x", w.acme.ims.id, Ipv4Prefix{0x0a2d0001, 16});
       },
       invalid,
       {"10.45.0.1/16", "10.45.0.0/16"}},
      {"a length of 33",
       [](Edit& e, W& w) {
         return add_pool(e, w, "x", w.acme.ims.id, Ipv4Prefix{0x0a2d0000, 33});
       },
       invalid,
       {"33", "0 to 32"}},
      {"everything",
       [](Edit& e, W& w) { return add_pool(e, w, "x", w.acme.ims.id, prefix("0.0.0.0/0")); },
       invalid,
       {"0.0.0.0/0"}},
      {"multicast",
       [](Edit& e, W& w) { return add_pool(e, w, "x", w.acme.ims.id, prefix("232.0.0.0/8")); },
       invalid,
       {"multicast"}},
      {"remove what is not there", [](Edit& e, W&) { return e.remove_pool(UePoolId{99}); }, not_found, {"99"}},
      {"remove one with a session",
       [](Edit& e, W& w) { return e.remove_pool(w.acme.pool.id); },
       conflict,
       {"UE pool phones", "session 0x1389", "10.45.0.7"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Refusals, OfRoutes) {
  const Refusal cases[] = {
      {"there already",
       [](Edit& e, W& w) { return add_route(e, w, w.acme.internet.id, prefix("0.0.0.0/0"), "10.9.0.3"); },
       conflict,
       {"route 0.0.0.0/0", "internet", "via 10.9.0.2"}},
      {"a gateway on no link",
       [](Edit& e, W& w) { return add_route(e, w, w.acme.internet.id, prefix("10.20.0.0/16"), "10.10.0.1"); },
       invalid,
       {"10.10.0.1", "no attachment", "internet"}},
      {"a gateway on a link of another VRF",
       [](Edit& e, W& w) { return add_route(e, w, w.acme.internet.id, prefix("10.20.0.0/16"), "10.1.0.2"); },
       invalid,
       {"10.1.0.2", "no attachment"}},
      {"a gateway that is ours",
       [](Edit& e, W& w) { return add_route(e, w, w.acme.internet.id, prefix("10.20.0.0/16"), "10.9.0.1"); },
       invalid,
       {"10.9.0.1", "our own address", "wan"}},
      {"a gateway that is the broadcast address",
       [](Edit& e, W& w) { return add_route(e, w, w.acme.internet.id, prefix("10.20.0.0/16"), "10.9.0.255"); },
       invalid,
       {"10.9.0.255", "broadcast"}},
      {"a gateway that is an endpoint",
       after([](Edit& e, W& w) { return add_endpoint(e, w, "second", w.acme.access.id, "10.1.0.9"); },
             [](Edit& e, W& w) { return add_route(e, w, w.acme.access.id, prefix("10.20.0.0/16"), "10.1.0.9"); }),
       invalid,
       {"10.1.0.9", "GTP-U endpoint second"}},
      {"a route to a link",
       [](Edit& e, W& w) { return add_route(e, w, w.acme.internet.id, prefix("10.9.0.0/24"), "10.9.0.2"); },
       conflict,
       {"10.9.0.0/24", "attachment wan"}},
      {"a route to multicast",
       [](Edit& e, W& w) { return add_route(e, w, w.acme.internet.id, prefix("224.0.0.0/8"), "10.9.0.2"); },
       invalid,
       {"multicast"}},
      {"with host bits",
       [](Edit& e, W& w) {
         return add_route(e, w, w.acme.internet.id, Ipv4Prefix{0x0a140001, 16}, "10.9.0.2");
       },
       invalid,
       {"10.20.0.1/16", "10.20.0.0/16"}},
      {"another tenant's VRF",
       [](Edit& e, W& w) { return add_route(e, w, w.bravo.internet.id, prefix("10.20.0.0/16"), "10.9.0.2"); },
       not_found,
       {"no VRF"}},
      {"remove what is not there", [](Edit& e, W&) { return e.remove_route(RouteId{99}); }, not_found, {"99"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

TEST(Refusals, OfKeys) {
  const std::string hash(32, 'h');
  const Refusal cases[] = {
      {"a bad name", [&](Edit& e, W&) { return add_key(e, "", KeyRole::operator_, {}, hash); }, invalid, {"name"}},
      {"a name taken",
       [&](Edit& e, W&) { return add_key(e, "ops", KeyRole::operator_, {}, hash); },
       conflict,
       {"ops", "taken"}},
      {"a tenant's without tenant",
       [&](Edit& e, W&) { return add_key(e, "x", KeyRole::tenant, {}, hash); },
       invalid,
       {"needs a tenant"}},
      {"a tenant's of nobody",
       [&](Edit& e, W&) { return add_key(e, "x", KeyRole::tenant, TenantId{99}, hash); },
       not_found,
       {"99"}},
      {"an operator's with tenant",
       [&](Edit& e, W& w) { return add_key(e, "x", KeyRole::operator_, w.acme.tenant.id, hash); },
       invalid,
       {"no tenant"}},
      {"a short hash",
       [&](Edit& e, W&) { return add_key(e, "x", KeyRole::operator_, {}, "short"); },
       invalid,
       {"5 bytes", "32"}},
      {"a token in use",
       [&](Edit& e, W& w) { return add_key(e, "x", KeyRole::operator_, {}, w.ops.token_hash); },
       conflict,
       {"in use"}},
      {"remove what is not there", [](Edit& e, W&) { return e.remove_key(99); }, not_found, {"99"}},
  };
  for (const Refusal& c : cases) expect_refused(c);
}

}  // namespace
}  // namespace demarc::cp::test
