// TenantShare: how much of what all tenants share one of them may have, and what is kept free for the others.
//
// A tenant may have at most `at_most_percent` of each table of the data plane. `reserved_percent` of it is reserved for
// each tenant, and for one that is yet to come: whatever the others do, that much is free for it. So that not
// everything is reserved where there are many tenants, the reservations together take half of the table at the most, in
// equal parts; the rest is for whoever needs it, within its maximum.
//
// What no table of the data plane bounds (and everything while none has been connected) has a maximum in numbers.
//
// All of this is what a tenant has that was told nothing else: entry_quota.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace demarc::cp {

// What guarantees of tenants (objects.h, Tier) may be sold of: the operator's word on what one worker can do, which
// depends on the machine. Of a worker that a tenant has to itself all of it is that tenant's.
struct WorkerCapacity {
  uint64_t packets_per_second = 1'000'000;
  uint64_t bits_per_second = 10'000'000'000;
  uint32_t for_sale_percent = 80;  // 1..100, of each worker that tenants share

  bool operator==(const WorkerCapacity&) const = default;
};

// What is counted by tenant. F-TEIDs, UE addresses and framed routes are the keys of sessions: the data plane has room
// for two of each a session, of framed routes for one in four sessions, and a session may have 64. rule_kib: memory of
// SDF filters (session_rule_bytes.h), of which it has 1 KiB a session, or 64 MiB. api_calls: of the tenant's keys in a
// second; captures: under way at a time.
enum class Shared : uint8_t {
#define QUOTA(name, words) name,
#include "controlplane/model/quota_kinds.def"
#undef QUOTA
};
inline constexpr size_t kQuotaKinds = static_cast<size_t>(Shared::captures) + 1;
inline constexpr size_t kSharedKinds = static_cast<size_t>(Shared::api_calls);  // those that the model counts
using SharedCounts = std::array<uint32_t, kSharedKinds>;                        // by Shared

// What a tenant has of one kind, and what it may have.
struct Quota {
  const char* what;                       // "f_teids": quota_kinds.def
  const char* words;                      // "local F-TEIDs in its sessions"
  uint64_t used = 0;                      // 0 for what the model does not count
  uint64_t limit = 0;                     // never more than this. Where it has more already, nothing is taken away
  std::optional<uint64_t> reserved = {};  // of it: free for this tenant whatever the others do
  bool own = false;                       // limit, reservation or both were set for this tenant
};

struct TenantShare {
  uint32_t at_most_percent = 80;   // 1..100, of each table
  uint32_t reserved_percent = 10;  // 0..50, of each table
  // Of one tenant, whatever the data plane's tables hold.
  uint32_t vrfs = 16'384, attachments = 16'384, gtpu_endpoints = 16'384;
  uint32_t ue_pools = 1'024;
  uint32_t routes = 1'000'000, sessions = 1'000'000;
  uint32_t api_keys = 64;
  uint32_t api_calls_per_second = 50;  // of all its keys together; as many at once
  uint32_t captures = 2;               // at a time
  WorkerCapacity worker = {};

  bool operator==(const TenantShare&) const = default;
};

}  // namespace demarc::cp
