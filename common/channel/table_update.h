// A change of one entry of the data plane's tables: what `compile` yields, the channel carries and the agent applies.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "common/base/ids.h"
#include "common/schema/entries_generated.h"

namespace demarc::channel {

// The key of every entry: the tenant first.
struct EntryKey {
  TenantId tenant;
  schema::EntryKind kind = schema::EntryKind::none;
  uint64_t id = 0;  // the row's id in the store; for kind tenant the tenant's id; for kind session the UP SEID
  auto operator<=>(const EntryKey&) const = default;
};

struct TableUpdate {
  schema::OperationKind operation = schema::OperationKind::put;
  EntryKey key;
  std::string value;  // bytes of the FlatBuffer that `key.kind` names; empty for remove
};

// Bytes of an entry in the one form that both ends take the digest of.
template <class EntryT>
std::string pack_entry(const EntryT& entry) {
  flatbuffers::FlatBufferBuilder builder(256);
  builder.Finish(EntryT::TableType::Pack(builder, &entry));
  return std::string(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
}

template <class EntryT>
TableUpdate put(EntryKey key, const EntryT& entry) {
  return {schema::OperationKind::put, key, pack_entry(entry)};
}

inline TableUpdate remove(EntryKey key) { return {schema::OperationKind::remove, key, {}}; }

}  // namespace demarc::channel
