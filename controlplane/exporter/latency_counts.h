// The latency histogram of one tenant's row in a report, whole.
#pragma once

#include <array>
#include <cstdint>

#include "common/base/log_linear.h"
#include "common/schema/channel_generated.h"

namespace demarc::cp {

using LatencyCounts = std::array<uint64_t, kLogLinearBuckets>;  // packets by bucket of log_linear.h

// What does not fit into it (a row of another release) is left out.
LatencyCounts latency_counts(const schema::TenantCountersT& row);

}  // namespace demarc::cp
