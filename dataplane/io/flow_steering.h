// Flow rules of a NIC that bring G-PDUs to the worker that their TEID names (teid_owner.h).
#pragma once

#include <cstdint>
#include <vector>

namespace demarc::dp {

// Matches (TEID & mask) == value, in host byte order.
struct TeidRule {
  uint32_t value;
  uint32_t mask;
  uint16_t queue;
};

// Together they match every TEID, each exactly once. `queues`: 2..kWorkersMax, one a worker.
std::vector<TeidRule> teid_rules(unsigned queues);

// Installs them on a started port, for as many of the ways in which a G-PDU can be wrapped (tagged or not, IPv4 or
// IPv6) as the port can tell; each way with all rules or none. False: with none. The port forgets them when it is
// closed.
bool install_teid_rules(uint16_t ethdev, unsigned queues);

}  // namespace demarc::dp
