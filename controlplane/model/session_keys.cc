#include "controlplane/model/session_keys.h"

#include <algorithm>

namespace demarc::cp {
namespace {

template <class T>
void sort_unique(std::vector<T>& v) {
  std::sort(v.begin(), v.end());
  v.erase(std::unique(v.begin(), v.end()), v.end());
}

}  // namespace

const Far* find_far(const Session& session, uint32_t far_id) {
  for (const Far& far : session.fars)
    if (far.far_id == far_id) return &far;
  return nullptr;
}

const Qer* find_qer(const Session& session, uint32_t qer_id) {
  for (const Qer& qer : session.qers)
    if (qer.qer_id == qer_id) return &qer;
  return nullptr;
}

VrfId ue_vrf(const Session& session, const Pdr& pdr) {
  if (pdr.source_interface == Interface::core) return pdr.local_f_teid ? VrfId{} : pdr.network_instance;
  const Far* far = find_far(session, pdr.far_id);
  return far != nullptr && far->destination_interface == Interface::core && !far->outer_header_creation
             ? far->network_instance
             : VrfId{};
}

VrfId ethernet_network_of(const Session& session) {
  if (session.pdn_type != PdnType::ethernet) return {};
  for (const Pdr& pdr : session.pdrs)
    if (!pdr.local_f_teid) return pdr.network_instance;
  for (const Pdr& pdr : session.pdrs) {
    const Far* far = find_far(session, pdr.far_id);
    if (far != nullptr && far->apply_action == ApplyAction::forward && !far->outer_header_creation)
      return far->network_instance;
  }
  return {};
}

SessionKeys session_keys(const Session& session) {
  SessionKeys keys;
  for (const Pdr& pdr : session.pdrs) {
    keys.vrfs.push_back(pdr.network_instance);
    if (pdr.local_f_teid) {
      keys.f_teids.emplace_back(pdr.local_f_teid->endpoint, pdr.local_f_teid->teid);
      keys.endpoints.push_back(pdr.local_f_teid->endpoint);
    }
    const VrfId vrf = ue_vrf(session, pdr);
    if (pdr.ue_ip_address && vrf != VrfId{}) keys.ues.emplace_back(vrf, IpPrefix(ip_address(*pdr.ue_ip_address)));
    if (pdr.ue_ipv6 && vrf != VrfId{}) keys.ues.emplace_back(vrf, *pdr.ue_ipv6);
    if (vrf != VrfId{})
      for (const IpPrefix& route : pdr.framed_routes) keys.framed.emplace_back(vrf, route);
  }
  for (const Far& far : session.fars) {
    if (far.network_instance != VrfId{}) keys.vrfs.push_back(far.network_instance);
    if (far.outer_header_creation) keys.endpoints.push_back(far.outer_header_creation->endpoint);
  }
  sort_unique(keys.f_teids);
  sort_unique(keys.ues);
  sort_unique(keys.framed);
  sort_unique(keys.vrfs);
  sort_unique(keys.endpoints);
  return keys;
}

}  // namespace demarc::cp
