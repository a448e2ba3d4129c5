#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/overlap.h"
#include "controlplane/model/validate_address.h"

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
  if (const UePool* other = overlapping_pool(model_, p.vrf, p.prefix))
    return failf(ErrorCode::conflict, "{}: {} overlaps {} of UE pool {} in VRF {}; pools of one VRF must be apart",
                 subject, to_string(p.prefix), to_string(other->prefix), other->name, (*vrf)->name);
  if (const Attachment* a = overlapping_attachment(model_, p.vrf, p.prefix))
    return failf(ErrorCode::conflict, "{}: {} overlaps {} of attachment {} in VRF {}", subject, to_string(p.prefix),
                 to_string(a->address.prefix()), a->name, (*vrf)->name);
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
  auto ue = model_.index.sessions_by_ue.lower_bound({p.vrf, Ipv4Address{p.prefix.value}});
  if (ue != model_.index.sessions_by_ue.end() && ue->first.first == p.vrf && p.prefix.contains(ue->first.second))
    return still_used("UE pool " + p.name, fmt::format("session {:#x} with UE address {}", ue->second.second.value,
                                                       to_string(ue->first.second)));
  change(p, std::nullopt);
  return {};
}

}  // namespace demarc::cp
