#include "dataplane/tables/framed_routes.h"

#include <array>
#include <utility>

#include "common/base/ip_prefix.h"
#include "dataplane/tables/longest_match.h"

namespace demarc::dp {
namespace {

IpPrefix prefix_of(const WideKey& key) { return Ipv6Prefix{key.address, static_cast<uint8_t>(key.length)}; }

}  // namespace

std::string framed_text(const WideKey& key) {
  return "framed route " + to_string(prefix_of(key)) + " in VRF slot " + std::to_string(key.slot);
}

Result<std::unique_ptr<FramedRoutes>> FramedRoutes::create(uint32_t sessions, Reclaimer& reclaimer,
                                                           const std::string& name) {
  auto map = KeyMap<WideKey>::create(routes_max(sessions), reclaimer, name);
  if (!map) return tl::unexpected<Error>(map.error());
  std::unique_ptr<FramedRoutes> made(new FramedRoutes(reclaimer));
  made->map_ = std::move(*map);
  return made;
}

PrefixLengths& FramedRoutes::lengths_of(const WideKey& key) {
  return prefix_of(key).is_ipv4() ? ipv4_lengths_ : ipv6_lengths_;
}

// False, and nothing has changed: a ninth length. Throws std::bad_alloc without any change.
bool FramedRoutes::add_place(const WideKey& key) {
  const VrfSlot vrf{key.slot};
  const IpPrefix prefix = prefix_of(key);
  const auto length = static_cast<uint8_t>(key.length);
  if (!lengths_of(key).add(vrf, length)) return false;
  try {
    if (prefix.is_ipv4()) {
      const uint32_t first = prefix.ipv4().value;
      ranges_.add(vrf, Be32::from_host(first));
      // The row is there now: this one does not fail.
      ranges_.add(vrf, Be32::from_host(first | ~ipv4_mask(prefix.length())));
    } else {
      ranges_.add(vrf, prefix.ipv6());
    }
  } catch (...) {
    lengths_of(key).remove(vrf, length);
    throw;
  }
  places_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void FramedRoutes::remove_place(const WideKey& key) {
  const VrfSlot vrf{key.slot};
  lengths_of(key).remove(vrf, static_cast<uint8_t>(key.length));
  if (prefix_of(key).is_ipv4()) {
    ranges_.remove_ipv4(vrf);
    ranges_.remove_ipv4(vrf);
  } else {
    ranges_.remove_ipv6(vrf);
  }
  places_.fetch_sub(1, std::memory_order_relaxed);
}

Status FramedRoutes::NewPlaces::add(std::span<const WideKey> keys) {
  added_.reserve(keys.size());
  for (const WideKey& key : keys) {
    if (!routes_.add_place(key))
      return fail(ErrorCode::exhausted, framed_text(key) + " has a ninth length; a VRF can have framed routes of " +
                                            std::to_string(PrefixLengths::kMax) + " different ones a family");
    added_.push_back(key);
  }
  return {};
}

void FramedRoutes::lookup(const uint64_t* keys, unsigned n, const Session** out) const {
  constexpr unsigned kMax = KeyMap<WideKey>::kLookupMax;
  std::array<WideKey, kMax> wanted;
  std::array<const Session*, kMax> found;
  std::array<uint8_t, kMax> wanted_by;
  unsigned m = 0;
  for (unsigned i = 0; i < n; ++i) {
    const VrfSlot vrf{static_cast<uint32_t>(keys[i] >> 32)};
    if (out[i] != nullptr || ipv4_lengths_.of(vrf) == 0) continue;
    wanted[m] = {IpAddress(Be32::from_raw(static_cast<uint32_t>(keys[i]))).ipv6(), vrf.value, 128};
    found[m] = nullptr;
    wanted_by[m++] = static_cast<uint8_t>(i);
  }
  if (m == 0) return;
  lookup_longest(*map_, ipv4_lengths_, wanted.data(), m, found.data());
  for (unsigned k = 0; k < m; ++k) out[wanted_by[k]] = found[k];
}

void FramedRoutes::lookup(const WideKey* keys, unsigned n, const Session** out) const {
  lookup_longest(*map_, ipv6_lengths_, keys, n, out);
}

}  // namespace demarc::dp
