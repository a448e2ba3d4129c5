#include "controlplane/model/validate_opaque.h"

#include <set>

#include "common/channel/channel_limits.h"
#include "controlplane/model/checks.h"
#include "controlplane/model/session_keys.h"

namespace demarc::cp {
namespace {

constexpr uint64_t kMacGroupBit = uint64_t{1} << 40;  // IEEE 802 clause 8.2.2
constexpr uint16_t kEtherTypeMin = 0x0600;            // IEEE 802.3 clause 3.2.6: what is less is a length

const char* text_of(PdnType type) {
  return type == PdnType::ethernet ? "ethernet" : type == PdnType::ip ? "ip" : "unstructured";
}

Status check_ethernet_filter(const EthernetFilter& filter, const std::string& subject) {
  if (filter.source && (filter.source->value & kMacGroupBit) != 0)
    return failf(ErrorCode::invalid, "{}: Ethernet filter: source {} is a group's, which no frame comes from", subject,
                 to_string(*filter.source));
  if (filter.ethertype && *filter.ethertype < kEtherTypeMin)
    return failf(ErrorCode::invalid, "{}: Ethernet filter: EtherType {:#x}: must be from 0x600 to 0xffff", subject,
                 *filter.ethertype);
  if (filter.c_vlan && *filter.c_vlan > kVlanMax.value)
    return failf(ErrorCode::invalid, "{}: Ethernet filter: C-VLAN {}: must be from 1 to {}, or 0 for untagged frames",
                 subject, *filter.c_vlan, kVlanMax.value);
  return {};
}

std::set<AttachmentId> attachments_of(const Model& model, VrfId vrf) {
  std::set<AttachmentId> out;
  const auto& by_prefix = model.index.attachments_by_prefix;
  for (auto it = by_prefix.lower_bound({vrf, Ipv6Prefix{}}); it != by_prefix.end() && it->first.first == vrf; ++it)
    out.insert(it->second);
  return out;
}

// An Ethernet session of the VRF other than `own`, or null; `count`: how many there are.
const SessionKey* ethernet_session_of(const Model& model, VrfId vrf, const SessionKey& own, size_t& count) {
  const SessionKey* found = nullptr;
  count = 0;
  const auto& all = model.index.ethernet_sessions;
  for (auto it = all.lower_bound({vrf, SessionKey{}}); it != all.end() && it->first == vrf; ++it) {
    if (it->second == own) continue;
    found = &it->second;
    ++count;
  }
  return found;
}

// A session of the VRF with a UE address, other than `own`.
const SessionKey* ip_session_of(const Model& model, VrfId vrf, const SessionKey& own) {
  const auto& by_ue = model.index.sessions_by_ue;
  for (auto it = by_ue.lower_bound({vrf, Ipv6Prefix{}}); it != by_ue.end() && it->first.first == vrf; ++it)
    if (it->second != own) return &it->second;
  return nullptr;
}

// The core VRF that an Ethernet session's frames come from and go to is one.
Status check_one_network(const Model& model, const Session& s, VrfId network) {
  size_t filters = 0;
  for (const Pdr& pdr : s.pdrs) {
    filters += pdr.ethernet_filters.size();
    const Far* far = find_far(s, pdr.far_id);
    const bool to_network = far != nullptr && far->apply_action == ApplyAction::forward && !far->outer_header_creation;
    const bool from_network = !pdr.local_f_teid;
    if (s.pdn_type == PdnType::unstructured && (from_network || to_network))
      return failf(ErrorCode::invalid,
                   "PDR {}: {} core VRF, where nothing tells whose unstructured data is; such a session goes from "
                   "tunnel to tunnel (N9): {}",
                   pdr.pdr_id, from_network ? "comes from a" : "its FAR leads to a",
                   from_network ? "give it a local F-TEID" : "give the FAR an outer header creation");
    if (to_network && pdr.source_interface == Interface::core)
      return failf(ErrorCode::invalid, "PDR {}: what comes from the core side would go back to a core VRF", pdr.pdr_id);
    const VrfId other = from_network ? pdr.network_instance : to_network ? far->network_instance : network;
    if (other != network)
      return failf(ErrorCode::invalid, "PDR {}: core VRF {} besides {}; an Ethernet session has one", pdr.pdr_id,
                   vrf_name(model, other), vrf_name(model, network));
  }
  if (filters <= kSessionEthernetFiltersMax) return {};
  return failf(ErrorCode::invalid, "the session has {} Ethernet filters; at most {}", filters,
               kSessionEthernetFiltersMax);
}

constexpr char kOneAttachment[] =
    "VRF {} has {} attachments; one with Ethernet sessions has exactly one, by which their frames come and go";

Status check_network(const Model& model, const Session& s, VrfId network) {
  const SessionKey own{s.tenant, s.up_seid};
  const size_t attachments = attachments_of(model, network).size();
  if (attachments > 1) return failf(ErrorCode::invalid, kOneAttachment, vrf_name(model, network), attachments);
  if (const SessionKey* other = ip_session_of(model, network, own))
    return failf(ErrorCode::conflict,
                 "VRF {} has session {:#x} of type ip; Ethernet sessions need a core VRF of their own",
                 vrf_name(model, network), other->second.value);
  size_t count = 0;
  ethernet_session_of(model, network, own, count);
  if (count < kEthernetSessionsMax) return {};
  return failf(ErrorCode::exhausted,
               "VRF {} has {} Ethernet sessions, as many as it may: a broadcast goes to each; use another core VRF",
               vrf_name(model, network), count);
}

}  // namespace

Status check_pdr_type(const Pdr& pdr, PdnType type, const std::string& subject) {
  if (type != PdnType::ethernet && !pdr.ethernet_filters.empty())
    return failf(ErrorCode::invalid, "{}: has Ethernet filters; the session's type is {}, they are for ethernet",
                 subject, text_of(type));
  if (pdr.ethernet_filters.size() > channel::kPdrFiltersMax)
    return failf(ErrorCode::invalid, "{}: has {} Ethernet filters; at most {}", subject, pdr.ethernet_filters.size(),
                 channel::kPdrFiltersMax);
  for (const EthernetFilter& filter : pdr.ethernet_filters)
    if (Status c = check_ethernet_filter(filter, subject); !c) return c;
  if (type == PdnType::ip) return {};
  if (pdr.ue_ip_address || pdr.ue_ipv6)
    return failf(ErrorCode::invalid, "{}: has a UE IP address; a session of type {} has none", subject, text_of(type));
  if (pdr.sdf_filters.empty()) return {};
  return failf(ErrorCode::invalid, "{}: has SDF filters; the session's type is {}, they are for ip", subject,
               text_of(type));
}

Status check_far_type(const Far& far, PdnType type, const std::string& subject) {
  if (type == PdnType::ip) return {};
  if (far.copy_dscp)
    return failf(ErrorCode::invalid, "{}: copies the DSCP; what a session of type {} carries has none", subject,
                 text_of(type));
  if (!far.marking || far.outer_header_creation) return {};
  return failf(ErrorCode::invalid,
               "{}: transport level marking without an outer header; a session of type {} has no "
               "other to mark",
               subject, text_of(type));
}

Status check_session_type(const Model& model, const Session& s) {
  const SessionKey own{s.tenant, s.up_seid};
  if (s.pdn_type == PdnType::ip) {
    for (const auto& [vrf, ue] : session_keys(s).ues) {
      size_t count = 0;
      if (const SessionKey* other = ethernet_session_of(model, vrf, own, count))
        return failf(ErrorCode::conflict,
                     "VRF {} has session {:#x} of type ethernet; sessions of type ip need another core VRF",
                     vrf_name(model, vrf), other->second.value);
    }
    return {};
  }
  const VrfId network = ethernet_network_of(s);
  if (Status c = check_one_network(model, s, network); !c) return c;
  return network == VrfId{} ? Status{} : check_network(model, s, network);
}

Status check_bridge_is_there(const Model& model, const Session& s) {
  const VrfId network = ethernet_network_of(s);
  if (network == VrfId{} || !attachments_of(model, network).empty()) return {};
  return failf(ErrorCode::invalid, kOneAttachment, vrf_name(model, network), 0);
}

const SessionKey* user_of_bridge(const Model& model, VrfId vrf) {
  size_t count = 0;
  return ethernet_session_of(model, vrf, {}, count);
}

Status check_bridge_port(const Model& model, VrfId vrf, const std::string& subject) {
  size_t count = 0;
  const SessionKey* session = ethernet_session_of(model, vrf, {}, count);
  if (session == nullptr || attachments_of(model, vrf).empty()) return {};
  return failf(ErrorCode::conflict,
               "{}: VRF {} has Ethernet sessions ({:#x}), whose frames come and go by its one attachment; it can have "
               "no other",
               subject, vrf_name(model, vrf), session->second.value);
}

}  // namespace demarc::cp
