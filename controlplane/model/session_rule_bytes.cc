#include "controlplane/model/session_rule_bytes.h"

#include <algorithm>
#include <set>

#include "common/base/rule_bytes.h"

namespace demarc::cp {
namespace {

constexpr uint32_t kChunkRules = 64;

// Rules have places of their own by where packets come from: the access side, a core VRF, N9 from the core side.
enum class Origin : uint8_t { access, core, n9 };
Origin origin_of(const Pdr& pdr) {
  if (pdr.source_interface == Interface::access) return Origin::access;
  return pdr.local_f_teid ? Origin::n9 : Origin::core;
}

bool has_family(const Pdr& pdr, bool ipv6) {
  if (!pdr.ue_ip_address && !pdr.ue_ipv6) return true;
  return ipv6 ? pdr.ue_ipv6.has_value() : pdr.ue_ip_address.has_value();
}

// A filter that names an address, or a flow label, is for packets of that family alone.
bool has_family(const SdfFilter& f, bool ipv6) {
  const auto fits = [ipv6](const std::optional<FlowAddress>& a) { return !a || a->is_ipv6() == ipv6; };
  return fits(f.remote) && fits(f.local) && (ipv6 || !f.flow_label);
}

void count_filter(RuleCounts& c, const SdfFilter& f) {
  c.protocols += f.protocol != SdfFilter::kAnyProtocol;
  c.toses += f.tos_mask != 0;
  c.spis += f.spi != 0;
  c.flow_labels += f.flow_label.has_value();
  c.addresses += static_cast<uint32_t>(f.remote.has_value()) + static_cast<uint32_t>(f.local.has_value());
  c.port_ranges += static_cast<uint32_t>(f.remote_ports.size() + f.local_ports.size());
}

// How many rules the PDR is.
uint32_t count_pdr(RuleCounts& c, const Pdr& pdr, bool ipv6) {
  uint32_t rules = pdr.sdf_filters.empty() ? 1 : 0;
  for (const SdfFilter& f : pdr.sdf_filters) {
    if (!has_family(f, ipv6)) continue;
    ++rules;
    count_filter(c, f);
  }
  c.rules += rules;
  if (pdr.qfi || !pdr.qfis.empty()) c.qfis += rules;
  return rules;
}

// Whether the rules have to tell F-TEIDs, UE addresses or framed routes apart.
bool has_several_keys(const Session& session) {
  std::set<std::pair<uint32_t, uint32_t>> tunnels;
  std::set<uint32_t> ues;
  for (const Pdr& pdr : session.pdrs) {
    if (pdr.local_f_teid) tunnels.emplace(pdr.local_f_teid->endpoint.value, pdr.local_f_teid->teid.value);
    if (origin_of(pdr) == Origin::core) ues.insert(pdr.ue_ip_address ? pdr.ue_ip_address->value : 0);
    if (!pdr.framed_routes.empty()) return true;
  }
  return tunnels.size() > 1 || ues.size() > 1;
}

RuleCounts counts_of(const Session& session, bool ipv6, bool several_keys) {
  RuleCounts c;
  for (const Origin origin : {Origin::access, Origin::core, Origin::n9}) {
    uint32_t rules = 0;
    for (const Pdr& pdr : session.pdrs) {
      if (origin_of(pdr) != origin || !has_family(pdr, ipv6)) continue;
      const uint32_t more = count_pdr(c, pdr, ipv6);
      if (several_keys) c.keys += more * static_cast<uint32_t>(1 + pdr.framed_routes.size());
      rules += more;
    }
    c.chunks += (rules + kChunkRules - 1) / kChunkRules;
  }
  return c;
}

}  // namespace

uint32_t session_rule_kib(const Session& session) {
  const bool plain =
      std::ranges::all_of(session.pdrs, [](const Pdr& pdr) { return pdr.sdf_filters.empty() && pdr.qfis.empty(); });
  if (session.pdn_type != PdnType::ip || (plain && session.pdrs.size() <= kUncompiledPdrsMax)) return 0;
  const bool several_keys = has_several_keys(session);
  const size_t bytes =
      rule_bytes_at_most(counts_of(session, false, several_keys), counts_of(session, true, several_keys));
  return static_cast<uint32_t>((bytes + 1023) / 1024);
}

}  // namespace demarc::cp
