// Of a session only: the checks that need nothing but the entry itself. A FAR ID or QER ID of 0 is one like any other
// (TS 29.244 8.2.74, 8.2.75); a PDR ID is not 0 (8.2.36).
#include <algorithm>

#include "dataplane/agent/decode_fields.h"
#include "dataplane/agent/decode_filter.h"
#include "dataplane/agent/decode_opaque.h"
#include "dataplane/agent/decode_rates.h"

namespace demarc::dp {
namespace {

using channel::EntryKey;

constexpr uint8_t kQfiMax = 63;  // TS 38.415 5.5.3.3: six bits
constexpr uint8_t kQfiAbsent = 255;
constexpr uint8_t kPagingPolicyMax = 7;  // TS 38.415 5.5.3.7: three bits
constexpr uint8_t kPagingPolicyAbsent = 255;

template <class Vector>
size_t count_of(const Vector* vector) {
  return vector == nullptr ? 0 : vector->size();
}

Status check_count(const EntryKey& key, const char* what, size_t count, size_t least, size_t most) {
  if (count < least || count > most) return refuse(key, "{} {}: must be from {} to {}", count, what, least, most);
  return {};
}

// "PDR 3: QFI 64 ..."
Status check_qfi(const EntryKey& key, const char* rule, uint32_t rule_id, uint8_t qfi) {
  if (qfi > kQfiMax && qfi != kQfiAbsent)
    return refuse(key, "{} {}: QFI {}: must be from 0 to 63, or 255 for none", rule, rule_id, qfi);
  return {};
}

Result<QerValue> decode_qer(const EntryKey& key, const schema::QerEntry& qer) {
  for (const auto gate : {qer.ul_gate(), qer.dl_gate()})
    if (gate > schema::Gate::closed)
      return refuse(key, "QER {}: gate {}: 0 (open) or 1 (closed) are known", qer.qer_id(),
                    static_cast<unsigned>(gate));
  if (auto ok = check_qfi(key, "QER", qer.qer_id(), qer.qfi()); !ok) return tl::unexpected(ok.error());
  if (qer.paging_policy() > kPagingPolicyMax && qer.paging_policy() != kPagingPolicyAbsent)
    return refuse(key, "QER {}: paging policy indicator {}: must be from 0 to 7, or 255 for none", qer.qer_id(),
                  qer.paging_policy());
  if (qer.qfi() == kQfiAbsent && (qer.rqi() || qer.paging_policy() != kPagingPolicyAbsent))
    return refuse(key, "QER {}: RQI or a paging policy indicator without a QFI, with which they are marked",
                  qer.qer_id());
  QerValue value{qer.qer_id(),
                 qer.ul_gate() == schema::Gate::closed,
                 qer.dl_gate() == schema::Gate::closed,
                 qer.qfi(),
                 qer.rqi(),
                 qer.paging_policy()};
  const std::string name = fmt::format("QER {}: ", qer.qer_id());
  const uint64_t mbr[] = {qer.ul_mbr_bps(), qer.dl_mbr_bps()};
  const uint64_t gbr[] = {qer.ul_gbr_bps(), qer.dl_gbr_bps()};
  for (size_t d = 0; d < kDirections; ++d) {
    const auto most = decode_bit_rate(key, name + "MBR", mbr[d]);
    if (!most) return tl::unexpected(most.error());
    const auto guaranteed = decode_bit_rate(key, name + "GBR", gbr[d]);
    if (!guaranteed) return tl::unexpected(guaranteed.error());
    if (gbr[d] > mbr[d])
      return refuse(key, "{}GBR of {} bits a second above the MBR of {}: it can be at most that", name, gbr[d], mbr[d]);
    value.mbr[d] = *most;
    value.gbr[d] = *guaranteed;
  }
  return value;
}

Status check_outer_header_creation(const EntryKey& key, const schema::FarEntry& far) {
  const size_t peer_ipv6_bytes = count_of(far.peer_ipv6());
  if (!far.outer_header_creation()) {
    if (far.teid() != 0 || far.peer_ipv4() != 0 || peer_ipv6_bytes != 0 || far.gtpu_endpoint() != 0)
      return refuse(key, "FAR {}: a peer without outer header creation", far.far_id());
    return {};
  }
  if (far.gtpu_endpoint() == 0) return refuse(key, "FAR {}: it names no gtpu_endpoint (0)", far.far_id());
  if (far.teid() == 0) return refuse(key, "FAR {}: the peer's TEID is 0", far.far_id());
  if (peer_ipv6_bytes != 0) {
    if (far.peer_ipv4() != 0) return refuse(key, "FAR {}: a peer with both an IPv4 and an IPv6 address", far.far_id());
    const auto peer = decode_ipv6(key, fmt::format("FAR {}: peer", far.far_id()), far.peer_ipv6());
    if (!peer) return tl::unexpected(peer.error());
    if (!is_host_address(*peer))
      return refuse(key, "FAR {}: peer {} is not an address that a host may have", far.far_id(), to_string(*peer));
    return {};
  }
  if (const Ipv4Address peer{far.peer_ipv4()}; !is_host_address(peer))
    return refuse(key, "FAR {}: peer {} is not an address that a host may have", far.far_id(), to_string(peer));
  return {};
}

Result<FarValue> decode_far(const EntryKey& key, const schema::FarEntry& far) {
  if (far.apply_action() > schema::ApplyAction::forward)
    return refuse(key, "FAR {}: apply action {}: 0 (drop) or 1 (forward) are known", far.far_id(),
                  static_cast<unsigned>(far.apply_action()));
  if (far.destination_interface() > schema::DestinationInterface::core)
    return refuse(key, "FAR {}: destination interface {}: 0 (access) or 1 (core) are known", far.far_id(),
                  static_cast<unsigned>(far.destination_interface()));
  const bool forward = far.apply_action() == schema::ApplyAction::forward;
  const bool to_access = far.destination_interface() == schema::DestinationInterface::access;
  if (forward && far.vrf() == 0) return refuse(key, "FAR {}: it names no vrf (0)", far.far_id());
  if (forward && to_access && !far.outer_header_creation())
    return refuse(key, "FAR {}: forwards to access without outer header creation", far.far_id());
  if (auto ok = check_outer_header_creation(key, far); !ok) return tl::unexpected(ok.error());
  if ((far.tos() & ~far.tos_mask()) != 0)
    return refuse(key, "FAR {}: ToS {:#04x} has bits outside of its mask {:#04x}", far.far_id(), far.tos(),
                  far.tos_mask());
  return FarValue{far.far_id(),
                  forward,
                  to_access,
                  VrfId(far.vrf()),
                  far.outer_header_creation(),
                  GtpuEndpointId(far.gtpu_endpoint()),
                  Teid(far.teid()),
                  Ipv4Address{far.peer_ipv4()},
                  decode_ipv6(key, "peer", far.peer_ipv6()).value_or(Ipv6Address{}),
                  far.tos(),
                  far.tos_mask(),
                  far.copy_dscp()};
}

// The UE's IPv6 prefix; of length 0 when there is none.
Result<Ipv6Prefix> decode_ue_ipv6(const EntryKey& key, const schema::PdrEntry& pdr) {
  if (count_of(pdr.ue_ipv6()) == 0) return Ipv6Prefix{};
  const auto address = decode_ipv6(key, fmt::format("PDR {}: UE prefix", pdr.pdr_id()), pdr.ue_ipv6());
  if (!address) return tl::unexpected(address.error());
  const Ipv6Prefix given{*address, pdr.ue_ipv6_prefix_length()};
  if (given.length < 1 || given.length > 128)
    return refuse(key, "PDR {}: UE prefix length {}: must be from 1 to 128", pdr.pdr_id(), given.length);
  if (const Ipv6Prefix right{ipv6_network(*address, given.length), given.length}; right != given)
    return refuse(key, "PDR {}: UE prefix {} has host bits; {} would be right", pdr.pdr_id(), to_string(given),
                  to_string(right));
  if (!is_host_address(*address))
    return refuse(key, "PDR {}: UE prefix {} is not one that hosts may have", pdr.pdr_id(), to_string(given));
  return given;
}

Status check_pdi(const EntryKey& key, const schema::PdrEntry& pdr, schema::PdnType type) {
  const bool source_core = pdr.source_interface() == schema::SourceInterface::core;
  const Ipv4Address ue{pdr.ue_ipv4()};
  if (pdr.vrf() == 0) return refuse(key, "PDR {}: it names no vrf (0)", pdr.pdr_id());
  const bool has_ipv6 = count_of(pdr.ue_ipv6()) != 0;
  // From the core side too, by N9.
  const bool tunnel = !source_core || pdr.teid() != 0 || pdr.gtpu_endpoint() != 0;
  const bool needs_ue = !tunnel && !has_ipv6 && type == schema::PdnType::ip;
  if ((needs_ue || ue.value != 0) && !is_host_address(ue))
    return refuse(key, "PDR {}: UE address {} is not an address that a host may have", pdr.pdr_id(), to_string(ue));
  if (!tunnel) {
    if (pdr.outer_header_removal())
      return refuse(key, "PDR {}: source interface core with outer header removal, but no local F-TEID", pdr.pdr_id());
    return {};
  }
  if (pdr.gtpu_endpoint() == 0) return refuse(key, "PDR {}: it names no gtpu_endpoint (0)", pdr.pdr_id());
  if (pdr.teid() == 0) return refuse(key, "PDR {}: TEID 0", pdr.pdr_id());
  if (!pdr.outer_header_removal())
    return refuse(key, "PDR {}: a local F-TEID without outer header removal", pdr.pdr_id());
  return {};
}

Status resolve_rules(const EntryKey& key, const schema::PdrEntry& entry, const SessionValue& session, PdrValue& pdr) {
  const auto far = std::ranges::find(session.fars, entry.far_id(), &FarValue::far_id);
  if (far == session.fars.end())
    return refuse(key, "PDR {}: FAR {} is not one of the session's", pdr.pdr_id, entry.far_id());
  pdr.far_index = static_cast<uint8_t>(far - session.fars.begin());
  if (count_of(entry.qer_ids()) > channel::kSessionQersMax)
    return refuse(key, "PDR {}: {} QERs: at most {} are allowed", pdr.pdr_id, entry.qer_ids()->size(),
                  channel::kSessionQersMax);
  for (size_t i = 0; i < count_of(entry.qer_ids()); ++i) {
    const uint32_t qer_id = entry.qer_ids()->Get(static_cast<flatbuffers::uoffset_t>(i));
    const auto qer = std::ranges::find(session.qers, qer_id, &QerValue::qer_id);
    if (qer == session.qers.end()) return refuse(key, "PDR {}: QER {} is not one of the session's", pdr.pdr_id, qer_id);
    const auto bit = static_cast<uint16_t>(1u << (qer - session.qers.begin()));
    if ((pdr.qers & bit) != 0) return refuse(key, "PDR {}: QER {} twice", pdr.pdr_id, qer_id);
    pdr.qers |= bit;
  }
  return {};
}

Result<PdrValue> decode_pdr(const EntryKey& key, const schema::PdrEntry& entry, const SessionValue& session) {
  if (entry.pdr_id() == 0) return refuse(key, "PDR ID 0");
  if (entry.source_interface() > schema::SourceInterface::core)
    return refuse(key, "PDR {}: source interface {}: 0 (access) or 1 (core) are known", entry.pdr_id(),
                  static_cast<unsigned>(entry.source_interface()));
  if (auto ok = check_qfi(key, "PDR", entry.pdr_id(), entry.qfi()); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_pdr_type(key, entry, session.pdn_type); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_pdi(key, entry, session.pdn_type); !ok) return tl::unexpected(ok.error());
  const auto ue_ipv6 = decode_ue_ipv6(key, entry);
  if (!ue_ipv6) return tl::unexpected(ue_ipv6.error());
  auto detail = decode_pdr_detail(key, entry);
  if (!detail) return tl::unexpected(std::move(detail.error()));
  auto ethernet_filters = decode_ethernet_filters(key, entry);
  if (!ethernet_filters) return tl::unexpected(std::move(ethernet_filters.error()));
  PdrValue pdr;
  pdr.detail = std::move(*detail);
  pdr.ethernet_filters = std::move(*ethernet_filters);
  pdr.pdr_id = entry.pdr_id();
  pdr.precedence = entry.precedence();
  pdr.source_core = entry.source_interface() == schema::SourceInterface::core;
  pdr.vrf = VrfId(entry.vrf());
  pdr.endpoint = GtpuEndpointId(entry.gtpu_endpoint());
  pdr.teid = Teid(entry.teid());
  pdr.qfi = entry.qfi();
  pdr.ue = Ipv4Address{entry.ue_ipv4()};
  pdr.ue_ipv6 = *ue_ipv6;
  if (auto ok = resolve_rules(key, entry, session, pdr); !ok) return tl::unexpected(ok.error());
  return pdr;
}

// Appends what `make` makes of each entry; ids must differ.
template <class Value, class Entries, class Make, class IdOf>
Status decode_rules(const EntryKey& key, const char* what, const Entries* entries, std::vector<Value>& out, Make make,
                    IdOf id_of) {
  out.reserve(count_of(entries));
  for (size_t i = 0; i < count_of(entries); ++i) {
    auto value = make(*entries->Get(static_cast<flatbuffers::uoffset_t>(i)));
    if (!value) return tl::unexpected(std::move(value.error()));
    const auto same_id = [&](const Value& other) { return other.*id_of == (*value).*id_of; };
    if (std::ranges::any_of(out, same_id)) return refuse(key, "{} {} twice", what, (*value).*id_of);
    out.push_back(std::move(*value));
  }
  return {};
}

// A tunnel has one other end: the access side, or by N9 the core side.
Status check_tunnels(const EntryKey& key, const SessionValue& session) {
  for (const PdrValue& n9 : session.pdrs) {
    if (!n9.source_core || n9.teid == Teid{0}) continue;
    for (const PdrValue& other : session.pdrs)
      if (!other.source_core && other.teid == n9.teid && other.endpoint == n9.endpoint)
        return refuse(key, "PDR {}: TEID {:#x} is of source interface access in PDR {}, of core here", n9.pdr_id,
                      n9.teid.value, other.pdr_id);
  }
  return {};
}

}  // namespace

Result<SessionValue> decode_session(const EntryKey& key, std::string_view value) {
  const AlignedBytes bytes(value);
  const auto* entry = verified<schema::SessionEntry>(bytes);
  if (entry == nullptr) return refuse(key, "its {} bytes are not a valid entry", value.size());
  if (entry->pdn_type() > schema::PdnType::unstructured)
    return refuse(key, "PDN type {}: 0 (ip), 1 (ethernet) or 2 (unstructured) are known",
                  static_cast<unsigned>(entry->pdn_type()));
  SessionValue session;
  session.pdn_type = entry->pdn_type();
  Status ok = check_count(key, "PDRs", count_of(entry->pdrs()), 1, channel::kSessionRulesMax);
  if (ok) ok = check_count(key, "FARs", count_of(entry->fars()), 1, channel::kSessionRulesMax);
  if (ok) ok = check_count(key, "QERs", count_of(entry->qers()), 0, channel::kSessionQersMax);
  if (ok) {
    const auto make = [&](const schema::QerEntry& qer) { return decode_qer(key, qer); };
    ok = decode_rules(key, "QER", entry->qers(), session.qers, make, &QerValue::qer_id);
  }
  if (ok) {
    const auto make = [&](const schema::FarEntry& far) { return decode_far(key, far); };
    ok = decode_rules(key, "FAR", entry->fars(), session.fars, make, &FarValue::far_id);
  }
  if (ok) {
    const auto make = [&](const schema::PdrEntry& pdr) { return decode_pdr(key, pdr, session); };
    ok = decode_rules(key, "PDR", entry->pdrs(), session.pdrs, make, &PdrValue::pdr_id);
  }
  if (ok) {
    const auto ambr = decode_rates(key, entry->ambr());
    if (!ambr) return tl::unexpected(ambr.error());
    session.ambr = *ambr;
  }
  if (ok) ok = check_tunnels(key, session);
  if (ok) ok = check_opaque_session(key, session);
  if (!ok) return tl::unexpected(std::move(ok.error()));
  return session;
}

}  // namespace demarc::dp
