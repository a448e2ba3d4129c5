#include "dataplane/agent/session_compile.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "dataplane/agent/decode_opaque.h"

namespace demarc::dp {
namespace {

using channel::EntryKey;
using schema::EntryKind;

// "PDR 3: " or "FAR 4: "
std::string rule_prefix(const char* rule, uint32_t rule_id) { return fmt::format("{} {}: ", rule, rule_id); }

tl::unexpected<Complaint> invalid(const EntryKey& key, const EntryKey& because_of, std::string sentence) {
  return tl::unexpected(Complaint{{ErrorCode::invalid, describe(key) + ": " + std::move(sentence)}, because_of});
}

struct Rule {
  const char* kind;  // "PDR" or "FAR"
  uint32_t id;
  VrfId vrf;
  bool core;                // what its interface asks of the VRF; tunnels end in access VRFs, those of N9 too
  GtpuEndpointId endpoint;  // 0: none
};

Check check_rule(const EntryKey& key, const Rule& rule, const TopologyModel& model) {
  const EntryKey vrf_key{key.tenant, EntryKind::vrf, rule.vrf.value};
  const VrfValue* vrf = model.vrf(key.tenant, rule.vrf);
  if (vrf == nullptr) return TopologyModel::missing(key, rule_prefix(rule.kind, rule.id).c_str(), vrf_key);
  if (vrf->core && rule.endpoint.value != 0)
    return invalid(key, vrf_key,
                   fmt::format("{} {}: it has a tunnel, which ends in an access VRF, but vrf {} ({}) is a core VRF",
                               rule.kind, rule.id, rule.vrf.value, vrf->name));
  if (vrf->core != rule.core)
    return invalid(
        key, vrf_key,
        fmt::format("{} {}: its interface is {}, but vrf {} ({}) is a{} VRF", rule.kind, rule.id,
                    rule.core ? "core" : "access", rule.vrf.value, vrf->name, vrf->core ? " core" : "n access"));
  if (rule.endpoint.value == 0) return {};
  const EntryKey endpoint_key{key.tenant, EntryKind::gtpu_endpoint, rule.endpoint.value};
  const GtpuEndpointValue* endpoint = model.endpoint(key.tenant, rule.endpoint);
  if (endpoint == nullptr) return TopologyModel::missing(key, rule_prefix(rule.kind, rule.id).c_str(), endpoint_key);
  if (endpoint->vrf != rule.vrf)
    return invalid(key, endpoint_key,
                   fmt::format("{} {}: its vrf is {}, but gtpu_endpoint {} is in vrf {}", rule.kind, rule.id,
                               rule.vrf.value, rule.endpoint.value, endpoint->vrf.value));
  return {};
}

// A tunnel has one family: our end has an address of the peer's.
Check check_peer(const EntryKey& key, const FarValue& far, const TopologyModel& model) {
  if (!far.outer_header_creation) return {};
  const GtpuEndpointValue& endpoint = *model.endpoint(key.tenant, far.endpoint);
  const bool ipv6 = far.has_ipv6_peer();
  if (ipv6 ? endpoint.has_ipv6() : endpoint.has_ipv4()) return {};
  return invalid(
      key, {key.tenant, EntryKind::gtpu_endpoint, far.endpoint.value},
      fmt::format("FAR {}: its peer is {}, but gtpu_endpoint {} has no {} address", far.far_id,
                  ipv6 ? to_string(far.peer_ipv6) : to_string(far.peer), far.endpoint.value, ipv6 ? "IPv6" : "IPv4"));
}

// The number of the prefix in the session, counted from 1: rules that have the same share it.
uint8_t number_of(const Ipv6Prefix& prefix, std::vector<UePrefix>& prefixes) {
  if (prefix.length == 0) return 0;
  const UePrefix wanted = ue_prefix(prefix);
  auto at = std::ranges::find(prefixes, wanted);
  if (at == prefixes.end()) at = prefixes.insert(at, wanted);
  return static_cast<uint8_t>(at - prefixes.begin() + 1);
}

// As the session's block has it: an IPv4 prefix as the part of ::ffff:0:0/96 that it is.
UePrefix framed_prefix(const AddressMatch& route) {
  constexpr uint8_t kMappedBits = 96;
  if (route.kind == AddressMatch::Kind::ipv4)
    return ue_prefix({ip_of(Ipv4Address{static_cast<uint32_t>(route.first)}).ipv6(),
                      static_cast<uint8_t>(kMappedBits + route.length)});
  Ipv6Address address;
  for (size_t i = 0; i < address.bytes.size(); ++i)
    address.bytes[i] = static_cast<uint8_t>(route.first >> 8 * (address.bytes.size() - 1 - i));
  return ue_prefix({address, route.length});
}

// Of the PDR with this index; PDRs that have the same route share it.
void add_framed(const std::vector<AddressMatch>& routes, size_t pdr, std::vector<FramedRoute>& out) {
  for (const AddressMatch& route : routes) {
    const UePrefix wanted = framed_prefix(route);
    auto at = std::ranges::find(out, wanted, &FramedRoute::prefix);
    if (at == out.end()) at = out.insert(at, FramedRoute{wanted});
    at->add_pdr(pdr);
  }
}

// Several PDRs may share a tunnel.
void add_learned(const Pdr& pdr, std::vector<TunnelKey>& tunnels) {
  const auto same = [&](const TunnelKey& t) { return t.endpoint == pdr.endpoint && t.teid == pdr.teid; };
  if (std::ranges::none_of(tunnels, same)) tunnels.push_back({pdr.endpoint, pdr.teid});
}

uint8_t psc_marks(const QerValue& qer) {
  const unsigned rqi = qer.rqi ? kMarkRqi : 0u;
  const unsigned ppi = qer.paging_policy <= kMarkPpiMask ? unsigned{kMarkPpp} | qer.paging_policy : 0u;
  return static_cast<uint8_t>(rqi | ppi);
}

// QERs apply to the direction that the PDR's source interface says: access is uplink (TS 29.244 8.2.7). One closed gate
// closes; a packet can carry one QFI, of two QERs that mark one it is the first in the session.
void fold_qers(const SessionValue& session, const PdrValue& from, Pdr& pdr) {
  for (size_t i = 0; i < session.qers.size(); ++i) {
    if ((from.qers >> i & 1) == 0) continue;
    const QerValue& qer = session.qers[i];
    if (from.source_core ? qer.dl_closed : qer.ul_closed) pdr.gate_closed = true;
    if (pdr.qfi_mark != kQfiNone || qer.qfi == kQfiNone) continue;
    pdr.qfi_mark = qer.qfi;
    pdr.psc_marks = psc_marks(qer);
  }
}

// Lowest precedence value first, TS 29.244 8.2.11; between equal ones the PDR ID decides, so that the order is one.
std::vector<const PdrValue*> by_precedence(const std::vector<PdrValue>& pdrs) {
  std::vector<const PdrValue*> out;
  out.reserve(pdrs.size());
  for (const PdrValue& pdr : pdrs) out.push_back(&pdr);
  std::ranges::sort(out, [](const PdrValue* a, const PdrValue* b) {
    return a->precedence != b->precedence ? a->precedence < b->precedence : a->pdr_id < b->pdr_id;
  });
  return out;
}

Pdr compile_pdr(const EntryKey& key, const SessionValue& session, const PdrValue& from, const Slots& slots,
                std::vector<UePrefix>& prefixes) {
  Pdr pdr{};
  pdr.precedence = from.precedence;
  pdr.pdr_id = from.pdr_id;
  pdr.far_index = from.far_index;
  pdr.source_core = from.source_core;
  pdr.vrf = slots.vrf(key.tenant, from.vrf);
  if (from.endpoint.value != 0) pdr.endpoint = slots.endpoint(key.tenant, from.endpoint);
  pdr.teid = from.teid;
  pdr.ue_ipv4 = Be32::from_host(from.ue.value);
  pdr.ue_ipv6 = number_of(from.ue_ipv6, prefixes);
  pdr.qfi_match = from.qfi;
  pdr.qfi_mark = kQfiNone;
  pdr.gate_closed = false;
  fold_qers(session, from, pdr);
  return pdr;
}

// Of PDRs in order of precedence. Of the QERs only those with a rate.
std::optional<SessionRates> compile_rates(const SessionValue& session, const std::vector<const PdrValue*>& pdrs) {
  SessionRates out{session.ambr, {}, {}};
  std::vector<uint16_t> bit_of(session.qers.size());
  for (size_t i = 0; i < session.qers.size(); ++i) {
    const QerValue& qer = session.qers[i];
    if (!qer.has_rate()) continue;
    bit_of[i] = static_cast<uint16_t>(1u << out.qers.size());
    out.qers.push_back({qer.qer_id, qer.mbr, qer.gbr});
  }
  if (out.qers.empty() && !has_any(session.ambr)) return std::nullopt;
  for (const PdrValue* pdr : pdrs) {
    uint16_t& of_pdr = out.of_pdrs.emplace_back();
    for (size_t i = 0; i < bit_of.size(); ++i)
      if ((pdr->qers >> i & 1) != 0) of_pdr |= bit_of[i];
  }
  return out;
}

// Of PDRs in order of precedence.
OpaqueRules compile_opaque(const EntryKey& key, const SessionValue& session, const std::vector<const PdrValue*>& pdrs,
                           const Slots& slots) {
  OpaqueRules out;
  out.ethernet = session.pdn_type == schema::PdnType::ethernet;
  if (const VrfId vrf = ethernet_vrf(session); out.ethernet && vrf.value != 0) out.vrf = slots.vrf(key.tenant, vrf);
  for (const PdrValue* pdr : pdrs) {
    out.rules.push_back({pdr->detail.qfis, static_cast<uint16_t>(out.filters.size()),
                         static_cast<uint16_t>(pdr->ethernet_filters.size())});
    out.filters.insert(out.filters.end(), pdr->ethernet_filters.begin(), pdr->ethernet_filters.end());
  }
  return out;
}

}  // namespace

Check check_session(const EntryKey& key, const SessionValue& session, const TopologyModel& model) {
  const TopologyModel::Tenant* tenant = model.tenant(key.tenant);
  if (tenant == nullptr || !tenant->value)
    return TopologyModel::missing(key, "", {key.tenant, EntryKind::tenant, key.tenant.value});
  for (const PdrValue& pdr : session.pdrs) {
    const Rule rule{"PDR", pdr.pdr_id, pdr.vrf, pdr.endpoint.value == 0, pdr.endpoint};
    if (auto ok = check_rule(key, rule, model); !ok) return ok;
  }
  for (const FarValue& far : session.fars) {
    if (far.vrf.value == 0) {
      // It drops; but it may not name an endpoint in no VRF.
      if (far.endpoint.value != 0) return invalid(key, {}, fmt::format("FAR {}: it names no vrf (0)", far.far_id));
      continue;
    }
    const Rule rule{"FAR", far.far_id, far.vrf, !far.to_access && !far.outer_header_creation, far.endpoint};
    if (auto ok = check_rule(key, rule, model); !ok) return ok;
    if (auto ok = check_peer(key, far, model); !ok) return ok;
  }
  return {};
}

SessionSpec compile_session(const EntryKey& key, const SessionValue& session, const TopologyModel& model,
                            const Slots& slots) {
  SessionSpec spec;
  spec.up_seid = Seid(key.id);
  spec.tenant = slots.tenant(key.tenant);
  spec.pdrs.reserve(session.pdrs.size());
  spec.fars.reserve(session.fars.size());
  std::vector<PdrDetail> details;
  details.reserve(session.pdrs.size());
  const std::vector<const PdrValue*> ordered = by_precedence(session.pdrs);
  for (const PdrValue* from : ordered) {
    spec.pdrs.push_back(compile_pdr(key, session, *from, slots, spec.ue_prefixes));
    details.push_back(from->detail);
    add_framed(from->detail.framed, spec.pdrs.size() - 1, spec.framed_routes);
    if (from->endpoint.value != 0 &&
        model.endpoint(key.tenant, from->endpoint)->peer_policy == schema::PeerPolicy::learn)
      add_learned(spec.pdrs.back(), spec.learned_peers);
  }
  if (session.pdn_type == schema::PdnType::ip) {
    spec.rules = compile_rules(spec.pdrs, details);
  } else {
    spec.opaque = compile_opaque(key, session, ordered, slots);
  }
  spec.rates = compile_rates(session, ordered);
  for (const FarValue& from : session.fars) {
    Far& far = spec.fars.emplace_back();
    far.far_id = from.far_id;
    far.forward = from.forward;
    far.to_core = !from.to_access;
    far.outer_header_creation = from.outer_header_creation;
    far.vrf = from.vrf.value == 0 ? VrfSlot(UINT32_MAX) : slots.vrf(key.tenant, from.vrf);
    far.teid = from.teid;
    far.tos = from.tos;
    far.tos_mask = from.tos_mask;
    far.copy_dscp = from.copy_dscp;
    if (!from.outer_header_creation) continue;
    const GtpuEndpointValue& endpoint = *model.endpoint(key.tenant, from.endpoint);
    far.outer_dont_fragment = endpoint.outer_dont_fragment;
    far.endpoint = slots.endpoint(key.tenant, from.endpoint);
    far.guards_tunnels = endpoint.peer_policy == schema::PeerPolicy::strict;
    if (from.has_ipv6_peer()) {
      spec.outer_ipv6.push_back({from.peer_ipv6, endpoint.ipv6});
      far.outer_ipv6 = static_cast<uint8_t>(spec.outer_ipv6.size());
    } else {
      far.peer_ipv4 = Be32::from_host(from.peer.value);
      far.local_ipv4 = Be32::from_host(endpoint.ipv4.value);
    }
  }
  return spec;
}

}  // namespace demarc::dp
