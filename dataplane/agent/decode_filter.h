// Of a PDR's SDF filters, QFIs and framed routes only: the checks that need nothing but the entry itself.
#pragma once

#include "common/base/result.h"
#include "dataplane/agent/decode.h"
#include "dataplane/tables/rule_compile.h"

namespace demarc::dp {

// Errors: `invalid`, naming the PDR, the filter or framed route by its place counted from 1, and the value.
Result<PdrDetail> decode_pdr_detail(const channel::EntryKey& key, const schema::PdrEntry& pdr);

}  // namespace demarc::dp
