// port_hint: what to look at when a vdev cannot be made. DPDK's own words name an errno at best.
#pragma once

#include <string>

#include "dataplane/io/port_config.h"

namespace demarc::dp {

// A clause for the end of the error, for example "net_tpa is no driver that demarc knows; known are net_tap, …".
std::string vdev_hint(const PortConfig& config);

}  // namespace demarc::dp
