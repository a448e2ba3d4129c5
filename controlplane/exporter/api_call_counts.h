#pragma once

#include <cstdint>

namespace demarc::cp {

// API calls with the keys of one tenant, since demarcd's start.
struct ApiCallCounts {
  uint64_t taken = 0;
  uint64_t refused = 0;  // beyond its rate
};

}  // namespace demarc::cp
