// Kinds of things that tenants share, and how a test fills a table with them.
#pragma once

#include <functional>
#include <string>

#include "tests/controlplane/model/refusal.h"

namespace demarc::cp::test {

inline DataPlaneLimits limits_of(uint32_t each) { return {each, each, each, each, each, each, {"p0", "p1"}}; }

// One world, with its shares.
struct SharedWorld : World {
  TenantShare share;
  Edit begin_shared() { return Edit(model, counting.ids, limits, share); }
};

// The nth object of its kind of a tenant; n from 1.
using Add = std::function<Status(Edit&, const TenantObjects&, uint32_t n)>;

inline std::string numbered(uint32_t n) { return "x" + std::to_string(n); }

inline Status add_vrf(Edit& e, const TenantObjects& t, uint32_t n) {
  return status_of(e.add_vrf({.id = {}, .tenant = t.tenant.id, .name = numbered(n), .role = VrfRole::core}));
}
inline Status add_attachment(Edit& e, const TenantObjects& t, uint32_t n) {
  const auto vlan = static_cast<uint16_t>(t.ran.vlan.value * 10 + n);
  const Ipv4Interface address{Ipv4Address{ip("172.16.0.1").value + (n << 8)}, 24};
  return status_of(e.add_attachment({{}, t.tenant.id, numbered(n), "p0", VlanId{vlan}, t.ims.id, address}));
}
inline Status add_endpoint(Edit& e, const TenantObjects& t, uint32_t n) {
  return status_of(e.add_endpoint({{}, t.tenant.id, numbered(n), t.access.id, Ipv4Address{ip("192.0.2.0").value + n}}));
}
inline Status add_pool(Edit& e, const TenantObjects& t, uint32_t n) {
  return status_of(
      e.add_pool({{}, t.tenant.id, numbered(n), t.ims.id, Ipv4Prefix{ip("10.50.0.0").value + (n << 8), 24}}));
}
inline Status add_route(Edit& e, const TenantObjects& t, uint32_t n) {
  return status_of(
      e.add_route({{}, t.tenant.id, t.internet.id, Ipv4Prefix{ip("10.50.0.0").value + (n << 8), 24}, via("10.9.0.2")}));
}
inline Status add_session(Edit& e, const TenantObjects& t, uint32_t n) {
  return status_of(e.add_session(make_session(t, 1000 + 2 * n, Ipv4Address{ip("10.45.1.0").value + n})));
}
inline Status add_key(Edit& e, const TenantObjects& t, uint32_t n) {
  std::string hash(32, 'h');
  hash[0] = static_cast<char>(n);
  hash[1] = static_cast<char>(t.tenant.id.value);
  return status_of(e.add_key({0, t.tenant.name + numbered(n), KeyRole::tenant, t.tenant.id, hash}));
}

struct Kind {
  const char* name;  // as the sentences have it
  Add add;
  uint32_t there;                 // what each tenant of the world has
  uint32_t TenantShare::*number;  // its maximum in numbers
  bool in_a_table;                // of the data plane
};

inline const Kind kKinds[] = {
    {"VRFs", add_vrf, 3, &TenantShare::vrfs, true},
    {"attachments", add_attachment, 2, &TenantShare::attachments, true},
    {"GTP-U endpoints", add_endpoint, 1, &TenantShare::gtpu_endpoints, true},
    {"UE pools", add_pool, 1, &TenantShare::ue_pools, false},
    {"routes", add_route, 1, &TenantShare::routes, true},
    {"sessions", add_session, 1, &TenantShare::sessions, true},
    {"API keys", add_key, 1, &TenantShare::api_keys, false},
};

// Adds until it is refused, in an Edit of its own each. How many went in, and the sentence.
struct Filled {
  uint32_t added = 0;
  std::string sentence;
};
inline Filled fill(SharedWorld& w, const Add& add, const TenantObjects& t, uint32_t first = 1) {
  for (Filled filled;; ++filled.added) {
    if (filled.added > 200) return filled;
    Edit e = w.begin_shared();
    const Status s = add(e, t, first + filled.added);
    if (s) continue;
    EXPECT_EQ(s.error().code, ErrorCode::exhausted) << s.error().message;
    filled.sentence = s.error().message;
    return filled;
  }
}

}  // namespace demarc::cp::test
