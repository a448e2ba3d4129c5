// What ipv6_input and gtpu_decap say alike about IPv6 packets; no stage itself.
#pragma once

#include <cstdint>

#include "common/wire/ipv6.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

inline uint8_t drop_of(wire::Ipv6ExtensionError error) {
  switch (error) {
    case wire::Ipv6ExtensionError::none: return kNotDropped;
    case wire::Ipv6ExtensionError::routing_type_0: return code(DropReason::ipv6_routing_header);
    case wire::Ipv6ExtensionError::truncated:
    case wire::Ipv6ExtensionError::too_long:
    case wire::Ipv6ExtensionError::out_of_place: break;
  }
  return code(DropReason::ipv6_ext_malformed);
}

}  // namespace demarc::dp
