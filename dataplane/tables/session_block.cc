#include "dataplane/tables/session_block.h"

#include <rte_cycles.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

#include "dataplane/tables/rule_classifier.h"

namespace demarc::dp {
namespace {

constexpr std::align_val_t kBlockAlignment{alignof(Session)};
static_assert(std::is_trivially_copyable_v<Pdr> && std::is_trivially_copyable_v<Far>);
static_assert(std::is_trivially_destructible_v<Session>);
static_assert(std::is_trivially_copyable_v<UePrefix> && std::is_trivially_copyable_v<OuterIpv6> &&
              std::is_trivially_copyable_v<FramedRoute>);
static_assert(sizeof(Session) % alignof(Pdr) == 0 && sizeof(Pdr) % alignof(Far) == 0 && alignof(UePrefix) == 1 &&
                  alignof(OuterIpv6) == 1 && alignof(FramedRoute) <= alignof(Pdr) &&
                  sizeof(OuterIpv6) % alignof(FramedRoute) == 0,
              "they follow without a gap");

Status check_count(size_t count, const char* kind) {
  if (count >= 1 && count <= SessionTable::kRulesMax) return {};
  return fail(ErrorCode::invalid, "a session with " + std::to_string(count) + " " + kind +
                                      "s; it must have from 1 to " + std::to_string(SessionTable::kRulesMax));
}

// Whether its bits are those of a prefix, with no host bits behind them.
bool is_prefix(const UePrefix& p) { return p == ue_prefix({p.network, p.length()}) && p.length() != 0; }

// No more than a session can have, each a prefix and once, of PDRs that there are.
Status check_framed(const SessionSpec& spec) {
  const auto& routes = spec.framed_routes;
  if (routes.size() > SessionTable::kRulesMax)
    return fail(ErrorCode::invalid, "a session with " + std::to_string(routes.size()) + " framed routes; it can have " +
                                        std::to_string(SessionTable::kRulesMax));
  for (auto route = routes.begin(); route != routes.end(); ++route) {
    const uint64_t named = uint64_t{route->pdrs[1]} << 32 | route->pdrs[0];
    const uint64_t known = ~uint64_t{0} >> (64 - spec.pdrs.size());
    const bool twice = std::any_of(routes.begin(), route, [&](const auto& r) { return r.prefix == route->prefix; });
    if (!is_prefix(route->prefix) || twice || named == 0 || (named & ~known) != 0)
      return fail(ErrorCode::invalid, "framed route " + to_string(route->prefix.network) + "/" +
                                          std::to_string(route->prefix.length()) +
                                          " is not a prefix of 1 to 128 bits, is there twice, or is of no PDR");
  }
  return {};
}

// Of a session that carries no IP: there is nothing in its packets by which the core side could find it but, of
// Ethernet, the MAC addresses of the VRF's network; and nothing that a router could do with them.
Status check_opaque(const SessionSpec& spec, const OpaqueRules& opaque) {
  const bool in_network = opaque.vrf != OpaqueRules::kNoNetwork;
  if (opaque.rules.size() != spec.pdrs.size() || !spec.rules.empty() || !spec.framed_routes.empty() ||
      (in_network && !opaque.ethernet) || opaque.filters.size() > OpaqueRules::kFiltersMax ||
      (!opaque.ethernet && !opaque.filters.empty()))
    return fail(ErrorCode::invalid, "the rules of a session that carries no IP do not fit its PDRs or its type");
  for (const OpaqueRule& rule : opaque.rules)
    if (size_t{rule.first_filter} + rule.filters > opaque.filters.size())
      return fail(ErrorCode::invalid, "a PDR names Ethernet filters that the session has not");
  for (const Pdr& p : spec.pdrs) {
    const Far& far = spec.fars[p.far_index];
    const bool from_network = p.teid == Teid{0};
    const bool to_network = far.forward && !far.outer_header_creation;
    const bool fits = from_network ? in_network && p.source_core && p.vrf == opaque.vrf && !to_network
                                   : !to_network || (in_network && !p.source_core && far.vrf == opaque.vrf);
    if (!fits || p.ue_ipv4 != Be32{} || p.ue_ipv6 != 0)
      return fail(ErrorCode::invalid, "PDR " + std::to_string(p.pdr_id) +
                                          " is not one that a session which carries no IP may have: it has a UE "
                                          "address, or a core side other than the session's Ethernet network");
  }
  return {};
}

// No more of them than rules can name, each a prefix, and each FAR's there.
Status check_ipv6(const SessionSpec& spec) {
  if (spec.ue_prefixes.size() > SessionTable::kRulesMax || spec.outer_ipv6.size() > SessionTable::kRulesMax)
    return fail(ErrorCode::invalid, "a session with " + std::to_string(spec.ue_prefixes.size()) + " UE prefixes and " +
                                        std::to_string(spec.outer_ipv6.size()) + " IPv6 peers; it can have " +
                                        std::to_string(SessionTable::kRulesMax) + " of each");
  for (const UePrefix& prefix : spec.ue_prefixes) {
    if (!is_prefix(prefix))
      return fail(ErrorCode::invalid, "UE prefix " + to_string(prefix.network) + "/" + std::to_string(prefix.length()) +
                                          " is not a prefix of 1 to 128 bits");
  }
  if (spec.learned_peers.size() > SessionTable::kRulesMax)
    return fail(ErrorCode::invalid, "a session with " + std::to_string(spec.learned_peers.size()) +
                                        " tunnels whose peer is learned; it can have " +
                                        std::to_string(SessionTable::kRulesMax));
  for (const Far& f : spec.fars) {
    if (f.outer_ipv6 > spec.outer_ipv6.size())
      return fail(ErrorCode::invalid, "FAR " + std::to_string(f.far_id) + " names IPv6 peer " +
                                          std::to_string(f.outer_ipv6) + "; the session has " +
                                          std::to_string(spec.outer_ipv6.size()));
  }
  return {};
}

}  // namespace

UePrefix ue_prefix(const Ipv6Prefix& prefix) {
  Ipv6Address ones;
  ones.bytes.fill(0xff);
  return {ipv6_network(prefix.address, prefix.length), ipv6_network(ones, prefix.length)};
}

void FreeSession::operator()(const Session* s) const {
  delete[] s->learned_peers;
  delete s->opaque;
  delete s->rates;
  UsageRef::release(s->usage);
  ::operator delete(const_cast<void*>(static_cast<const void*>(s)), kBlockAlignment);
}

namespace {

Status check_session_rates(const SessionSpec& spec) {
  if (!spec.rates) return {};
  const SessionRates& rates = *spec.rates;
  const size_t qers = rates.qers.size();
  if (qers > kMeteredQersMax)
    return fail(ErrorCode::invalid, "the session has " + std::to_string(qers) + " QERs with rates; it can have " +
                                        std::to_string(kMeteredQersMax));
  const auto names_none = [qers](uint16_t of_pdr) { return of_pdr >> qers != 0; };
  if (rates.of_pdrs.size() != spec.pdrs.size() || std::ranges::any_of(rates.of_pdrs, names_none))
    return fail(ErrorCode::invalid, "the session's rates are not those of its PDRs");
  return {};
}

}  // namespace

Status check_rules(const SessionSpec& spec) {
  if (Status s = check_count(spec.pdrs.size(), "PDR"); !s) return s;
  if (Status s = check_count(spec.fars.size(), "FAR"); !s) return s;
  for (const Pdr& p : spec.pdrs) {
    const std::string name = "PDR " + std::to_string(p.pdr_id);
    if (p.far_index >= spec.fars.size())
      return fail(ErrorCode::invalid, name + " names the FAR at index " + std::to_string(p.far_index) +
                                          "; the session has " + std::to_string(spec.fars.size()));
    if (p.ue_ipv6 > spec.ue_prefixes.size())
      return fail(ErrorCode::invalid, name + " names UE prefix " + std::to_string(p.ue_ipv6) + "; the session has " +
                                          std::to_string(spec.ue_prefixes.size()));
    if (p.source_core && p.teid == Teid{0} && p.ue_ipv4 == Be32{} && p.ue_ipv6 == 0 && !spec.opaque)
      return fail(ErrorCode::invalid,
                  name + " has source interface Core and neither UE IP address nor F-TEID to be found by");
    if (!p.source_core && p.teid == Teid{0})
      return fail(ErrorCode::invalid, name + " has source interface Access and no F-TEID to be found by");
  }
  const bool ordered = std::ranges::is_sorted(spec.pdrs, {}, &Pdr::precedence);
  if (!ordered && !(spec.rules.empty() && spec.framed_routes.empty() && !spec.opaque && !spec.rates))
    return fail(ErrorCode::invalid,
                "the session has compiled rules, framed routes or rates, but its PDRs are not in order of precedence");
  if (Status s = check_session_rates(spec); !s) return s;
  if (Status s = check_framed(spec); !s) return s;
  if (spec.opaque)
    if (Status s = check_opaque(spec, *spec.opaque); !s) return s;
  return check_ipv6(spec);
}

namespace {

size_t whole_lines(size_t bytes) { return (bytes + alignof(Session) - 1) / alignof(Session) * alignof(Session); }

// Without compiled rules, which begin on a line of their own.
size_t plain_bytes(size_t pdrs, size_t fars, size_t ue_prefixes, size_t outer_ipv6, size_t framed_routes) {
  return whole_lines(sizeof(Session) + pdrs * sizeof(Pdr) + fars * sizeof(Far) + ue_prefixes * sizeof(UePrefix) +
                     outer_ipv6 * sizeof(OuterIpv6) + framed_routes * sizeof(FramedRoute));
}

}  // namespace

size_t session_block_bytes(const Session& s) {
  const size_t plain =
      plain_bytes(s.pdr_count, s.far_count, s.ue_prefix_count, s.outer_ipv6_count, s.framed_route_count) +
      s.learned_peer_count * sizeof(LearnedPeer);
  return s.rules_offset == 0 ? plain : plain + whole_lines(compiled_rules(s).size_bytes());
}

std::span<const uint64_t> compiled_rules(const Session& s) {
  if (s.rules_offset == 0) return {};
  return {s.rules(), reinterpret_cast<const RuleHead*>(s.rules())->words};
}

namespace {

// Null: no memory, or none wanted.
std::unique_ptr<LearnedPeer[]> make_learned_peers(std::span<const TunnelKey> tunnels) {
  if (tunnels.empty()) return nullptr;
  std::unique_ptr<LearnedPeer[]> peers(new (std::nothrow) LearnedPeer[tunnels.size()]);
  if (peers == nullptr) return nullptr;
  for (size_t i = 0; i < tunnels.size(); ++i) {
    peers[i].endpoint = tunnels[i].endpoint;
    peers[i].teid = tunnels[i].teid;
  }
  return peers;
}

}  // namespace

namespace {

// Null: no memory, or none wanted.
std::unique_ptr<OpaqueRules> make_opaque(const SessionSpec& spec, const EthernetNetworks::Place& place) {
  if (!spec.opaque) return nullptr;
  auto made = std::make_unique<OpaqueRules>(*spec.opaque);
  made->network = place.network;
  made->place = place.place;
  return made;
}

}  // namespace

namespace {

// Null: no memory, or none wanted.
std::unique_ptr<SessionRates> make_rates(const SessionSpec& spec, SessionUsage& usage) {
  if (!spec.rates) return nullptr;
  SessionMeters* const meters = usage.meters();
  if (meters == nullptr) return nullptr;
  auto made = std::make_unique<SessionRates>(*spec.rates);
  place_meters(*made, *meters);
  if (made->changed_tsc == 0) made->changed_tsc = rte_rdtsc();
  return made;
}

}  // namespace

SessionBlock make_session_block(const SessionSpec& spec, WorkerIndex owner, UsageRef usage,
                                const EthernetNetworks::Place& place) {
  const size_t plain = plain_bytes(spec.pdrs.size(), spec.fars.size(), spec.ue_prefixes.size(), spec.outer_ipv6.size(),
                                   spec.framed_routes.size());
  const size_t bytes = plain + whole_lines(spec.rules.size() * sizeof(uint64_t));
  std::unique_ptr<LearnedPeer[]> learned = make_learned_peers(spec.learned_peers);
  if (learned == nullptr && !spec.learned_peers.empty()) return nullptr;
  std::unique_ptr<OpaqueRules> opaque = make_opaque(spec, place);
  std::unique_ptr<SessionRates> rates = make_rates(spec, *usage.get());
  if (rates == nullptr && spec.rates) return nullptr;
  void* memory = ::operator new(bytes, kBlockAlignment, std::nothrow);
  if (memory == nullptr) return nullptr;
  auto* session = new (memory) Session{.up_seid = spec.up_seid,
                                       .tenant = spec.tenant,
                                       .pdr_count = static_cast<uint8_t>(spec.pdrs.size()),
                                       .far_count = static_cast<uint8_t>(spec.fars.size()),
                                       .ue_prefix_count = static_cast<uint8_t>(spec.ue_prefixes.size()),
                                       .outer_ipv6_count = static_cast<uint8_t>(spec.outer_ipv6.size()),
                                       .owner = owner,
                                       .learned_peer_count = static_cast<uint8_t>(spec.learned_peers.size()),
                                       .framed_route_count = static_cast<uint8_t>(spec.framed_routes.size()),
                                       .learned_peers = learned.release(),
                                       .opaque = opaque.release(),
                                       .usage = usage.give_out(),
                                       .rates = rates.release()};
  auto* pdrs = reinterpret_cast<Pdr*>(session + 1);
  Pdr* pdrs_end = std::uninitialized_copy(spec.pdrs.begin(), spec.pdrs.end(), pdrs);
  std::uninitialized_copy(spec.fars.begin(), spec.fars.end(), const_cast<Far*>(session->fars()));
  std::uninitialized_copy(spec.ue_prefixes.begin(), spec.ue_prefixes.end(),
                          const_cast<UePrefix*>(session->ue_prefixes()));
  std::uninitialized_copy(spec.outer_ipv6.begin(), spec.outer_ipv6.end(),
                          const_cast<OuterIpv6*>(session->outer_ipv6()));
  std::uninitialized_copy(spec.framed_routes.begin(), spec.framed_routes.end(),
                          const_cast<FramedRoute*>(session->framed_routes()));
  if (!spec.rules.empty()) {
    session->rules_offset = static_cast<uint32_t>(plain);
    std::memcpy(const_cast<uint64_t*>(session->rules()), spec.rules.data(), spec.rules.size() * sizeof(uint64_t));
  }
  session->has_n9 = std::any_of(pdrs, pdrs_end, [](const Pdr& p) { return p.source_core && p.teid != Teid{0}; });
  std::stable_sort(pdrs, pdrs_end, [](const Pdr& a, const Pdr& b) { return a.precedence < b.precedence; });
  return SessionBlock(session);
}

WideKey prefix_key(VrfSlot vrf, const UePrefix& prefix) { return {prefix.network, vrf.value, prefix.length()}; }

namespace {

template <class Key>
void sort_unique(std::vector<Key>& keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
}

SessionKeys keys_of(std::span<const Pdr> pdrs, const UePrefix* ue_prefixes, std::span<const FramedRoute> framed) {
  SessionKeys keys;
  for (const Pdr& p : pdrs) {
    if (p.teid != Teid{0}) {
      keys.uplink.push_back(SessionTable::uplink_key(p.endpoint, p.teid));
      continue;
    }
    if (p.ue_ipv4 != Be32{}) keys.downlink.push_back(SessionTable::downlink_key(p.vrf, p.ue_ipv4));
    if (p.ue_ipv6 != 0) keys.downlink_ipv6.push_back(prefix_key(p.vrf, ue_prefixes[p.ue_ipv6 - 1]));
  }
  for (const FramedRoute& route : framed)
    for (size_t n = 0; n < pdrs.size(); ++n)
      if (route.is_of_pdr(n) && pdrs[n].teid == Teid{0}) keys.framed.push_back(prefix_key(pdrs[n].vrf, route.prefix));
  sort_unique(keys.uplink);
  sort_unique(keys.downlink);
  sort_unique(keys.downlink_ipv6);
  sort_unique(keys.framed);
  return keys;
}

}  // namespace

SessionKeys keys_of(const SessionSpec& spec) { return keys_of(spec.pdrs, spec.ue_prefixes.data(), spec.framed_routes); }
SessionKeys keys_of(const Session& s) {
  return keys_of({s.pdrs(), s.pdr_count}, s.ue_prefixes(), {s.framed_routes(), s.framed_route_count});
}

}  // namespace demarc::dp
