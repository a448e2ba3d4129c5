#include "controlplane/model/validate_session.h"

#include <algorithm>
#include <set>

#include "common/channel/channel_limits.h"
#include "controlplane/model/checks.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/session_keys.h"
#include "controlplane/model/validate_framed.h"
#include "controlplane/model/validate_opaque.h"
#include "controlplane/model/validate_rates.h"
#include "controlplane/model/validate_rules.h"

namespace demarc::cp {
namespace {

// Different lengths that the IPv6 prefixes of a VRF's UEs may have: dataplane/tables/prefix_lengths.h.
constexpr size_t kUePrefixLengthsMax = 8;

using channel::kSessionQersMax;
using channel::kSessionRulesMax;

Status check_counts(const Session& s) {
  auto check = [](size_t n, size_t least, size_t most, const char* kind) -> Status {
    if (n >= least && n <= most) return {};
    return failf(ErrorCode::invalid, "the session has {} {}; it must have {} to {}", n, kind, least, most);
  };
  if (Status c = check(s.pdrs.size(), 1, kSessionRulesMax, "PDRs"); !c) return c;
  if (Status c = check(s.fars.size(), 1, kSessionRulesMax, "FARs"); !c) return c;
  return check(s.qers.size(), 0, kSessionQersMax, "QERs");
}

// Each id once.
template <class Rules, class IdOf>
Status check_unique(const Rules& rules, const char* kind, IdOf id_of) {
  for (size_t i = 0; i < rules.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (id_of(rules[i]) == id_of(rules[j]))
        return failf(ErrorCode::invalid, "{} id {} is there twice; each {} of a session has an id of its own", kind,
                     id_of(rules[i]), kind);
  return {};
}

Status check_ids(const Session& s) {
  if (Status c = check_unique(s.pdrs, "PDR", [](const Pdr& r) { return r.pdr_id; }); !c) return c;
  if (Status c = check_unique(s.fars, "FAR", [](const Far& r) { return r.far_id; }); !c) return c;
  return check_unique(s.qers, "QER", [](const Qer& r) { return r.qer_id; });
}

// The UE addresses and prefixes of all sessions of a VRF are apart: one that is inside of another would make it a
// question of the table which of the two a packet belongs to. A session may name each of its own more than once.
Status check_ues(const Model& model, const SessionKeys& keys, const SessionKey& own) {
  for (size_t i = 1; i < keys.ues.size(); ++i) {
    const auto& [vrf, ue] = keys.ues[i];
    const auto& [vrf_before, before] = keys.ues[i - 1];
    if (vrf == vrf_before && before.overlaps(ue))
      return failf(ErrorCode::invalid, "UE {} overlaps UE {} of the same session; they must be equal or apart",
                   to_short_string(ue), to_short_string(before));
  }
  for (const auto& [vrf, ue] : keys.ues) {
    const auto* other = find_overlapping(model.index.sessions_by_ue, vrf, ue);
    // Another's may stand behind one of our own that this is not: look at each that overlaps.
    for (auto it = other == nullptr ? model.index.sessions_by_ue.end() : model.index.sessions_by_ue.find(other->first);
         it != model.index.sessions_by_ue.end() && it->first.first == vrf && it->first.second.overlaps(ue); ++it)
      if (it->second != own)
        return failf(ErrorCode::conflict, "UE {} {} in VRF {} belongs to session {:#x}; choose another",
                     it->first.second.is_address() ? "address" : "prefix", to_short_string(it->first.second),
                     vrf_name(model, vrf), it->second.second.value);
  }
  return {};
}

// A packet to a UE is looked up once for each length there is. One that the session to be replaced has alone still
// counts: the data plane takes the new prefixes in before it lets go of the old ones.
Status check_ue_lengths(const Model& model, const SessionKeys& keys) {
  for (const auto& [vrf, ue] : keys.ues) {
    if (ue.is_ipv4()) continue;
    std::set<uint8_t> lengths{ue.length()};
    const auto& of = model.index.ue_lengths;
    for (auto it = of.lower_bound({vrf, uint8_t{0}}); it != of.end() && it->first.first == vrf; ++it)
      lengths.insert(it->first.second);
    for (const auto& [other_vrf, other] : keys.ues)
      if (other_vrf == vrf && !other.is_ipv4()) lengths.insert(other.length());
    if (lengths.size() > kUePrefixLengthsMax)
      return failf(ErrorCode::exhausted,
                   "UE prefix {}: VRF {} has UE prefixes of {} different lengths already; one of these would be right",
                   to_short_string(ue), vrf_name(model, vrf), kUePrefixLengthsMax);
  }
  return {};
}

// What no two sessions may have.
Status check_keys(const Model& model, const Session& s) {
  const SessionKey own{s.tenant, s.up_seid};
  const SessionKeys keys = session_keys(s);
  for (const auto& [endpoint, teid] : keys.f_teids) {
    auto it = model.index.sessions_by_f_teid.find({endpoint, teid});
    if (it != model.index.sessions_by_f_teid.end() && it->second != own)
      return failf(ErrorCode::conflict, "TEID {:#x} at GTP-U endpoint {} belongs to session {:#x}; choose another TEID",
                   teid.value, endpoint_name(model, endpoint), it->second.second.value);
  }
  if (Status c = check_ues(model, keys, own); !c) return c;
  if (Status c = check_ue_lengths(model, keys); !c) return c;
  return check_framed_keys(model, s, keys);
}

// A tunnel has one other end: what comes through it is from the access side or, by N9, from the core side.
Status check_tunnels(const Session& s) {
  for (const Pdr& n9 : s.pdrs) {
    if (n9.source_interface != Interface::core || !n9.local_f_teid) continue;
    for (const Pdr& other : s.pdrs)
      if (other.source_interface == Interface::access && other.local_f_teid == n9.local_f_teid)
        return failf(ErrorCode::invalid,
                     "PDR {}: TEID {:#x} is of source interface access in PDR {}, of core here; each needs a TEID of "
                     "its own",
                     n9.pdr_id, n9.local_f_teid->teid.value, other.pdr_id);
  }
  return {};
}

}  // namespace

Status validate_session(const Model& model, const Session& s) {
  if (Status c = check_counts(s); !c) return c;
  if (Status c = check_ids(s); !c) return c;
  if (Status c = check_rates(s.ambr, "AMBR"); !c) return c;
  for (const Qer& qer : s.qers)
    if (Status c = validate_qer(qer); !c) return c;
  for (const Far& far : s.fars)
    if (Status c = validate_far(model, s, far); !c) return c;
  for (const Pdr& pdr : s.pdrs)
    if (Status c = validate_pdr(model, s, pdr); !c) return c;
  if (Status c = check_tunnels(s); !c) return c;
  if (Status c = check_session_type(model, s); !c) return c;
  return check_keys(model, s);
}

}  // namespace demarc::cp
