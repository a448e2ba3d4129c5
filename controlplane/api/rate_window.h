// What a tenant's sessions forwarded a second, between the two newest reports of the data plane.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/ids.h"
#include "controlplane/channel/link.h"

namespace demarc::cp {

// Of the packets inside of tunnels, as the tenant's limits are.
struct RatesUsed {
  uint64_t uplink_bps = 0, downlink_bps = 0;
  uint64_t uplink_pps = 0, downlink_pps = 0;
};

// Nothing while there are no two reports, or when they are of two starts of the data plane or too far apart to say
// much.
std::optional<RatesUsed> rates_used(const CountersWindow& window, TenantId tenant);

}  // namespace demarc::cp
