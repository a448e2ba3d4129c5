#include "dataplane/stages/end.h"

#include "dataplane/stages/icmp_error.h"
#include "dataplane/stages/usage.h"
#include "dataplane/worker/capturer.h"

namespace demarc::dp {

void end_drops(StageContext& context, Burst& burst) {
  if (context.capture != nullptr) context.capture->finish(burst, context.topology());
  if (burst.dropped.empty()) return;
  rte_mbuf* freed[kBurstMax];
  unsigned count = 0;
  for (uint8_t i : burst.dropped) {
    const PacketMeta& meta = burst.meta[i];
    context.counters(meta.tenant).drop(static_cast<DropReason>(meta.drop), 1);
    count_session_drop(burst, i);
    answer_drop(context, burst, i);
    freed[count++] = burst.mbuf[i];
  }
  rte_pktmbuf_free_bulk(freed, count);
  burst.dropped.clear();
}

void count_released(StageContext& context, const Burst& burst) {
  for (unsigned i = 0; i < burst.size; ++i) context.counters(burst.meta[i].tenant).subtract(Counter::held_packets, 1);
}

}  // namespace demarc::dp
