#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/core.h>

#include "controlplane/model/validate_session.h"
#include "controlplane/store/next_hops.h"
#include "controlplane/store/rates_text.h"
#include "controlplane/store/rows.h"
#include "controlplane/store/session_rules.h"
#include "controlplane/store/tier_text.h"

namespace demarc::cp {
namespace {

using Row = SQLite::Statement;

uint32_t u32(Row& r, int column) { return static_cast<uint32_t>(r.getColumn(column).getInt64()); }
std::string text(Row& r, int column) { return r.getColumn(column).getString(); }
// Until the next step of the row's statement.
std::string_view text_view(Row& r, int column) {
  const SQLite::Column c = r.getColumn(column);
  const char* bytes = c.getText("");
  return {bytes, static_cast<size_t>(c.getBytes())};
}

// NULL leaves `value` empty.
template <class T>
Status read_text(Row& r, int column, Result<T> (*parse)(std::string_view), std::optional<T>& value) {
  if (r.getColumn(column).isNull()) return {};
  auto parsed = parse(text_view(r, column));
  if (!parsed) return tl::unexpected(parsed.error());
  value = *parsed;
  return {};
}

Status read_rates(Row& r, int column, Rates& rates) {
  if (rates_from_text(text_view(r, column), rates)) return {};
  return fail(ErrorCode::internal, "its rates \"" + text(r, column) + "\" are malformed");
}

Result<Tenant> read(Row& r, Tenant o) {
  o.id = TenantId{u32(r, 0)};
  o.name = text(r, 1);
  o.suspended = u32(r, 2) != 0;
  if (Status s = read_rates(r, 3, o.rates); !s) return tl::unexpected(s.error());
  if (!tier_from_text(text_view(r, 4), o.tier))
    return fail(ErrorCode::internal, "its tier \"" + text(r, 4) + "\" is malformed");
  return o;
}

Result<Vrf> read(Row& r, Vrf o) {
  o.id = VrfId{u32(r, 0)};
  o.tenant = TenantId{u32(r, 1)};
  o.name = text(r, 2);
  o.role = text(r, 3) == "access" ? VrfRole::access : VrfRole::core;
  o.options.mtu = static_cast<uint16_t>(u32(r, 4));
  o.options.tcp_mss = static_cast<uint16_t>(u32(r, 5));
  o.options.ue_to_ue = u32(r, 6) != 0;
  o.options.ipv4_options = text(r, 7) == "pass" ? HeaderPolicy::pass : HeaderPolicy::drop;
  o.options.routing_headers = text(r, 8) == "pass" ? HeaderPolicy::pass : HeaderPolicy::drop;
  if (Status s = read_rates(r, 9, o.options.rates); !s) return tl::unexpected(s.error());
  return o;
}

Result<Attachment> read(Row& r, Attachment o) {
  o.id = AttachmentId{u32(r, 0)};
  o.tenant = TenantId{u32(r, 1)};
  o.name = text(r, 2);
  o.port = text(r, 3);
  o.vlan = VlanId{static_cast<uint16_t>(u32(r, 4))};
  o.vrf = VrfId{u32(r, 5)};
  if (Status s = read_text(r, 6, parse_ipv4_interface, o.address); !s) return tl::unexpected(s.error());
  if (Status s = read_text(r, 7, parse_ipv6_interface, o.ipv6); !s) return tl::unexpected(s.error());
  o.outer_vlan = VlanId{static_cast<uint16_t>(u32(r, 8))};
  o.options.mtu = static_cast<uint16_t>(u32(r, 9));
  o.options.fragment_ipv4 = u32(r, 10) != 0;
  return o;
}

Result<GtpuEndpoint> read(Row& r, GtpuEndpoint o) {
  o.id = GtpuEndpointId{u32(r, 0)};
  o.tenant = TenantId{u32(r, 1)};
  o.name = text(r, 2);
  o.vrf = VrfId{u32(r, 3)};
  if (Status s = read_text(r, 4, parse_ipv4, o.address); !s) return tl::unexpected(s.error());
  if (Status s = read_text(r, 5, parse_ipv6, o.ipv6); !s) return tl::unexpected(s.error());
  const std::string policy = text(r, 6);
  o.options.peer_policy = policy == "any"     ? PeerPolicy::any
                          : policy == "learn" ? PeerPolicy::learn
                                              : PeerPolicy::strict;
  o.options.outer_dont_fragment = u32(r, 7) != 0;
  return o;
}

Result<UePool> read(Row& r, UePool o) {
  o.id = UePoolId{u32(r, 0)};
  o.tenant = TenantId{u32(r, 1)};
  o.name = text(r, 2);
  o.vrf = VrfId{u32(r, 3)};
  auto prefix = parse_ip_prefix(text(r, 4));
  if (!prefix) return tl::unexpected(prefix.error());
  o.prefix = *prefix;
  return o;
}

Result<Route> read(Row& r, Route o) {
  o.id = RouteId{u32(r, 0)};
  o.tenant = TenantId{u32(r, 1)};
  o.vrf = VrfId{u32(r, 2)};
  auto prefix = parse_ip_prefix(text(r, 3));
  if (!prefix) return tl::unexpected(prefix.error());
  auto next_hops = next_hops_from_text(text(r, 4));
  if (!next_hops) return tl::unexpected(next_hops.error());
  o.prefix = *prefix;
  o.next_hops = std::move(*next_hops);
  return o;
}

Result<Session> read(Row& r, Session o) {
  o.up_seid = Seid{static_cast<uint64_t>(r.getColumn(0).getInt64())};
  o.tenant = TenantId{u32(r, 1)};
  if (Status s = rules_from_text(text_view(r, 2), o); !s) return tl::unexpected(s.error());
  return o;
}

Result<ApiKey> read(Row& r, ApiKey o) {
  o.id = u32(r, 0);
  o.name = text(r, 1);
  o.role = text(r, 2) == "tenant" ? KeyRole::tenant : KeyRole::operator_;
  o.tenant = TenantId{u32(r, 3)};  // NULL reads as 0
  o.token_hash = text(r, 4);
  return o;
}

std::optional<uint64_t> number_or_none(Row& r, int column) {
  if (r.getColumn(column).isNull()) return std::nullopt;
  return static_cast<uint64_t>(r.getColumn(column).getInt64());
}

Result<EntryQuota> read(Row& r, EntryQuota o) {
  o.tenant = TenantId{u32(r, 0)};
  const auto what = quota_of_name(text_view(r, 1));
  if (!what) return fail(ErrorCode::internal, "\"" + text(r, 1) + "\" is no kind of quota");
  o.what = *what;
  o.limit = number_or_none(r, 2);
  o.reserved = number_or_none(r, 3);
  return o;
}

// Most of what must hold among rows, the schema's constraints hold. The rules of a session are one text to them.
template <class T>
Status check(const Model&, const T&) {
  return {};
}
Status check(const Model& model, const Session& o) { return validate_session(model, o); }

// What only the rows together tell. Rows of schema 3 do not say on which attachment a gateway is.
template <class T>
void complete(const Model&, T&) {}
void complete(const Model& model, Route& o) {
  for (NextHop& hop : o.next_hops)
    if (hop.attachment == AttachmentId{})
      if (const Attachment* link = model.attachment_holding(o.vrf, hop.gateway)) hop.attachment = link->id;
}

// What a person finds the row by.
template <class T>
std::string row_name(Row& r) {
  return text(r, 0);
}
template <>
std::string row_name<Session>(Row& r) {
  return fmt::format("{} of tenant {}", text(r, 0), text(r, 1));
}

template <>
std::string row_name<EntryQuota>(Row& r) {
  return fmt::format("{} of tenant {}", text(r, 1), text(r, 0));
}

template <class T>
Status read_table(SQLite::Database& db, const char* table, const char* columns, Model& model, const char* key = "id") {
  SQLite::Statement row(db, fmt::format("SELECT {} FROM {} ORDER BY {}", columns, table, key));
  while (row.executeStep()) {
    auto object = read(row, T{});
    if (object) complete(model, *object);
    Status ok = object ? check(model, *object) : Status(tl::unexpected(object.error()));
    if (!ok)
      return fail(ErrorCode::internal, fmt::format("row {} in table {} is damaged: {}; restore a backup",
                                                   row_name<T>(row), table, ok.error().message));
    model.put(std::move(*object));
  }
  return {};
}

// By object kind; sessions and quotas have no ids.
constexpr const char* kTables[kObjectKinds] = {"tenants", "vrfs",  "attachments", "gtpu_endpoints", "ue_pools",
                                               "routes",  nullptr, "api_keys",    nullptr};

}  // namespace

namespace {

// As if they were released now: how long demarcd was gone the wall clock may not know.
void read_released_teids(SQLite::Database& db, Model& m) {
  const auto now = ReleasedTeids::Clock::now();
  SQLite::Statement row(db, "SELECT endpoint, teid FROM released_teids");
  while (row.executeStep()) m.released_teids.release({GtpuEndpointId{u32(row, 0)}, Teid{u32(row, 1)}}, now);
}

}  // namespace

Result<Model> read_rows(SQLite::Database& db) {
  Model m;
  Status s = read_table<Tenant>(db, "tenants", "id, name, suspended, rates, tier", m);
  if (s)
    s = read_table<Vrf>(db, "vrfs",
                        "id, tenant, name, role, mtu, tcp_mss, ue_to_ue, ipv4_options, routing_headers, rates", m);
  if (s)
    s = read_table<Attachment>(db, "attachments",
                               "id, tenant, name, port, vlan, vrf, address, ipv6, outer_vlan, mtu, fragment_ipv4", m);
  if (s)
    s = read_table<GtpuEndpoint>(db, "gtpu_endpoints",
                                 "id, tenant, name, vrf, address, ipv6, peer_policy, outer_dont_fragment", m);
  if (s) s = read_table<UePool>(db, "ue_pools", "id, tenant, name, vrf, prefix", m);
  if (s) s = read_table<Route>(db, "routes", "id, tenant, vrf, prefix, next_hops", m);
  if (s) s = read_table<Session>(db, "sessions", "up_seid, tenant, rules", m, "tenant, up_seid");
  if (s) s = read_table<ApiKey>(db, "api_keys", "id, name, role, tenant, token_hash", m);
  if (s) s = read_table<EntryQuota>(db, "entry_quotas", "tenant, what, most, reserved", m, "tenant, what");
  if (!s) return tl::unexpected(s.error());
  read_released_teids(db, m);
  return m;
}

std::array<uint32_t, kObjectKinds> read_last_ids(SQLite::Database& db) {
  std::array<uint32_t, kObjectKinds> ids{};
  for (size_t kind = 0; kind < kObjectKinds; ++kind) {
    if (kTables[kind] == nullptr) continue;
    SQLite::Statement row(db, "SELECT seq FROM sqlite_sequence WHERE name = ?");
    row.bind(1, kTables[kind]);
    if (row.executeStep()) ids[kind] = u32(row, 0);
  }
  return ids;
}

}  // namespace demarc::cp
