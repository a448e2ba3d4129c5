// The EAL's command line, made from the configuration.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "dataplane/config.h"

namespace demarc::dp {

// MB of hugepages that are free on this machine, all sizes and nodes together.
uint64_t free_hugepages_mb();
// Those in use among them.
uint64_t reserved_hugepages_mb();

// Lcore 0 is the agent's, lcore 1 + n worker n's. Errors: `invalid` for a CPU that this process may not use;
// `exhausted` when hugepages are required and too few are free.
Result<std::vector<std::string>> eal_arguments(const Config& config, uint64_t hugepages_mb);

}  // namespace demarc::dp
