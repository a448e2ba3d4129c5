// Digests of entries and of a tenant's tables.
//
// An entry's digest is a 64-bit hash of its key and its bytes. A tenant's digest is the sum (mod 2^64) of its entries'
// digests: it does not depend on the order in which they came, and is kept up to date by one addition or subtraction a
// change. It finds differences after faults; it is no defence against somebody who makes collisions (the channel's
// directory and CURVE are).
#pragma once

#include <cstdint>
#include <string_view>

#include "common/channel/table_update.h"

namespace demarc::channel {

uint64_t entry_digest(const EntryKey& key, std::string_view value);

}  // namespace demarc::channel
