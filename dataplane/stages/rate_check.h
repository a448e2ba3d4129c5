// The rates that one packet has to conform to, asked and paid. Shared by meter and ue_to_ue; no stage itself.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Whether nobody has a rate: then there is nothing to ask.
inline bool meters_nothing(const StageContext& context) {
  return !context.topology().has_limits() && !context.tables.sessions->has_rates();
}

// A packet of meta.session, which this worker owns, by meta.pdr(), with so many bytes inside of the tunnel.
// kNotDropped, and paid for; or the drop of the level that refused it, and nothing is spent.
uint8_t check_rates(StageContext& context, const PacketMeta& meta, Direction direction, size_t inner_bytes,
                    uint64_t now_tsc);

}  // namespace demarc::dp
