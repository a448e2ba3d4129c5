#include "dataplane/stages/pdr_match.h"

#include <utility>

#include "dataplane/stages/opaque_match.h"
#include "dataplane/stages/packet.h"
#include "dataplane/stages/rule_flow.h"
#include "dataplane/tables/rule_classifier.h"

namespace demarc::dp {
namespace {

bool qfi_matches(const Pdr& pdr, uint8_t qfi) { return pdr.qfi_match == kQfiAny || pdr.qfi_match == qfi; }

// A PDR with a UE address of one family is for packets of that family (TS 29.244 clause 5.2.1A.2): a session of type
// IPv4v6 may have one of each, and they may share the F-TEID.
bool family_matches(const Pdr& pdr, const PacketMeta& meta) {
  const bool ipv4 = pdr.ue_ipv4.raw() != 0;
  return ipv4 != meta.ipv6 || ipv4 == (pdr.ue_ipv6 != 0);
}

// Through a tunnel: the TEID is not 0.
bool matches_tunnel(const Pdr& pdr, const PacketMeta& meta) {
  return pdr.teid == meta.teid && pdr.endpoint == meta.endpoint && pdr.vrf == meta.vrf && qfi_matches(pdr, meta.qfi) &&
         family_matches(pdr, meta);
}

bool matches_downlink(const Pdr& pdr, const PacketMeta& meta, Be32 destination) {
  return pdr.teid.value == 0 && (pdr.ue_ipv4 == destination || meta.session->has_framed(pdr, destination)) &&
         pdr.vrf == meta.vrf && qfi_matches(pdr, meta.qfi);
}

bool matches_downlink(const Pdr& pdr, const PacketMeta& meta, const Ipv6Address& destination) {
  const UePrefix* const prefix = meta.session->ue_prefix(pdr);
  const bool is_ues = prefix != nullptr && prefix->contains(destination);
  return pdr.teid.value == 0 && (is_ues || meta.session->has_framed(pdr, destination)) && pdr.vrf == meta.vrf &&
         qfi_matches(pdr, meta.qfi);
}

template <class Matches>
const Pdr* first_pdr(const Session& session, Matches matches) {
  const Pdr* const pdrs = session.pdrs();
  for (unsigned n = 0; n < session.pdr_count; ++n)
    if (matches(pdrs[n])) return &pdrs[n];
  return nullptr;
}

struct Found {
  const Pdr* pdr;
  uint8_t reason;  // when there is none
};

template <class Matches>
Found found(const Session& session, Matches matches) {
  return {first_pdr(session, matches), code(DropReason::pdr_no_match)};
}

// Among compiled rules. `matches` looks at the PDR's key again: it is the same for most, and not worth a field.
template <class Matches>
[[gnu::noinline]] Found found_by_rules(PacketMeta& meta, rte_mbuf* mbuf, Flow& flow, Matches matches) {
  const Session& session = *meta.session;
  const bool tunnel = meta.teid.value != 0;
  const uint8_t reason = read_flow(mbuf, tunnel ? meta.payload_offset : meta.l3_offset, meta.ipv6, tunnel, flow);
  if (reason != kNotDropped) return {nullptr, reason};
  flow.qfi = meta.qfi;
  const auto verify = [&](uint8_t pdr) { return matches(session.pdrs()[pdr]); };
  int index = first_rule(session.rules(), tunnel ? kRulesFromAccess : kRulesFromCore, meta.ipv6, flow, verify);
  if (index < 0 && tunnel && session.has_n9) {
    // The tunnel may be one from the core side, where it is the destination that is the UE.
    std::swap(flow.remote, flow.local);
    std::swap(flow.remote_port, flow.local_port);
    index = first_rule(session.rules(), kRulesFromN9, meta.ipv6, flow, verify);
  }
  return {index < 0 ? nullptr : session.pdrs() + index, code(DropReason::pdr_no_match)};
}

Found find_pdr(PacketMeta& meta, rte_mbuf* mbuf) {
  const Session& session = *meta.session;
  if (session.opaque != nullptr) [[unlikely]] {
    uint8_t reason = kNotDropped;
    const Pdr* const pdr = find_opaque_pdr(meta, mbuf, reason);
    return {pdr, reason};
  }
  const bool compiled = session.rules_offset != 0;
  if (meta.teid.value != 0) {
    // Of nothing at all there is no version, and gtpu_decap says so.
    const uint8_t version =
        readable_bytes(mbuf, meta.payload_offset) == 0 ? 0 : *bytes_at(mbuf, meta.payload_offset) >> 4;
    meta.ipv6 = version == 6;
    const auto matches = [&meta](const Pdr& pdr) { return matches_tunnel(pdr, meta); };
    if (!compiled) [[likely]]
      return found(session, matches);
    Flow flow{.key = SessionTable::uplink_key(meta.endpoint, meta.teid)};
    return found_by_rules(meta, mbuf, flow, matches);
  }
  if (meta.ipv6) {
    const Ipv6Address destination = ipv6_destination(mbuf, meta);
    const auto matches = [&](const Pdr& pdr) { return matches_downlink(pdr, meta, destination); };
    if (!compiled) [[likely]]
      return found(session, matches);
    Flow flow;
    return found_by_rules(meta, mbuf, flow, matches);
  }
  const Be32 destination = ipv4_destination(mbuf, meta);
  const auto matches = [&](const Pdr& pdr) { return matches_downlink(pdr, meta, destination); };
  if (!compiled) [[likely]]
    return found(session, matches);
  Flow flow{.key = destination.host()};
  return found_by_rules(meta, mbuf, flow, matches);
}

// TS 38.415 clause 5.5.2: from the access side comes UL PDU SESSION INFORMATION, through N9 from the core side DL.
bool psc_fits(const PacketMeta& meta, const Pdr& pdr) {
  return meta.qfi == kQfiNone || pdr.source_core == (meta.psc_marks != 0);
}

void mark_qfi(PacketMeta& meta, const Pdr& pdr, const Far& far) {
  const bool kept = pdr.qfi_mark == kQfiNone && meta.teid.value != 0 && far.outer_header_creation;
  if (kept) return;
  meta.qfi = pdr.qfi_mark;
  meta.psc_marks = pdr.psc_marks;
}

}  // namespace

void pdr_match(StageContext&, Burst& burst, Lane& lane) {
  keep_if(lane, [&burst](uint8_t i) {
    PacketMeta& meta = burst.meta[i];
    __builtin_prefetch(meta.session->usage, 1);  // for the end of its way
    const auto [pdr, reason] = find_pdr(meta, burst.mbuf[i]);
    if (pdr == nullptr) {
      drop(burst, i, static_cast<DropReason>(reason));
      return false;
    }
    meta.set_pdr(*pdr);
    if (meta.teid.value != 0 && !psc_fits(meta, *pdr)) {
      drop(burst, i, DropReason::gtpu_psc_malformed);
      return false;
    }
    if (pdr->gate_closed) {
      drop(burst, i, DropReason::qer_gate_closed);
      return false;
    }
    const Far& far = meta.session->fars()[pdr->far_index];
    meta.set_far(far);
    if (!far.forward) {
      drop(burst, i, DropReason::far_drop);
      return false;
    }
    mark_qfi(meta, *pdr, far);
    meta.vrf = far.vrf;
    return true;
  });
}

}  // namespace demarc::dp
