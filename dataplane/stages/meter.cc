#include "dataplane/stages/meter.h"

#include "dataplane/stages/rate_check.h"

namespace demarc::dp {

void meter(StageContext& context, Burst& burst, Lane& lane) {
  keep_if(lane, [&](uint8_t i) {
    const uint64_t bit = uint64_t{1} << i;
    if (((burst.uplink | burst.downlink) & ~burst.uncounted & bit) == 0) return true;  // nobody's usage
    const Direction direction = (burst.uplink & bit) != 0 ? Direction::uplink : Direction::downlink;
    const uint8_t reason = check_rates(context, burst.meta[i], direction, burst.inner_bytes[i], burst.now_tsc);
    if (reason == kNotDropped) return true;
    drop(burst, i, static_cast<DropReason>(reason));
    return false;
  });
}

}  // namespace demarc::dp
