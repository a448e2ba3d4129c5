// A tenant's tier as one text: "WEIGHT/GUARANTEED_PPS/GUARANTEED_BPS/WORKERS", the workers a mask; the tier that
// tenants have without one being set is empty.
#pragma once

#include <string>
#include <string_view>

#include "controlplane/model/objects.h"

namespace demarc::cp {

std::string tier_to_text(const Tier& tier);
// False for what is malformed.
bool tier_from_text(std::string_view text, Tier& tier);

}  // namespace demarc::cp
