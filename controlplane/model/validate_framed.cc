#include "controlplane/model/validate_framed.h"

#include <algorithm>
#include <map>
#include <set>

#include "common/channel/channel_limits.h"
#include "controlplane/model/checks.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/validate_address.h"

namespace demarc::cp {
namespace {

using FramedKey = std::pair<VrfId, IpPrefix>;

const char* family(const IpPrefix& prefix) { return prefix.is_ipv4() ? "IPv4" : "IPv6"; }

Status check_route(const Pdr& pdr, const IpPrefix& route, const std::string& subject) {
  if (!route.is_ipv4())
    if (Status s = validate_not_mapped(subject, route.ipv6().address); !s) return s;
  if (Status s = validate_host_prefix(subject, route); !s) return s;
  if (route.is_ipv4() ? pdr.ue_ip_address.has_value() : pdr.ue_ipv6.has_value()) return {};
  return failf(ErrorCode::invalid, "{} {}: the UE has no {} address beside it, and packets of that family are not its",
               subject, to_string(route), family(route));
}

// What the framed route has to be apart from.
Status check_apart(const Model& model, const FramedKey& key, const SessionKey& own) {
  const auto& [vrf, route] = key;
  if (const auto* pool = find_overlapping(model.index.pools_by_prefix, vrf, route))
    return failf(ErrorCode::conflict,
                 "framed route {} overlaps {} of UE pool {} in VRF {}; UE addresses and framed routes must be apart",
                 to_string(route), to_string(pool->first.second), model.pools.at(pool->second).name,
                 vrf_name(model, vrf));
  if (const auto* a = find_overlapping(model.index.attachments_by_prefix, vrf, route))
    return failf(ErrorCode::conflict, "framed route {} overlaps {} of attachment {} in VRF {}", to_string(route),
                 to_string(a->first.second), model.attachments.at(a->second).name, vrf_name(model, vrf));
  const auto& routes = model.index.sessions_by_framed_route;
  const auto other = routes.find(key);
  if (other == routes.end() || other->second == own) return {};
  return failf(ErrorCode::conflict, "framed route {} in VRF {} belongs to session {:#x}; choose another",
               to_string(route), vrf_name(model, vrf), other->second.second.value);
}

// The lengths that the VRF of `key` has of its family without the routes of the session that is replaced.
std::set<uint8_t> lengths_of_others(const Model& model, const FramedKey& key, const std::vector<FramedKey>& replaced) {
  const bool ipv4 = key.second.is_ipv4();
  const auto& counts = model.index.framed_lengths;
  std::set<uint8_t> lengths;
  for (auto it = counts.lower_bound({key.first, ipv4, uint8_t{0}}); it != counts.end(); ++it) {
    const auto [vrf, of_ipv4, length] = it->first;
    if (vrf != key.first || of_ipv4 != ipv4) break;
    const auto is_of_it = [&, wanted = length](const FramedKey& k) {
      return k.first == key.first && k.second.is_ipv4() == ipv4 && k.second.length() == wanted;
    };
    if (it->second > static_cast<size_t>(std::ranges::count_if(replaced, is_of_it))) lengths.insert(length);
  }
  return lengths;
}

Status check_lengths(const Model& model, const std::vector<FramedKey>& routes, const std::vector<FramedKey>& replaced) {
  std::map<std::pair<VrfId, bool>, std::set<uint8_t>> lengths;  // VRF, IPv4
  for (const FramedKey& key : routes) {
    const auto& [vrf, route] = key;
    auto [at, is_new] = lengths.try_emplace({vrf, route.is_ipv4()});
    if (is_new) at->second = lengths_of_others(model, key, replaced);
    at->second.insert(route.length());
    if (at->second.size() > kFramedLengthsMax)
      return failf(ErrorCode::exhausted,
                   "framed route {}: VRF {} has {} framed routes of {} different lengths already; one of these would "
                   "be right",
                   to_string(route), vrf_name(model, vrf), family(route), kFramedLengthsMax);
  }
  return {};
}

}  // namespace

Status check_framed_routes(const Pdr& pdr, const std::string& subject) {
  const auto& routes = pdr.framed_routes;
  if (routes.size() > channel::kPdrFramedRoutesMax)
    return failf(ErrorCode::invalid, "{}: has {} framed routes; at most {}", subject, routes.size(),
                 channel::kPdrFramedRoutesMax);
  for (auto route = routes.begin(); route != routes.end(); ++route) {
    if (Status s = check_route(pdr, *route, subject + ": framed route"); !s) return s;
    if (std::find(routes.begin(), route, *route) != route)
      return failf(ErrorCode::invalid, "{}: framed route {} is there twice; once is right", subject, to_string(*route));
  }
  return {};
}

Status check_framed_keys(const Model& model, const Session& session, const SessionKeys& keys) {
  std::set<IpPrefix> routes;
  for (const Pdr& pdr : session.pdrs) routes.insert(pdr.framed_routes.begin(), pdr.framed_routes.end());
  if (routes.size() > channel::kSessionRulesMax)
    return failf(ErrorCode::invalid, "the session has {} different framed routes; at most {}", routes.size(),
                 channel::kSessionRulesMax);
  const SessionKey own{session.tenant, session.up_seid};
  for (const FramedKey& key : keys.framed)
    if (Status s = check_apart(model, key, own); !s) return s;
  if (keys.framed.empty()) return {};
  const auto replaced = model.sessions.find(own);
  return check_lengths(
      model, keys.framed,
      replaced == model.sessions.end() ? std::vector<FramedKey>{} : session_keys(replaced->second).framed);
}

Status check_no_framed_route(const Model& model, VrfId vrf, const IpPrefix& prefix, const std::string& subject) {
  const auto* route = find_overlapping_nested(model.index.sessions_by_framed_route, vrf, prefix);
  if (route == nullptr) return {};
  return failf(ErrorCode::conflict, "{}: {} overlaps framed route {} of session {:#x} in VRF {}", subject,
               to_string(prefix), to_string(route->first.second), route->second.second.value, vrf_name(model, vrf));
}

}  // namespace demarc::cp
