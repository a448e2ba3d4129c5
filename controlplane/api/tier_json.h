// Tiers of tenants as JSON, both ways.
#pragma once

#include "controlplane/api/json_text.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

// Its name and weight, and what of the rest is set.
json tier_json(const Tier& tier);
// `tier` with what `body`, whose shape has been checked, has of it.
Tier tier_from(const json& body, Tier tier);

}  // namespace demarc::cp
