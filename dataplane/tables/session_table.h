// SessionTable: PFCP sessions, found uplink by (GTP-U endpoint, TEID) and downlink by (core VRF, UE address).
//
// A session is one immutable block: a head line, its PDRs in order of precedence, its FARs. A change builds the new
// block aside, swaps the pointers in the two hashes and retires the old block, so a worker sees the session before or
// after the change, never between.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/result.h"
#include "dataplane/tables/publish.h"

struct rte_hash;

namespace demarc::dp {

inline constexpr uint8_t kQfiAny = 255;
inline constexpr uint8_t kQfiNone = 255;

// Packet Detection Rule, TS 29.244 clause 5.2.1A, resolved: QERs are folded in, the FAR is an index into the block.
struct Pdr {
  uint32_t precedence;  // lowest first
  uint16_t pdr_id;
  uint8_t far_index;
  bool source_core;           // else access
  VrfSlot vrf;                // network instance of the PDI
  GtpuEndpointSlot endpoint;  // source access: local F-TEID
  Teid teid;
  Be32 ue_ipv4;       // source core: destination; source access: the inner source that is allowed
  uint8_t qfi_match;  // kQfiAny, or only this one
  uint8_t qfi_mark;   // from the QER, into downlink G-PDUs; kQfiNone: none
  bool gate_closed;   // any QER of it has its gate for this direction closed
  uint8_t reserved = 0;
};
static_assert(sizeof(Pdr) == 28);

// Forwarding Action Rule, TS 29.244 clause 5.2.1A.
struct Far {
  uint32_t far_id;
  bool forward;                // else drop
  bool outer_header_creation;  // GTP-U/UDP/IPv4
  uint16_t reserved = 0;
  VrfSlot vrf;      // network instance of the forwarding parameters
  Teid teid;        // the peer's, for the outer header
  Be32 peer_ipv4;   // outer destination
  Be32 local_ipv4;  // outer source: the GTP-U endpoint's address
};
static_assert(sizeof(Far) == 24);

struct alignas(64) Session {
  Seid up_seid;
  TenantSlot tenant;
  uint8_t pdr_count;
  uint8_t far_count;
  // PDRs and then FARs follow in the same block.
  const Pdr* pdrs() const { return reinterpret_cast<const Pdr*>(this + 1); }
  const Far* fars() const { return reinterpret_cast<const Far*>(pdrs() + pdr_count); }
};
static_assert(sizeof(Session) == 64);

// What a session is made of, for SessionTable::put. Rules per kind: 1..16.
struct SessionSpec {
  Seid up_seid;
  TenantSlot tenant;
  std::vector<Pdr> pdrs;
  std::vector<Far> fars;
};

// Memory of a session with 2 PDRs and 2 FARs in a large table: 192 bytes for its block, 250 to 320 for its places in
// the two hashes (sized for two keys a session in each) and the index.
class SessionTable {
 public:
  static constexpr size_t kRulesMax = 16;  // of a session, per kind

  // `capacity`: sessions. Each may have up to 16 F-TEIDs and UE addresses; all together may have 2 × capacity of each.
  // `name`: 1..16 characters, its own in this process. The memory of the hashes is taken at once, from DPDK's heap; a
  // session's block when it is put, from the process's. Errors: `exhausted` memory; `invalid` name or capacity;
  // `conflict` for a name in use.
  static Result<std::unique_ptr<SessionTable>> create(uint32_t capacity, Reclaimer& reclaimer, const char* name);
  // No worker may still use it.
  ~SessionTable();

  // ---- agent ----

  // Adds the session, or replaces the one with its (tenant, UP SEID). The PDRs may be in any order. Errors, all without
  // any change: `exhausted` when full; `unavailable` when what was removed before still fills the table because a
  // worker has not passed a quiescent state since; `conflict` when another session has one of its (endpoint, TEID) or
  // (VRF, UE address) keys, which it names; `invalid` for a PDR without its key (TEID 0, UE address 0.0.0.0) or whose
  // FAR is not there, and for no rules or more than 16 of a kind.
  Status put(const SessionSpec& spec);
  // Removing what is not there is `not_found`.
  Status remove(TenantSlot tenant, Seid up_seid);
  // The session as it is now, or null. For the undo of a transaction and for tests.
  const Session* find(TenantSlot tenant, Seid up_seid) const;
  uint32_t size() const;
  uint32_t capacity() const;
  size_t memory_bytes() const;

  // ---- workers ----

  // For each i < n (at most 64): out[i] = the session, or null. keys[i] = uplink_key(...). Prefetches inside, and of
  // what it found the head line and the line behind it.
  static uint64_t uplink_key(GtpuEndpointSlot e, Teid t) { return uint64_t{e.value} << 32 | t.value; }
  static uint64_t downlink_key(VrfSlot v, Be32 ue) { return uint64_t{v.value} << 32 | ue.raw(); }
  void lookup_uplink(const uint64_t* keys, unsigned n, const Session** out) const;
  void lookup_downlink(const uint64_t* keys, unsigned n, const Session** out) const;

 private:
  SessionTable() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::dp
