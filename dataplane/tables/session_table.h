// SessionTable: PFCP sessions, found uplink by (GTP-U endpoint, TEID) and downlink by (core VRF, UE address or IPv6
// prefix, or a framed route around the destination).
//
// A session is one immutable block: a head line, its PDRs in order of precedence, its FARs, and behind them what only
// IPv6 needs, so that a session without it is as small as ever. A change builds the new
// block aside, swaps the pointers in the two hashes and retires the old block, so a worker sees the session before or
// after the change, never between.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ip_address.h"
#include "common/base/ipv6.h"
#include "common/base/result.h"
#include "common/base/rule_bytes.h"
#include "common/base/teid_owner.h"
#include "dataplane/tables/opaque_rules.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/session_usage.h"
#include "dataplane/tables/wide_key.h"

struct rte_hash;

namespace demarc::dp {

inline constexpr uint8_t kQfiAny = 255;
inline constexpr uint8_t kQfiNone = 255;
inline constexpr uint8_t kMarkRqi = 0x10;  // Reflective QoS
inline constexpr uint8_t kMarkPpp = 0x08;  // there is a paging policy indicator
inline constexpr uint8_t kMarkPpiMask = 0x07;
// Of a PDU Session Container that came: it is of the downlink type and has no paging policy indicator.
inline constexpr uint8_t kMarkDownlink = 0x01;

// Packet Detection Rule, TS 29.244 clause 5.2.1A, resolved: QERs are folded in, the FAR is an index into the block.
struct Pdr {
  uint32_t precedence;  // lowest first
  uint16_t pdr_id;
  uint8_t far_index;
  bool source_core;           // else access
  VrfSlot vrf;                // network instance of the PDI
  GtpuEndpointSlot endpoint;  // local F-TEID: of source access, and of an N9 tunnel, whose source is core
  Teid teid;                  // 0: the packet comes from a core VRF
  // Source core: destination; source access: the inner source that is allowed. Neither: any.
  Be32 ue_ipv4;           // 0: none
  uint8_t qfi_match;      // kQfiAny, or only this one
  uint8_t qfi_mark;       // from the QER, into downlink G-PDUs; kQfiNone: none
  bool gate_closed : 1;   // any QER of it has its gate for this direction closed
  uint8_t psc_marks : 7;  // from the QER that marks the QFI: kMarkRqi, kMarkPpp with the PPI in the lowest three bits
  uint8_t ue_ipv6 = 0;    // number in Session::ue_prefixes(), counted from 1; 0: none
};
static_assert(sizeof(Pdr) == 28);

// A UE's IPv6 prefix, TS 29.244 clause 8.2.62, ready to be compared: (address & mask) == network.
struct UePrefix {
  Ipv6Address network;
  Ipv6Address mask;
  bool operator==(const UePrefix&) const = default;
  bool contains(const Ipv6Address& a) const {
    uint64_t v[2];
    uint64_t n[2];
    uint64_t m[2];
    std::memcpy(v, a.bytes.data(), 16);
    std::memcpy(n, network.bytes.data(), 16);
    std::memcpy(m, mask.bytes.data(), 16);
    return (((v[0] & m[0]) ^ n[0]) | ((v[1] & m[1]) ^ n[1])) == 0;
  }
  uint8_t length() const {
    unsigned bits = 0;
    for (const uint8_t b : mask.bytes) bits += static_cast<unsigned>(std::popcount(b));
    return static_cast<uint8_t>(bits);
  }
};
static_assert(sizeof(UePrefix) == 32);
UePrefix ue_prefix(const Ipv6Prefix& prefix);

// The addresses of an outer header GTP-U/UDP/IPv6.
struct OuterIpv6 {
  Ipv6Address peer;   // destination
  Ipv6Address local;  // source: the GTP-U endpoint's address
};
static_assert(sizeof(OuterIpv6) == 32);

// A prefix behind the UE, besides its own address (TS 29.244 clauses 8.2.109 and 8.2.111), and the PDRs that name it.
struct FramedRoute {
  UePrefix prefix;  // of IPv4: the part of ::ffff:0:0/96 that it is
  std::array<uint32_t, 2> pdrs{};

  void add_pdr(size_t index) { pdrs[index / 32] |= uint32_t{1} << index % 32; }
  bool is_of_pdr(size_t index) const { return (pdrs[index / 32] >> index % 32 & 1) != 0; }
  bool operator==(const FramedRoute&) const = default;
};
static_assert(sizeof(FramedRoute) == 40);

// Forwarding Action Rule, TS 29.244 clause 5.2.1A.
struct Far {
  uint32_t far_id;
  bool forward : 1;                  // else drop
  bool to_core : 1 = false;          // with an outer header: N9
  bool outer_header_creation;        // GTP-U/UDP/IPv4, or IPv6 when outer_ipv6 says so
  uint8_t outer_ipv6 = 0;            // number in Session::outer_ipv6(), counted from 1; 0: none
  bool outer_dont_fragment = false;  // of the outer IPv4 header
  VrfSlot vrf;                       // network instance of the forwarding parameters
  Teid teid;                         // the peer's, for the outer header
  Be32 peer_ipv4;                    // outer destination
  Be32 local_ipv4;                   // outer source: the GTP-U endpoint's address
  // Transport Level Marking, TS 29.244 clause 8.2.12.
  uint8_t tos = 0;
  uint8_t tos_mask = 0;
  bool copy_dscp = false;
  bool guards_tunnels = false;              // only its peer may send through tunnels of `endpoint`
  GtpuEndpointSlot endpoint{~uint32_t{0}};  // of the outer header that it creates; all ones: none
};
static_assert(sizeof(Far) == 32);

struct TunnelKey {
  GtpuEndpointSlot endpoint;
  Teid teid;  // of our F-TEID
};

// Who sends through one of our F-TEIDs, where that is learned: whoever does so first. The only part of a session that
// workers write, and each of them at most once; all of them see the same peer from then on.
struct LearnedPeer {
  __extension__ using Word = unsigned __int128;

  GtpuEndpointSlot endpoint;
  Teid teid;
  alignas(16) Word address = 0;  // an IpAddress; 0, which is none: nobody yet

  bool is(const IpAddress& source) const {
    uint64_t wanted[2];
    std::memcpy(wanted, &source, sizeof wanted);
    return is_raw(wanted[0], wanted[1]);
  }
  bool is_nobody() const { return is_raw(0, 0); }
  // True when the peer is `source`, or becomes it now.
  bool is_or_becomes(const IpAddress& source) {
    Word wanted;
    std::memcpy(&wanted, &source, sizeof wanted);
    // Both halves change once and together, so that one which is not 0 is the peer's.
    const auto* const halves = reinterpret_cast<const uint64_t*>(&address);
    const uint64_t first = __atomic_load_n(&halves[0], __ATOMIC_RELAXED);
    const uint64_t second = __atomic_load_n(&halves[1], __ATOMIC_RELAXED);
    uint64_t source_halves[2];
    std::memcpy(source_halves, &source, sizeof source_halves);
    if (first == source_halves[0] && second == source_halves[1]) return true;
    if ((first != 0 && first != source_halves[0]) || (second != 0 && second != source_halves[1])) return false;
    const Word before = __sync_val_compare_and_swap(&address, Word{0}, wanted);
    return before == 0 || before == wanted;
  }

 private:
  bool is_raw(uint64_t first, uint64_t second) const {
    const auto* const halves = reinterpret_cast<const uint64_t*>(&address);
    return __atomic_load_n(&halves[0], __ATOMIC_RELAXED) == first &&
           __atomic_load_n(&halves[1], __ATOMIC_RELAXED) == second;
  }
};
static_assert(sizeof(LearnedPeer) == 32);

struct alignas(64) Session {
  Seid up_seid;
  TenantSlot tenant;
  uint8_t pdr_count;
  uint8_t far_count;
  uint8_t ue_prefix_count;
  uint8_t outer_ipv6_count;
  // The one worker that handles its packets, or kNoOwner while it goes from one to another. Read it by owned_by():
  // SessionTable::set_owner writes it in its place.
  WorkerIndex owner{};
  bool has_n9 = false;        // a PDR of source core has an F-TEID
  uint32_t rules_offset = 0;  // bytes from here to the compiled rules; 0: none, the PDRs are looked at one by one
  uint8_t learned_peer_count = 0;
  uint8_t framed_route_count = 0;
  LearnedPeer* learned_peers = nullptr;  // of the same life as the block
  const OpaqueRules* opaque = nullptr;   // the same; null: it carries IP
  SessionUsage* usage = nullptr;         // never null in a table; of the life of all versions of the session
  const SessionRates* rates = nullptr;   // of the same life as the block; null: it has none
  // PDRs, FARs, UE prefixes, outer IPv6 addresses, framed routes and compiled rules follow in the same block.
  WorkerIndex owned_by() const { return WorkerIndex(__atomic_load_n(&owner.value, __ATOMIC_RELAXED)); }
  const Pdr* pdrs() const { return reinterpret_cast<const Pdr*>(this + 1); }
  const Far* fars() const { return reinterpret_cast<const Far*>(pdrs() + pdr_count); }
  const UePrefix* ue_prefixes() const { return reinterpret_cast<const UePrefix*>(fars() + far_count); }
  const OuterIpv6* outer_ipv6() const { return reinterpret_cast<const OuterIpv6*>(ue_prefixes() + ue_prefix_count); }
  const FramedRoute* framed_routes() const {
    return reinterpret_cast<const FramedRoute*>(outer_ipv6() + outer_ipv6_count);
  }
  // Is the address in a framed route of the PDR?
  bool has_framed(const Pdr& p, const IpAddress& a) const {
    if (framed_route_count == 0) [[likely]]
      return false;
    const auto index = static_cast<size_t>(&p - pdrs());
    return std::any_of(framed_routes(), framed_routes() + framed_route_count, [&](const FramedRoute& route) {
      return route.is_of_pdr(index) && route.prefix.contains(a.ipv6());
    });
  }
  // Of a session that has them: what rule_classifier.h reads.
  const uint64_t* rules() const {
    return reinterpret_cast<const uint64_t*>(reinterpret_cast<const std::byte*>(this) + rules_offset);
  }
  // Null: none.
  const UePrefix* ue_prefix(const Pdr& p) const { return p.ue_ipv6 == 0 ? nullptr : ue_prefixes() + p.ue_ipv6 - 1; }
  // Only of a FAR that has them.
  const OuterIpv6& outer_ipv6(const Far& f) const { return outer_ipv6()[f.outer_ipv6 - 1]; }
};
static_assert(sizeof(Session) == 64);

// What a session is made of, for SessionTable::put. Rules per kind: 1..64.
struct SessionSpec {
  Seid up_seid;
  TenantSlot tenant;
  std::vector<Pdr> pdrs;
  std::vector<Far> fars;
  std::vector<UePrefix> ue_prefixes = {};  // what PDRs name by number
  std::vector<OuterIpv6> outer_ipv6 = {};  // what FARs name by number
  // Of compile_rules(), for these PDRs, which then stand in order of precedence; empty: they need none.
  std::vector<uint64_t> rules = {};
  std::vector<FramedRoute> framed_routes = {};  // each prefix once; the PDRs stand in order of precedence then, too
  std::vector<TunnelKey> learned_peers = {};    // tunnels whose peer is learned, each once
  // Of a session that the table does not have: who owned it before it was removed. Empty: the table chooses.
  std::optional<WorkerIndex> owner = {};
  // Of those that may own it, bit i: worker i; 0: all. Counts for a session that is new.
  uint64_t workers = 0;
  // Of a session that carries no IP, whose PDRs then stand in order of precedence.
  std::optional<OpaqueRules> opaque = {};
  // The same of what it used. Empty: it begins at 0.
  UsageRef usage = {};
  // Its AMBR and its QERs' rates; the PDRs then stand in order of precedence. Empty: none.
  std::optional<SessionRates> rates = {};
};

// Memory of a session with 2 PDRs and 2 FARs in a large table: 192 bytes for its block, 128 for its usage, 250 to 320
// for its places in the two hashes (sized for two keys a session in each) and the index.
class SessionTable {
 public:
  static constexpr size_t kRulesMax = 64;  // of a session, per kind

  // Different lengths of UE prefixes in one VRF: a packet to it costs as many lookups as there are, longest first. Of
  // framed routes as many of each family.
  static constexpr size_t kPrefixLengthsMax = 8;

  // `capacity`: sessions. Each may have up to 64 F-TEIDs, UE addresses, UE prefixes and framed routes; all together may
  // have 2 × capacity of each, but of framed routes capacity / 4, or 1,024.
  // `name`: 1..16 characters, its own in this process. The memory of the hashes is taken at once, from DPDK's heap; a
  // session's block when it is put, from the process's. Errors: `exhausted` memory; `invalid` name or capacity;
  // `conflict` for a name in use.
  // `workers`: 1..kWorkersMax, among which the sessions are divided.
  static Result<std::unique_ptr<SessionTable>> create(uint32_t capacity, Reclaimer& reclaimer, const char* name,
                                                      unsigned workers = 1);
  // No worker may still use it.
  ~SessionTable();

  // ---- agent ----

  // Some port brings G-PDUs to the worker that their TEID names: new sessions shall belong to that one where they can.
  void follow_teids(bool follow);
  // Sessions that the worker owns.
  uint32_t owned_by(WorkerIndex worker) const;

  // Adds the session, or replaces the one with its (tenant, UP SEID). The PDRs may be in any order. Errors, all without
  // any change: `exhausted` when full; `unavailable` when what was removed before still fills the table because a
  // worker has not passed a quiescent state since; `conflict` when another session has one of its (endpoint, TEID) or
  // (VRF, UE address, prefix or framed route) keys, which it names; `invalid` for a PDR without its key (TEID 0, no UE
  // address) or whose FAR or prefix is not there, for one of another type than the session (check_rules), and for no
  // rules or more than 64 of a kind; `exhausted`, too, for a ninth length of UE prefixes or framed routes in one VRF,
  // and for compiled rules of all sessions beyond rule_bytes_max (common/base/rule_bytes.h).
  Status put(const SessionSpec& spec);
  // Removing what is not there is `not_found`.
  Status remove(TenantSlot tenant, Seid up_seid);
  // The session as it is now, or null. For the undo of a transaction and for tests.
  const Session* find(TenantSlot tenant, Seid up_seid) const;
  // Whose prefix this is, itself and not one around it; or null.
  const Session* find_prefix(VrfSlot vrf, const UePrefix& prefix) const;
  const Session* find_framed(VrfSlot vrf, const UePrefix& prefix) const;
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
  // By destination: of sessions whose prefixes contain it, the one with the longest. keys[i] = downlink_key(...). Both
  // find whoever has the destination as its own; only where there is none, the session with the longest framed route.
  static WideKey downlink_key(VrfSlot v, const Ipv6Address& destination) { return {destination, v.value, 128}; }
  void lookup_downlink(const WideKey* keys, unsigned n, const Session** out) const;
  // Is there perhaps a session for packets to the address? True for all that have one; false for nearly all others
  // (ue_ranges.h), at a fraction of a lookup's cost.
  bool may_be_ue(VrfSlot vrf, Be32 destination) const;
  bool may_be_ue(VrfSlot vrf, const Ipv6Address& destination) const;
  // Another owner, or kNoOwner, from now on. Not from one worker to another at once: what the session keeps is written
  // by its owner alone, so a grace period must lie between (agent/session_moves.h). A session that is gone is ignored.
  void set_owner(TenantSlot tenant, Seid up_seid, WorkerIndex owner);
  // Of the workers in `allowed` (0: all) the one that would own it if it were new.
  WorkerIndex choose_owner(const Session& session, uint64_t allowed) const;
  unsigned workers() const;
  // Has any session a rate?
  bool has_rates() const;
  // Of the core VRF's Ethernet sessions; null: it has none. Any value is safe.
  EthernetNetwork* ethernet_network(VrfSlot vrf) const;

 private:
  SessionTable() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::dp
