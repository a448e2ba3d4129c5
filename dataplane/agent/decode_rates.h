// Rates of entries: a tenant's, a VRF's, a session's AMBR, a QER's MBR and GBR.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/channel/table_update.h"
#include "common/schema/entries_generated.h"
#include "dataplane/agent/decode.h"

namespace demarc::dp {

// `rates` may be null: no limit. Errors, `invalid`: a figure out of range, with what would be right.
Result<Rates> decode_rates(const channel::EntryKey& key, const schema::Rates* rates);

// Bits a second of a QER; 0: none.
Result<Rate> decode_bit_rate(const channel::EntryKey& key, const std::string& what, uint64_t bps);

// Null: the default.
Result<TierValue> decode_tier(const channel::EntryKey& key, const schema::Tier* tier);

}  // namespace demarc::dp
