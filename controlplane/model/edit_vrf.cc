#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/validate_rates.h"

namespace demarc::cp {
namespace {

// The first entry of a map or set whose key begins with this VRF; end() when there is none.
template <class Map, class Key>
auto first_of(const Map& map, VrfId vrf, const Key& lowest) {
  auto it = map.lower_bound(lowest);
  return it != map.end() && std::get<0>(it->first) == vrf ? it : map.end();
}

// What stands on the VRF, by its name; empty when nothing does.
std::string first_dependant(const Model& m, VrfId vrf) {
  if (auto it = first_of(m.index.attachments_by_prefix, vrf, std::pair(vrf, IpPrefix(Ipv6Prefix{})));
      it != m.index.attachments_by_prefix.end())
    return "attachment " + m.attachments.at(it->second).name;
  if (auto it = first_of(m.index.endpoints_by_address, vrf, std::pair(vrf, IpAddress(Ipv6Address{})));
      it != m.index.endpoints_by_address.end())
    return "GTP-U endpoint " + m.endpoints.at(it->second).name;
  if (auto it = first_of(m.index.pools_by_prefix, vrf, std::pair(vrf, IpPrefix(Ipv6Prefix{})));
      it != m.index.pools_by_prefix.end())
    return "UE pool " + m.pools.at(it->second).name;
  if (auto it = first_of(m.index.routes_by_prefix, vrf, std::pair(vrf, IpPrefix(Ipv6Prefix{})));
      it != m.index.routes_by_prefix.end())
    return "route " + to_string(it->first.second);
  auto it = m.index.sessions_by_vrf.lower_bound({vrf, {}});
  if (it != m.index.sessions_by_vrf.end() && it->first == vrf)
    return fmt::format("session {:#x}", it->second.second.value);
  return "";
}

constexpr uint16_t kTcpMssMin = 536;  // RFC 9293 section 3.7.1
constexpr uint16_t kTcpMssMax = 8960;

Status check_options(VrfRole role, const VrfOptions& o, const std::string& subject) {
  if (role == VrfRole::access && o != VrfOptions{})
    return failf(ErrorCode::invalid, "{}: it is an access VRF; these options are for the UEs of a core VRF", subject);
  if (Status s = check_mtu(o.mtu, subject); !s) return s;
  if (o.tcp_mss != 0 && (o.tcp_mss < kTcpMssMin || o.tcp_mss > kTcpMssMax))
    return failf(ErrorCode::invalid, "{}: TCP MSS {}: must be from {} to {}, or 0 to leave it as it is", subject,
                 o.tcp_mss, kTcpMssMin, kTcpMssMax);
  return check_rates(o.rates, subject);
}

}  // namespace

Result<Vrf> Edit::add_vrf(Vrf vrf) {
  auto tenant = need_tenant(model_, vrf.tenant);
  if (!tenant) return forward(tenant);
  if (Status s = check_name("VRF", vrf.name, model_.vrf(vrf.tenant, vrf.name) != nullptr, " in this tenant"); !s)
    return forward(s);
  if (Status s = check_options(vrf.role, vrf.options, "VRF " + vrf.name); !s) return forward(s);
  if (Status s = check_share(vrf.tenant, Shared::vrfs); !s) return forward(s);
  auto id = new_id(object_kind<Vrf>);
  if (!id) return forward(id);
  vrf.id = VrfId{*id};
  change(std::nullopt, vrf);
  return vrf;
}

Result<Vrf> Edit::set_vrf(VrfId id, const VrfOptions& options) {
  auto it = model_.vrfs.find(id);
  if (it == model_.vrfs.end()) return failf(ErrorCode::not_found, "there is no VRF with id {}", id.value);
  Vrf after = it->second;
  if (Status s = check_options(after.role, options, "VRF " + after.name); !s) return forward(s);
  if (after.options == options) return after;
  after.options = options;
  change(it->second, after);
  return after;
}

Status Edit::remove_vrf(VrfId id) {
  auto it = model_.vrfs.find(id);
  if (it == model_.vrfs.end()) return failf(ErrorCode::not_found, "there is no VRF with id {}", id.value);
  if (const std::string by = first_dependant(model_, id); !by.empty()) return still_used("VRF " + it->second.name, by);
  change(it->second, std::nullopt);
  return {};
}

}  // namespace demarc::cp
