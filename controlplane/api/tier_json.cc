#include "controlplane/api/tier_json.h"

#include <bit>

#include "controlplane/model/capacity.h"

namespace demarc::cp {

json tier_json(const Tier& tier) {
  json out{{"name", tier_name(tier)}, {"weight", tier.weight}};
  if (tier.guaranteed_pps != 0) out["guaranteed_pps"] = tier.guaranteed_pps;
  if (tier.guaranteed_bps != 0) out["guaranteed_bps"] = tier.guaranteed_bps;
  for (uint64_t rest = tier.workers; rest != 0; rest &= rest - 1) out["workers"].push_back(std::countr_zero(rest));
  return out;
}

Tier tier_from(const json& body, Tier tier) {
  tier.weight = body.value("weight", tier.weight);
  tier.guaranteed_pps = body.value("guaranteed_pps", tier.guaranteed_pps);
  tier.guaranteed_bps = body.value("guaranteed_bps", tier.guaranteed_bps);
  const auto workers = body.find("workers");
  if (workers == body.end()) return tier;
  tier.workers = 0;
  for (const json& worker : *workers) tier.workers |= uint64_t{1} << worker.get<unsigned>();
  return tier;
}

}  // namespace demarc::cp
