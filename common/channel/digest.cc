#include "common/channel/digest.h"

#include <cstring>

namespace demarc::channel {
namespace {

// The finalizer of MurmurHash3: every input bit reaches every output bit.
constexpr uint64_t mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdull;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ull;
  return x ^ (x >> 33);
}

}  // namespace

uint64_t entry_digest(const EntryKey& key, std::string_view value) {
  uint64_t h = mix(0x64656d617263ull + key.tenant.value);
  h = mix(h ^ static_cast<uint64_t>(key.kind) << 56 ^ value.size());
  h = mix(h ^ key.id);
  while (!value.empty()) {
    uint64_t word = 0;
    const size_t n = value.size() < 8 ? value.size() : 8;
    std::memcpy(&word, value.data(), n);
    h = mix(h ^ word) + 0x9e3779b97f4a7c15ull;
    value.remove_prefix(n);
  }
  return h == 0 ? 1 : h;
}

}  // namespace demarc::channel
