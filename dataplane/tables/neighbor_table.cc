#include "dataplane/tables/neighbor_table.h"

#include <array>
#include <cstring>
#include <string>
#include <type_traits>

#include "dataplane/tables/key_map.h"

namespace demarc::dp {
namespace {

static_assert(sizeof(NeighborAnswer) <= sizeof(uint64_t) && std::is_trivially_copyable_v<NeighborAnswer>);

// The answer as it is, in the first bytes of the value.
uint64_t pack(const NeighborAnswer& a) {
  uint64_t value = 0;
  std::memcpy(&value, &a, sizeof a);
  return value;
}

// Straight to its place: returned by value, the seven bytes would go through the stack, 15 ns each.
void unpack(uint64_t value, NeighborAnswer& out) { std::memcpy(static_cast<void*>(&out), &value, sizeof out); }

template <class Key>
Status put_in(KeyMap<Key>& map, const Key& key, const NeighborAnswer& answer) {
  if (answer.state == NeighborState::unknown) {
    map.remove(key);
    return {};
  }
  if (!map.find(key)) {
    if (map.size() >= map.keys_max())
      return fail(ErrorCode::exhausted, "the neighbor table is full: " + std::to_string(map.size()) + " of " +
                                            std::to_string(map.keys_max()) +
                                            " entries; start the data plane with a larger capacity");
    if (!map.has_slots(1))
      return fail(ErrorCode::unavailable,
                  "the neighbor table waits for a worker to let go of removed entries; try again in a moment");
  }
  if (!map.put(key, pack(answer)))
    return fail(ErrorCode::unavailable, "the neighbor table has no slot for one more entry now; try again in a moment");
  return {};
}

template <class Key>
NeighborAnswer find_in(const KeyMap<Key>& map, const Key& key) {
  const auto value = map.find(key);
  NeighborAnswer answer;
  unpack(value.value_or(0), answer);
  return answer;
}

template <class Key>
void lookup_in(const KeyMap<Key>& map, const Key* keys, unsigned n, NeighborAnswer* out) {
  std::array<void*, KeyMap<Key>::kLookupMax> values;
  const uint64_t hits = map.lookup(keys, n, values.data());
  for (unsigned i = 0; i < n; ++i) unpack(hits >> i & 1 ? reinterpret_cast<uint64_t>(values[i]) : 0, out[i]);
}

}  // namespace

struct NeighborTable::Impl {
  std::unique_ptr<KeyMap<uint64_t>> ipv4;
  std::unique_ptr<KeyMap<WideKey>> ipv6;
};

NeighborTable::~NeighborTable() = default;

Result<std::unique_ptr<NeighborTable>> NeighborTable::create(uint32_t capacity, Reclaimer& reclaimer,
                                                             const char* name) {
  auto ipv4 = KeyMap<uint64_t>::create(capacity, reclaimer, name);
  if (!ipv4) return tl::unexpected<Error>(ipv4.error());
  auto ipv6 = KeyMap<WideKey>::create(capacity, reclaimer, std::string(name) + "_6");
  if (!ipv6) return tl::unexpected<Error>(ipv6.error());
  std::unique_ptr<NeighborTable> made(new NeighborTable);
  made->impl_.reset(new Impl{std::move(*ipv4), std::move(*ipv6)});
  return made;
}

Status NeighborTable::put(uint64_t key, NeighborAnswer answer) { return put_in(*impl_->ipv4, key, answer); }
Status NeighborTable::put(const WideKey& key, NeighborAnswer answer) { return put_in(*impl_->ipv6, key, answer); }

void NeighborTable::remove(uint64_t key) { impl_->ipv4->remove(key); }
void NeighborTable::remove(const WideKey& key) { impl_->ipv6->remove(key); }

NeighborAnswer NeighborTable::find(uint64_t key) const { return find_in(*impl_->ipv4, key); }
NeighborAnswer NeighborTable::find(const WideKey& key) const { return find_in(*impl_->ipv6, key); }

uint32_t NeighborTable::size() const { return impl_->ipv4->size() + impl_->ipv6->size(); }
uint32_t NeighborTable::capacity() const { return impl_->ipv4->keys_max(); }
size_t NeighborTable::memory_bytes() const {
  return sizeof(*this) + impl_->ipv4->memory_bytes() + impl_->ipv6->memory_bytes();
}

void NeighborTable::lookup(const uint64_t* keys, unsigned n, NeighborAnswer* out) const {
  lookup_in(*impl_->ipv4, keys, n, out);
}
void NeighborTable::lookup(const WideKey* keys, unsigned n, NeighborAnswer* out) const {
  lookup_in(*impl_->ipv6, keys, n, out);
}

}  // namespace demarc::dp
