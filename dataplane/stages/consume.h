// A packet that ends here as it should: counted and freed. Shared by stages; no stage itself.
#pragma once

#include <rte_mbuf.h>

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// The packet's mbuf is nobody's any more.
inline void consume(StageContext& context, Burst& burst, uint8_t i) {
  PacketMeta& meta = burst.meta[i];
  meta.fate = PacketFate::consumed;
  context.counters(meta.tenant).add(Counter::consumed_packets, 1);
  rte_pktmbuf_free(burst.mbuf[i]);
}

}  // namespace demarc::dp
