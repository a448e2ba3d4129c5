// KeyMap: keys of 64 bits, or WideKeys, to 64-bit values in an rte_hash that one thread changes while others read,
// without a lock. What the tables that change entry by entry are made of; only they include it.
//
// The agent is the only writer. A key that is removed leaves its slot to the Reclaimer: until every worker has passed a
// quiescent state the slot cannot be used again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/wide_key.h"

namespace demarc::dp {

struct KeyMapCore;

template <class Key>
class KeyMap {
 public:
  static constexpr unsigned kLookupMax = 64;

  // `keys_max`: live keys. There are more slots than that, for removed keys that workers may still look at.
  // `name`: 1..20 characters, its own in this process while the map and anything that it retired lives.
  // Memory is taken from DPDK's heap, at once. Errors: `invalid` name, `conflict` for a name in use, `exhausted`
  // memory.
  static Result<std::unique_ptr<KeyMap>> create(uint32_t keys_max, Reclaimer& reclaimer, const std::string& name);

  // ---- agent ----

  std::optional<uint64_t> find(const Key& key) const;
  uint32_t size() const;
  uint32_t keys_max() const { return keys_max_; }
  size_t memory_bytes() const;
  // Whether `n` new keys can be put now. When removed keys are in the way, reclaims first.
  bool has_slots(uint32_t n);
  // Adds the key, or gives it another value. False when there is no slot; then nothing has changed. The caller keeps to
  // keys_max.
  bool put(const Key& key, uint64_t value);
  // Nothing when it is not there.
  void remove(const Key& key);

  // ---- workers ----

  // n at most 64. Bit i of the answer: keys[i] is there and values[i] is its value, in a pointer; else values[i] means
  // nothing.
  uint64_t lookup(const Key* keys, unsigned n, void** values) const;

 private:
  KeyMap() = default;
  std::shared_ptr<KeyMapCore> core_;  // shared with what waits in the Reclaimer
  Reclaimer* reclaimer_ = nullptr;
  uint32_t keys_max_ = 0;
};

extern template class KeyMap<uint64_t>;
extern template class KeyMap<WideKey>;

}  // namespace demarc::dp
