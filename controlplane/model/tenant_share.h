// TenantShare: how much of what all tenants share one of them may have, and what is kept free for the others.
//
// A tenant may have at most `at_most_percent` of each table of the data plane. `reserved_percent` of it is reserved for
// each tenant, and for one that is yet to come: whatever the others do, that much is free for it. So that not
// everything is reserved where there are many tenants, the reservations together take half of the table at the most, in
// equal parts; the rest is for whoever needs it, within its maximum.
//
// What no table of the data plane bounds (and everything while none has been connected) has a maximum in numbers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace demarc::cp {

// What is counted by tenant. F-TEIDs, UE addresses and framed routes are the keys of sessions: the data plane has room
// for two of each a session, of framed routes for one in four sessions, and a session may have 64. rule_kib: memory of
// SDF filters (session_rule_bytes.h), of which it has 1 KiB a session, or 64 MiB.
enum class Shared : uint8_t {
  vrfs,
  attachments,
  gtpu_endpoints,
  ue_pools,
  routes,
  sessions,
  f_teids,
  ue_addresses,
  api_keys,
  framed_routes,
  rule_kib
};
inline constexpr size_t kSharedKinds = 11;
using SharedCounts = std::array<uint32_t, kSharedKinds>;  // by Shared

// What a tenant has of one kind, and what it may have.
struct Quota {
  const char* what;  // "sessions"
  uint64_t used = 0;
  uint64_t limit = 0;                     // never more than this
  std::optional<uint64_t> reserved = {};  // of it: free for this tenant whatever the others do
};

struct TenantShare {
  uint32_t at_most_percent = 80;   // 1..100, of each table
  uint32_t reserved_percent = 10;  // 0..50, of each table
  // Of one tenant, whatever the data plane's tables hold.
  uint32_t vrfs = 16'384, attachments = 16'384, gtpu_endpoints = 16'384;
  uint32_t ue_pools = 1'024;
  uint32_t routes = 1'000'000, sessions = 1'000'000;
  uint32_t api_keys = 64;

  bool operator==(const TenantShare&) const = default;
};

}  // namespace demarc::cp
