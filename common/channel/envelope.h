// Envelopes: one ZeroMQ message each. Packed here; unpacked only after the verifier and the limits of channel_limits.h.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "common/channel/table_update.h"
#include "common/schema/channel_generated.h"

namespace demarc::channel {

using Bytes = std::vector<uint8_t>;

Bytes pack_envelope(uint64_t boot_id, uint64_t epoch, schema::MessageUnion message);

template <class MessageT>
Bytes pack_envelope(uint64_t boot_id, uint64_t epoch, MessageT message) {
  schema::MessageUnion any;
  any.Set(std::move(message));
  return pack_envelope(boot_id, epoch, std::move(any));
}

// Without the detour over objects: the values are copied once.
Bytes pack_transaction(uint64_t boot_id, uint64_t epoch, uint64_t number, std::span<const TableUpdate> updates);

// Verifies `bytes` and looks at its sizes. The pointer is into `bytes`, which must be aligned to 8 (as a vector's are)
// and outlive it; its message() is never null, its boot_id never 0, and UnPack() of it makes at most kUnpackedBytesMax.
// What the numbers mean is not checked. Errors: invalid, with what is wrong.
Result<const schema::Envelope*> open_envelope(std::span<const uint8_t> bytes);

// The operations of a transaction, checked as dataplane/agent/channel_handler.h says. On an error `operation` is the
// index of the one at fault.
struct OperationError {
  uint32_t operation = 0;
  Error error;
};
tl::expected<std::vector<TableUpdate>, OperationError> unpack_operations(const schema::Transaction& transaction);

}  // namespace demarc::channel
