#include <fmt/core.h>

#include <algorithm>

#include "controlplane/model/session_keys.h"
#include "controlplane/store/next_hops.h"
#include "controlplane/store/rates_text.h"
#include "controlplane/store/rows.h"
#include "controlplane/store/session_rules.h"
#include "controlplane/store/tier_text.h"

namespace demarc::cp {
namespace {

uint32_t flag(bool b) { return b ? 1 : 0; }

const char* text_of(HeaderPolicy policy) { return policy == HeaderPolicy::pass ? "pass" : "drop"; }
const char* text_of(PeerPolicy policy) {
  return policy == PeerPolicy::any ? "any" : policy == PeerPolicy::learn ? "learn" : "strict";
}

template <class T>
std::optional<std::string> text_or_null(const std::optional<T>& value) {
  return value ? std::optional(to_string(*value)) : std::nullopt;
}

int insert(Statements& s, const Tenant& o) {
  return s.run("INSERT INTO tenants (id, name, suspended, rates, tier) VALUES (?, ?, ?, ?, ?)", o.id.value, o.name,
               flag(o.suspended), rates_to_text(o.rates), tier_to_text(o.tier));
}
int insert(Statements& s, const Vrf& o) {
  return s.run(
      "INSERT INTO vrfs (id, tenant, name, role, mtu, tcp_mss, ue_to_ue, ipv4_options, routing_headers, "
      "rates) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      o.id.value, o.tenant.value, o.name, o.role == VrfRole::access ? "access" : "core", uint32_t{o.options.mtu},
      uint32_t{o.options.tcp_mss}, flag(o.options.ue_to_ue), text_of(o.options.ipv4_options),
      text_of(o.options.routing_headers), rates_to_text(o.options.rates));
}
int insert(Statements& s, const Attachment& o) {
  return s.run(
      "INSERT INTO attachments (id, tenant, name, port, outer_vlan, vlan, vrf, address, ipv6, mtu, fragment_ipv4) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      o.id.value, o.tenant.value, o.name, o.port, uint32_t{o.outer_vlan.value}, uint32_t{o.vlan.value}, o.vrf.value,
      text_or_null(o.address), text_or_null(o.ipv6), uint32_t{o.options.mtu}, flag(o.options.fragment_ipv4));
}
int insert(Statements& s, const GtpuEndpoint& o) {
  return s.run(
      "INSERT INTO gtpu_endpoints (id, tenant, name, vrf, address, ipv6, peer_policy, outer_dont_fragment) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      o.id.value, o.tenant.value, o.name, o.vrf.value, text_or_null(o.address), text_or_null(o.ipv6),
      text_of(o.options.peer_policy), flag(o.options.outer_dont_fragment));
}
int insert(Statements& s, const UePool& o) {
  return s.run("INSERT INTO ue_pools (id, tenant, name, vrf, prefix) VALUES (?, ?, ?, ?, ?)", o.id.value,
               o.tenant.value, o.name, o.vrf.value, to_string(o.prefix));
}
int insert(Statements& s, const Route& o) {
  return s.run("INSERT INTO routes (id, tenant, vrf, prefix, next_hops) VALUES (?, ?, ?, ?, ?)", o.id.value,
               o.tenant.value, o.vrf.value, to_string(o.prefix), next_hops_to_text(o.next_hops));
}
int insert(Statements& s, const Session& o) {
  return s.run("INSERT INTO sessions (up_seid, tenant, rules) VALUES (?, ?, ?)", o.up_seid.value, o.tenant.value,
               rules_to_text(o));
}
int insert(Statements& s, const ApiKey& o) {
  if (o.role == KeyRole::operator_)
    return s.run("INSERT INTO api_keys (id, name, role, tenant, token_hash) VALUES (?, ?, 'operator', ?, ?)", o.id,
                 o.name, nullptr, Blob{o.token_hash});
  return s.run("INSERT INTO api_keys (id, name, role, tenant, token_hash) VALUES (?, ?, 'tenant', ?, ?)", o.id, o.name,
               o.tenant.value, Blob{o.token_hash});
}

int insert(Statements& s, const EntryQuota& o) {
  return s.run("INSERT INTO entry_quotas (tenant, what, most, reserved) VALUES (?, ?, ?, ?)", o.tenant.value,
               quota_name(o.what), o.limit, o.reserved);
}

// What is changed in place: the options of an object, or what a session does. The rest never is.
int update(Statements& s, const Tenant& o) {
  return s.run("UPDATE tenants SET suspended = ?, rates = ?, tier = ? WHERE id = ?", flag(o.suspended),
               rates_to_text(o.rates), tier_to_text(o.tier), o.id.value);
}
int update(Statements& s, const Session& o) {
  return s.run("UPDATE sessions SET rules = ? WHERE up_seid = ? AND tenant = ?", rules_to_text(o), o.up_seid.value,
               o.tenant.value);
}
int update(Statements& s, const Vrf& o) {
  return s.run(
      "UPDATE vrfs SET mtu = ?, tcp_mss = ?, ue_to_ue = ?, ipv4_options = ?, routing_headers = ?, rates = ? WHERE id = "
      "?",
      uint32_t{o.options.mtu}, uint32_t{o.options.tcp_mss}, flag(o.options.ue_to_ue), text_of(o.options.ipv4_options),
      text_of(o.options.routing_headers), rates_to_text(o.options.rates), o.id.value);
}
int update(Statements& s, const Attachment& o) {
  return s.run("UPDATE attachments SET mtu = ?, fragment_ipv4 = ? WHERE id = ?", uint32_t{o.options.mtu},
               flag(o.options.fragment_ipv4), o.id.value);
}
int update(Statements& s, const GtpuEndpoint& o) {
  return s.run("UPDATE gtpu_endpoints SET peer_policy = ?, outer_dont_fragment = ? WHERE id = ?",
               text_of(o.options.peer_policy), flag(o.options.outer_dont_fragment), o.id.value);
}
int update(Statements& s, const EntryQuota& o) {
  return s.run("UPDATE entry_quotas SET most = ?, reserved = ? WHERE tenant = ? AND what = ?", o.limit, o.reserved,
               o.tenant.value, quota_name(o.what));
}
template <class T>
int update(Statements&, const T&) {
  return 0;
}

// The F-TEIDs that a session had and has no more, and away with some whose time is over. unixepoch() is the wall clock,
// which all that is stored goes by.
void release_teids(Statements& s, const Session& before, const Session* after) {
  const auto had = session_keys(before).f_teids;
  const auto has = after == nullptr ? decltype(had){} : session_keys(*after).f_teids;
  for (const auto& f_teid : had) {
    if (std::ranges::binary_search(has, f_teid)) continue;
    s.run("INSERT OR REPLACE INTO released_teids (endpoint, teid, released_s) VALUES (?, ?, unixepoch())",
          f_teid.first.value, f_teid.second.value);
    s.run(
        "DELETE FROM released_teids WHERE rowid IN "
        "(SELECT rowid FROM released_teids WHERE released_s < unixepoch() - ? LIMIT 4)",
        static_cast<uint32_t>(ReleasedTeids::kHeld.count()));
  }
}

int erase(Statements& s, const Tenant& o) { return s.run("DELETE FROM tenants WHERE id = ?", o.id.value); }
int erase(Statements& s, const Vrf& o) { return s.run("DELETE FROM vrfs WHERE id = ?", o.id.value); }
int erase(Statements& s, const Attachment& o) { return s.run("DELETE FROM attachments WHERE id = ?", o.id.value); }
int erase(Statements& s, const GtpuEndpoint& o) { return s.run("DELETE FROM gtpu_endpoints WHERE id = ?", o.id.value); }
int erase(Statements& s, const UePool& o) { return s.run("DELETE FROM ue_pools WHERE id = ?", o.id.value); }
int erase(Statements& s, const Route& o) { return s.run("DELETE FROM routes WHERE id = ?", o.id.value); }
int erase(Statements& s, const Session& o) {
  return s.run("DELETE FROM sessions WHERE up_seid = ? AND tenant = ?", o.up_seid.value, o.tenant.value);
}
int erase(Statements& s, const EntryQuota& o) {
  return s.run("DELETE FROM entry_quotas WHERE tenant = ? AND what = ?", o.tenant.value, quota_name(o.what));
}
int erase(Statements& s, const ApiKey& o) { return s.run("DELETE FROM api_keys WHERE id = ?", o.id); }

}  // namespace

Status write_row(Statements& s, const Change& change) {
  const char* what = !change.before ? "added" : change.after ? "changed" : "removed";
  int rows = 0;
  if (!change.before) {
    rows = std::visit([&s](const auto& o) { return insert(s, o); }, *change.after);
  } else if (change.after) {
    rows = std::visit([&s](const auto& o) { return update(s, o); }, *change.after);
  } else {
    rows = std::visit([&s](const auto& o) { return erase(s, o); }, *change.before);
  }
  if (change.before)
    if (const auto* session = std::get_if<Session>(&*change.before))
      release_teids(s, *session, change.after ? &std::get<Session>(*change.after) : nullptr);
  if (rows == 1) return {};
  const Object& object = change.after ? *change.after : *change.before;
  return fail(ErrorCode::internal,
              fmt::format("{} rows were {} for one object of kind {}; the store and the model differ", rows, what,
                          object.index()));
}

}  // namespace demarc::cp
