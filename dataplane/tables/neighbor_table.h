// NeighborTable: (attachment, address) → MAC address and state, in the 64 bits of the hash's value. One hash a family:
// IPv4 keys are 8 bytes long and stay so.
#pragma once

#include <cstdint>
#include <memory>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/result.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/topology.h"
#include "dataplane/tables/wide_key.h"

namespace demarc::dp {

enum class NeighborState : uint8_t {
  unknown = 0,     // no entry: nobody asked yet
  incomplete = 1,  // asked, no answer yet: packets may be held
  reachable = 2,   // `mac` is right
  failed = 3,      // did not answer: packets are dropped until the entry is removed
};

struct NeighborAnswer {
  NeighborState state = NeighborState::unknown;
  MacAddress mac{};
};

class NeighborTable {
 public:
  // `capacity`: entries of each family. `name`: 1..16 characters, its own in this process. Memory is taken at once,
  // from DPDK's heap. Errors: `exhausted` memory; `invalid` name or capacity; `conflict` for a name in use.
  static Result<std::unique_ptr<NeighborTable>> create(uint32_t capacity, Reclaimer& reclaimer, const char* name);
  // No worker may still use it.
  ~NeighborTable();

  static uint64_t key(AttachmentSlot a, Be32 ipv4) { return uint64_t{a.value} << 32 | ipv4.raw(); }
  static WideKey key(AttachmentSlot a, const Ipv6Address& ipv6) { return {ipv6, a.value}; }

  // ---- agent ---- Errors, without any change: `exhausted` when full; `unavailable` when what was removed before still
  // fills the table because a worker has not passed a quiescent state since. To put `unknown` is to remove. Removing
  // what is not there changes nothing.
  Status put(uint64_t key, NeighborAnswer answer);
  Status put(const WideKey& key, NeighborAnswer answer);
  void remove(uint64_t key);
  void remove(const WideKey& key);
  // What is there now; state `unknown` when nothing is.
  NeighborAnswer find(uint64_t key) const;
  NeighborAnswer find(const WideKey& key) const;
  uint32_t size() const;      // of both families
  uint32_t capacity() const;  // of one family
  size_t memory_bytes() const;

  // ---- workers ---- n at most 64. State and address of one answer always belong together.
  void lookup(const uint64_t* keys, unsigned n, NeighborAnswer* out) const;
  void lookup(const WideKey* keys, unsigned n, NeighborAnswer* out) const;

 private:
  NeighborTable() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::dp
