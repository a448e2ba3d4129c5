#include "controlplane/model/validate_rules.h"

#include <algorithm>

#include "common/channel/channel_limits.h"
#include "controlplane/model/checks.h"
#include "controlplane/model/session_keys.h"
#include "controlplane/model/validate_address.h"
#include "controlplane/model/validate_framed.h"
#include "controlplane/model/validate_opaque.h"
#include "controlplane/model/validate_rates.h"

namespace demarc::cp {
namespace {

// Tunnels end in access VRFs, those of N9 too, whose interface is core.
VrfRole role_of(Interface interface, bool tunnel) {
  return tunnel || interface == Interface::access ? VrfRole::access : VrfRole::core;
}

// `subject`: "PDR 1", "FAR 2".
Status check_qfi(const std::string& subject, std::optional<uint8_t> qfi) {
  if (!qfi || *qfi <= kQfiMax) return {};
  return failf(ErrorCode::invalid, "{}: QFI {}: must be from 0 to 63", subject, *qfi);
}

// A set of QFIs, and the SDF filters.
Status check_packet_filters(const Pdr& pdr, const std::string& subject) {
  if (!pdr.qfis.empty() && pdr.qfi)
    return failf(ErrorCode::invalid, "{}: has QFI {} and a set of QFIs; one of the two is right", subject, *pdr.qfi);
  for (size_t i = 0; i < pdr.qfis.size(); ++i) {
    if (Status s = check_qfi(subject, pdr.qfis[i]); !s) return s;
    if (std::find(pdr.qfis.begin(), pdr.qfis.begin() + static_cast<ptrdiff_t>(i), pdr.qfis[i]) !=
        pdr.qfis.begin() + static_cast<ptrdiff_t>(i))
      return failf(ErrorCode::invalid, "{}: QFI {} is there twice; once is right", subject, pdr.qfis[i]);
  }
  if (pdr.sdf_filters.size() > channel::kPdrFiltersMax)
    return failf(ErrorCode::invalid, "{}: has {} SDF filters; at most {}", subject, pdr.sdf_filters.size(),
                 channel::kPdrFiltersMax);
  for (const SdfFilter& filter : pdr.sdf_filters)
    if (Status s = check_sdf_filter(filter); !s) return failf(ErrorCode::invalid, "{}: {}", subject, s.error().message);
  return {};
}

Status check_teid(const std::string& subject, Teid teid) {
  if (teid != Teid{}) return {};
  return failf(ErrorCode::invalid,
               "{}: TEID 0 is for messages that belong to no tunnel (TS 29.281 5.1); use 1 to 4294967295", subject);
}

// The endpoint is this tenant's and in the VRF of the rule's network instance.
Result<const GtpuEndpoint*> need_endpoint(const Model& model, const std::string& subject, TenantId tenant,
                                          GtpuEndpointId id, VrfId network_instance) {
  auto it = model.endpoints.find(id);
  if (it == model.endpoints.end() || it->second.tenant != tenant)
    return failf(ErrorCode::not_found, "{}: the tenant has no GTP-U endpoint with id {}", subject, id.value);
  if (it->second.vrf != network_instance)
    return failf(ErrorCode::invalid,
                 "{}: GTP-U endpoint {} is in VRF {}, but the network instance is {}; they must be the same", subject,
                 it->second.name, vrf_name(model, it->second.vrf), vrf_name(model, network_instance));
  return &it->second;
}

Status check_marking(const Far& far, const std::string& subject) {
  if (far.copy_dscp && !far.outer_header_creation)
    return failf(ErrorCode::invalid, "{}: copies the DSCP into an outer header, but makes none", subject);
  if (!far.marking) return {};
  const auto [tos, mask] = *far.marking;
  if (mask == 0)
    return failf(ErrorCode::invalid, "{}: transport level marking with mask 0 marks nothing; leave it out", subject);
  if ((tos & ~mask) != 0)
    return failf(ErrorCode::invalid, "{}: transport level marking: ToS {:#04x} has bits outside of its mask {:#04x}",
                 subject, tos, mask);
  return {};
}

Status check_outer_header_creation(const Model& model, const std::string& subject, TenantId tenant, const Far& far) {
  const OuterHeaderCreation& ohc = *far.outer_header_creation;
  auto endpoint = need_endpoint(model, subject, tenant, ohc.endpoint, far.network_instance);
  if (!endpoint) return forward(endpoint);
  if (Status s = check_teid(subject + ": outer header creation", ohc.teid); !s) return s;
  if (Status s = validate_host_address(subject + ": outer header creation: peer", ohc.peer); !s) return s;
  const bool has_family = ohc.peer.is_ipv4() ? (*endpoint)->address.has_value() : (*endpoint)->ipv6.has_value();
  if (!has_family)
    return failf(ErrorCode::invalid,
                 "{}: outer header creation: GTP-U endpoint {} has no {} address to send to peer {} from", subject,
                 (*endpoint)->name, ohc.peer.is_ipv4() ? "IPv4" : "IPv6", to_string(ohc.peer));
  if (ohc.peer == (ohc.peer.is_ipv4() ? ip_address(*(*endpoint)->address) : IpAddress(*(*endpoint)->ipv6)))
    return failf(ErrorCode::invalid,
                 "{}: outer header creation: peer {} is our own GTP-U endpoint {}; it must be the peer's address",
                 subject, to_string(ohc.peer), (*endpoint)->name);
  return {};
}

std::string list_pools(const Model& model, VrfId vrf) {
  std::string out;
  size_t n = 0;
  auto it = model.index.pools_by_prefix.lower_bound({vrf, Ipv6Prefix{}});
  for (; it != model.index.pools_by_prefix.end() && it->first.first == vrf; ++it) {
    if (++n > 8) return out + " and more";
    out += (n == 1 ? "" : ", ") + to_string(it->first.second);
  }
  return n == 0 ? "it has none" : "it has " + out;
}

// `ue`: an address or an IPv6 prefix of the UE.
Status check_ue(const Model& model, VrfId vrf, const IpPrefix& ue, const std::string& subject) {
  const std::string what = subject + (ue.is_address() ? ": UE IP address" : ": UE IPv6 prefix");
  if (Status s = validate_prefix(what, ue); !s) return s;
  if (ue.length() == 0)
    return failf(ErrorCode::invalid, "{} {}: the length must be from 1 to 128", what, to_string(ue));
  if (vrf == VrfId{}) return validate_host_prefix(what, ue);
  if (model.pool_holding(vrf, ue) != nullptr) return {};
  return failf(ErrorCode::invalid, "{}: UE {} {} is in no UE pool of VRF {}; {}", subject,
               ue.is_address() ? "address" : "prefix", to_short_string(ue), vrf_name(model, vrf),
               list_pools(model, vrf));
}

Status check_ue_addresses(const Model& model, const Session& session, const Pdr& pdr, const std::string& subject) {
  if (session.pdn_type != PdnType::ip) return {};  // check_pdr_type says that it has none
  const Far* const far = find_far(session, pdr.far_id);
  const bool into_tunnel = far != nullptr && far->outer_header_creation;
  const bool none = !pdr.ue_ip_address && !pdr.ue_ipv6;
  if (none && pdr.local_f_teid && into_tunnel) return {};  // N9: the anchor knows the UE, here it is the F-TEID's
  if (none)
    return failf(ErrorCode::invalid, "{}: the UE IP address is missing; {}", subject,
                 pdr.source_interface == Interface::core
                     ? "with source interface core it is the destination to detect"
                     : "with source interface access it is the inner source that is allowed");
  const VrfId vrf = ue_vrf(session, pdr);
  if (pdr.ue_ip_address)
    if (Status s = check_ue(model, vrf, IpPrefix(ip_address(*pdr.ue_ip_address)), subject); !s) return s;
  if (!pdr.ue_ipv6) return {};
  if (Status s = validate_not_mapped(subject + ": UE IPv6 prefix", pdr.ue_ipv6->address); !s) return s;
  return check_ue(model, vrf, *pdr.ue_ipv6, subject);
}

// What comes through a tunnel: from the access side, or by N9 from the core side.
Status check_tunnel_side(const Model& model, const Session& session, const Pdr& pdr, const std::string& subject) {
  if (!pdr.local_f_teid)
    return failf(ErrorCode::invalid, "{}: the local F-TEID is missing; source interface access needs one", subject);
  if (Status s = check_teid(subject + ": local F-TEID", pdr.local_f_teid->teid); !s) return s;
  auto endpoint = need_endpoint(model, subject, session.tenant, pdr.local_f_teid->endpoint, pdr.network_instance);
  if (!endpoint) return forward(endpoint);
  if (!pdr.outer_header_removal)
    return failf(ErrorCode::invalid, "{}: outer header removal is missing; what comes through a tunnel needs it",
                 subject);
  return {};
}

Status check_core_side(const Pdr& pdr, const std::string& subject) {
  if (pdr.outer_header_removal)
    return failf(ErrorCode::invalid,
                 "{}: has outer header removal, but no local F-TEID; from the core that is for N9 tunnels only",
                 subject);
  if (!pdr.qfis.empty())
    return failf(ErrorCode::invalid, "{}: has a set of QFIs; what comes from the core carries none: mark it with a QER",
                 subject);
  if (pdr.qfi)
    return failf(ErrorCode::invalid, "{}: has QFI {}; what comes from the core carries none: mark it with a QER",
                 subject, *pdr.qfi);
  return {};
}

Status check_references(const Session& session, const Pdr& pdr, const std::string& subject) {
  if (find_far(session, pdr.far_id) == nullptr)
    return failf(ErrorCode::invalid, "{}: far_id {} is not among the session's FARs", subject, pdr.far_id);
  if (pdr.qer_ids.size() > channel::kSessionQersMax)
    return failf(ErrorCode::invalid, "{}: names {} QERs; at most {}", subject, pdr.qer_ids.size(),
                 channel::kSessionQersMax);
  for (size_t i = 0; i < pdr.qer_ids.size(); ++i) {
    if (find_qer(session, pdr.qer_ids[i]) == nullptr)
      return failf(ErrorCode::invalid, "{}: qer_id {} is not among the session's QERs", subject, pdr.qer_ids[i]);
    if (std::find(pdr.qer_ids.begin(), pdr.qer_ids.begin() + i, pdr.qer_ids[i]) != pdr.qer_ids.begin() + i)
      return failf(ErrorCode::invalid, "{}: qer_id {} is there twice; once is right", subject, pdr.qer_ids[i]);
  }
  return {};
}

}  // namespace

Status validate_qer(const Qer& qer) {
  const std::string subject = fmt::format("QER {}", qer.qer_id);
  if (Status s = check_qfi(subject, qer.qfi); !s) return s;
  if (!qer.qfi && (qer.rqi || qer.paging_policy))
    return failf(ErrorCode::invalid, "{}: has {} without a QFI, with which it is marked", subject,
                 qer.rqi ? "an RQI" : "a paging policy indicator");
  if (qer.paging_policy && *qer.paging_policy > kPagingPolicyMax)
    return failf(ErrorCode::invalid, "{}: paging policy indicator {}: must be from 0 to 7", subject,
                 *qer.paging_policy);
  return check_qer_rates(qer, subject);
}

Status validate_far(const Model& model, const Session& session, const Far& far) {
  const std::string subject = fmt::format("FAR {}", far.far_id);
  const bool forwards = far.apply_action == ApplyAction::forward;
  if (Status s = check_marking(far, subject); !s) return s;
  if (Status s = check_far_type(far, session.pdn_type, subject); !s) return s;
  // One that drops needs no forwarding parameters (TS 29.244 table 7.5.2.3-1).
  if (forwards || far.network_instance != VrfId{} || far.outer_header_creation) {
    auto vrf = need_vrf_of(model, session.tenant, far.network_instance,
                           role_of(far.destination_interface, far.outer_header_creation.has_value()),
                           subject + ": network instance");
    if (!vrf) return forward(vrf);
  }
  if (far.outer_header_creation) return check_outer_header_creation(model, subject, session.tenant, far);
  if (forwards && far.destination_interface == Interface::access)
    return failf(ErrorCode::invalid, "{}: outer header creation is missing; forwarding to access needs it", subject);
  return {};
}

Status validate_pdr(const Model& model, const Session& session, const Pdr& pdr) {
  if (pdr.pdr_id == 0) return fail(ErrorCode::invalid, "PDR id 0: must be from 1 to 65535");
  const std::string subject = fmt::format("PDR {}", pdr.pdr_id);
  auto vrf = need_vrf_of(model, session.tenant, pdr.network_instance,
                         role_of(pdr.source_interface, pdr.local_f_teid.has_value()), subject + ": network instance");
  if (!vrf) return forward(vrf);
  if (Status s = check_qfi(subject, pdr.qfi); !s) return s;
  if (Status s = check_packet_filters(pdr, subject); !s) return s;
  if (Status s = check_pdr_type(pdr, session.pdn_type, subject); !s) return s;
  if (Status s = check_references(session, pdr, subject); !s) return s;
  if (pdr.source_interface == Interface::access || pdr.local_f_teid) {
    if (Status s = check_tunnel_side(model, session, pdr, subject); !s) return s;
  } else {
    if (Status s = check_core_side(pdr, subject); !s) return s;
  }
  if (Status s = check_ue_addresses(model, session, pdr, subject); !s) return s;
  return check_framed_routes(pdr, subject);
}

}  // namespace demarc::cp
