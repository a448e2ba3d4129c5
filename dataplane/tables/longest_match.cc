#include "dataplane/tables/longest_match.h"

#include <rte_prefetch.h>

#include <array>
#include <cstring>

#include "common/base/byte_order.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {
namespace {

// The first `length` bits of the address, 1..128.
Ipv6Address masked(const Ipv6Address& a, unsigned length) {
  uint64_t words[2];
  std::memcpy(words, a.bytes.data(), sizeof words);
  if (length <= 64) {
    words[0] &= Be64::from_host(~uint64_t{0} << (64 - length)).raw();
    words[1] = 0;
  } else {
    words[1] &= Be64::from_host(~uint64_t{0} << (128 - length)).raw();
  }
  Ipv6Address out;
  std::memcpy(out.bytes.data(), words, sizeof words);
  return out;
}

}  // namespace

void lookup_longest(const KeyMap<WideKey>& map, const PrefixLengths& prefix_lengths, const WideKey* keys, unsigned n,
                    const Session** out) {
  constexpr unsigned kMax = KeyMap<WideKey>::kLookupMax;
  std::array<uint64_t, kMax> lengths;
  std::array<WideKey, kMax> wanted;
  std::array<uint8_t, kMax> wanted_by;
  std::array<void*, kMax> found;
  for (unsigned i = 0; i < n; ++i) lengths[i] = prefix_lengths.of(VrfSlot{keys[i].slot});
  // The longest of each VRF first; most have one.
  for (unsigned round = 0; round < PrefixLengths::kMax; ++round) {
    unsigned m = 0;
    for (unsigned i = 0; i < n; ++i) {
      const auto length = static_cast<unsigned>(lengths[i] >> 8 * round & 0xff);
      if (length == 0 || out[i] != nullptr) continue;
      wanted[m] = {masked(keys[i].address, length), keys[i].slot, length};
      wanted_by[m++] = static_cast<uint8_t>(i);
    }
    if (m == 0) return;
    const uint64_t hits = map.lookup(wanted.data(), m, found.data());
    for (unsigned k = 0; k < m; ++k) {
      if ((hits >> k & 1) == 0) continue;
      const auto* const session = static_cast<const Session*>(found[k]);
      out[wanted_by[k]] = session;
      rte_prefetch0(session);
      rte_prefetch0(session + 1);
    }
  }
}

}  // namespace demarc::dp
