#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/validate_address.h"
#include "controlplane/model/validate_framed.h"

namespace demarc::cp {

Result<UePool> Edit::add_pool(UePool p) {
  auto tenant = need_tenant(model_, p.tenant);
  if (!tenant) return forward(tenant);
  if (Status s = check_name("UE pool", p.name, model_.pool(p.tenant, p.name) != nullptr, " in this tenant"); !s)
    return forward(s);
  const std::string subject = "UE pool " + p.name;
  auto vrf = need_vrf_of(model_, p.tenant, p.vrf, VrfRole::core, subject);
  if (!vrf) return forward(vrf);
  if (Status s = validate_host_prefix(subject, p.prefix); !s) return forward(s);
  if (const auto* other = find_overlapping(model_.index.pools_by_prefix, p.vrf, p.prefix))
    return failf(ErrorCode::conflict, "{}: {} overlaps {} of UE pool {} in VRF {}; pools of one VRF must be apart",
                 subject, to_string(p.prefix), to_string(other->first.second), model_.pools.at(other->second).name,
                 (*vrf)->name);
  if (const auto* a = find_overlapping(model_.index.attachments_by_prefix, p.vrf, p.prefix))
    return failf(ErrorCode::conflict, "{}: {} overlaps {} of attachment {} in VRF {}", subject, to_string(p.prefix),
                 to_string(a->first.second), model_.attachments.at(a->second).name, (*vrf)->name);
  if (Status s = check_no_framed_route(model_, p.vrf, p.prefix, subject); !s) return forward(s);
  if (Status s = check_share(p.tenant, Shared::ue_pools); !s) return forward(s);
  auto id = new_id(object_kind<UePool>);
  if (!id) return forward(id);
  p.id = UePoolId{*id};
  change(std::nullopt, p);
  return p;
}

Status Edit::remove_pool(UePoolId id) {
  auto it = model_.pools.find(id);
  if (it == model_.pools.end()) return failf(ErrorCode::not_found, "there is no UE pool with id {}", id.value);
  const UePool& p = it->second;
  if (const auto* ue = find_overlapping(model_.index.sessions_by_ue, p.vrf, p.prefix))
    return still_used("UE pool " + p.name, fmt::format("session {:#x} with UE address {}", ue->second.second.value,
                                                       to_short_string(ue->first.second)));
  change(p, std::nullopt);
  return {};
}

}  // namespace demarc::cp
