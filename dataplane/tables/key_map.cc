#include "dataplane/tables/key_map.h"

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_jhash.h>
#include <rte_lcore.h>
#include <rte_malloc.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <random>

namespace demarc::dp {

static_assert(sizeof(void*) == sizeof(uint64_t), "values travel in the hash's data pointers");

struct KeyMapCore {
  struct FreeHash {
    void operator()(rte_hash* h) const { rte_hash_free(h); }
  };
  std::unique_ptr<rte_hash, FreeHash> hash;
  uint32_t slots = 0;
  uint32_t live = 0;
  uint32_t waiting = 0;  // removed, and not yet free
  size_t memory_bytes = 0;
};

namespace {

// The longest name that rte_hash makes of ours is "RG_HT_EXT_" + name, in 31 characters; beyond, it cuts in silence.
// The tables append up to three of their own.
constexpr size_t kNameMax = 20;

// Enough that a transaction of some thousand changes needs no grace period in its middle.
uint32_t slots_for(uint32_t keys_max) {
  const uint64_t slots = uint64_t{keys_max} + std::max<uint64_t>(4096, keys_max / 8);
  return static_cast<uint32_t>(std::min<uint64_t>(slots, RTE_HASH_ENTRIES_MAX));
}

size_t heap_bytes_in_use() {
  size_t sum = 0;
  for (unsigned i = 0; i < rte_socket_count(); ++i) {
    rte_malloc_socket_stats stats{};
    if (rte_malloc_get_socket_stats(rte_socket_id_by_idx(i), &stats) == 0) sum += stats.heap_allocsz_bytes;
  }
  return sum;
}

tl::unexpected<Error> create_failed(const std::string& name, uint32_t keys_max) {
  if (rte_errno == EEXIST) return fail(ErrorCode::conflict, "there is already a table with the name " + name);
  if (rte_errno == EINVAL)
    return fail(ErrorCode::invalid, "table " + name + " for " + std::to_string(keys_max) +
                                        " keys; it can be from 1 to about " +
                                        std::to_string(RTE_HASH_ENTRIES_MAX / 9 * 8));
  return fail(ErrorCode::exhausted, "not enough memory for table " + name + " with " + std::to_string(keys_max) +
                                        " keys; give the data plane more, or set a smaller capacity");
}

}  // namespace

template <class Key>
Result<std::unique_ptr<KeyMap<Key>>> KeyMap<Key>::create(uint32_t keys_max, Reclaimer& reclaimer,
                                                         const std::string& name) {
  if (name.empty() || name.size() > kNameMax)
    return fail(ErrorCode::invalid,
                "table name \"" + name + "\"; it must have from 1 to " + std::to_string(kNameMax) + " characters");
  rte_hash_parameters p{};
  p.name = name.c_str();
  p.entries = slots_for(keys_max);
  p.key_len = sizeof(Key);
  // Tenants choose TEIDs and addresses and share the buckets: with a seed that they cannot know, none of them can make
  // the chains of all others long. A CRC would not do: it is linear, what collides for one seed does so for each.
  p.hash_func = rte_jhash;
  p.hash_func_init_val = std::random_device{}();
  p.socket_id = static_cast<int>(rte_socket_id());
  p.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_EXT_TABLE;

  const size_t before = heap_bytes_in_use();
  auto core = std::make_shared<KeyMapCore>();
  core->hash.reset(keys_max == 0 ? (rte_errno = EINVAL, nullptr) : rte_hash_create(&p));
  if (!core->hash) return create_failed(name, keys_max);
  core->slots = p.entries;
  core->memory_bytes = heap_bytes_in_use() - before;

  std::unique_ptr<KeyMap> made(new KeyMap);
  made->core_ = std::move(core);
  made->reclaimer_ = &reclaimer;
  made->keys_max_ = keys_max;
  return made;
}

template <class Key>
std::optional<uint64_t> KeyMap<Key>::find(const Key& key) const {
  void* value = nullptr;
  if (rte_hash_lookup_data(core_->hash.get(), &key, &value) < 0) return std::nullopt;
  return reinterpret_cast<uint64_t>(value);
}

template <class Key>
uint32_t KeyMap<Key>::size() const {
  return core_->live;
}
template <class Key>
size_t KeyMap<Key>::memory_bytes() const {
  return core_->memory_bytes;
}

template <class Key>
bool KeyMap<Key>::has_slots(uint32_t n) {
  const auto enough = [&] { return core_->slots - core_->live - core_->waiting >= n; };
  if (!enough()) reclaimer_->reclaim();
  return enough();
}

template <class Key>
bool KeyMap<Key>::put(const Key& key, uint64_t value) {
  const bool added = rte_hash_lookup(core_->hash.get(), &key) < 0;
  // Another value for a key that is there is one store of the data pointer, with release order.
  if (rte_hash_add_key_data(core_->hash.get(), &key, reinterpret_cast<void*>(value)) != 0) return false;
  core_->live += added;
  return true;
}

template <class Key>
void KeyMap<Key>::remove(const Key& key) {
  const int position = rte_hash_del_key(core_->hash.get(), &key);
  if (position < 0) return;
  --core_->live;
  ++core_->waiting;
  reclaimer_->retire([core = core_, position] {
    rte_hash_free_key_with_position(core->hash.get(), position);
    --core->waiting;
  });
}

template <class Key>
uint64_t KeyMap<Key>::lookup(const Key* keys, unsigned n, void** values) const {
  std::array<const void*, kLookupMax> pointers;
  if (n == 0 || n > kLookupMax) return 0;
  for (unsigned i = 0; i < n; ++i) pointers[i] = &keys[i];
  uint64_t hits = 0;
  // It prefetches both buckets and the key before it compares.
  rte_hash_lookup_bulk_data(core_->hash.get(), pointers.data(), n, &hits, values);
  return hits;
}

template class KeyMap<uint64_t>;
template class KeyMap<WideKey>;

}  // namespace demarc::dp
