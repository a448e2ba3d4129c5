// What SDF filters look at, read from a packet; no stage itself.
//
// The first fragment of a packet has ports (or an SPI), a later one has none and matches only filters that ask for
// none: which is what can be told of it without putting the packet together.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/tables/rule_classifier.h"

namespace demarc::dp {

// Of the IP packet at `offset` in the mbuf, from the UE or to it. Fills all of `flow` but key and qfi. kNotDropped, or
// the code of the drop: the inner packet's header is not one, or its extension headers are not.
uint8_t read_flow(rte_mbuf* mbuf, size_t offset, bool ipv6, bool from_ue, Flow& flow);

}  // namespace demarc::dp
