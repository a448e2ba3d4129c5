#include "dataplane/worker/answer_limiter.h"

#include <algorithm>
#include <cstring>

namespace demarc::dp {

// Tokens at once and those that follow within a second make up the share; both at least what a worker needs to answer
// at all.
AnswerLimiter::Rate AnswerLimiter::rate(uint32_t per_second, unsigned workers, uint64_t ticks_per_second) {
  const uint64_t at_once = std::max<uint64_t>(1, per_second / 2 / workers);
  const uint64_t spent = std::min<uint64_t>(at_once * workers, per_second);
  const uint64_t following = std::max<uint64_t>({1, per_second - spent, per_second / 2});  // of all workers, a second
  const uint64_t interval = std::max<uint64_t>(1, (ticks_per_second * workers + following - 1) / following);
  return {interval, (at_once - 1) * interval};
}

AnswerLimiter::AnswerLimiter(uint32_t tenant_slots, unsigned workers, uint64_t ticks_per_second)
    : tenants_(tenant_slots) {
  for (size_t c = 0; c < kAnswerClasses; ++c) {
    peer_rates_[c] = rate(kAnswerRates[c].per_peer, workers, ticks_per_second);
    tenant_rates_[c] = rate(kAnswerRates[c].per_tenant, workers, ticks_per_second);
  }
}

size_t AnswerLimiter::bucket_of(AnswerClass c, const IpAddress& peer) {
  constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15ull;  // Fibonacci hashing: the upper bits depend on all of the key
  uint64_t words[2];
  std::memcpy(words, &peer, sizeof words);
  uint64_t h = (words[0] ^ static_cast<uint64_t>(c)) * kMultiplier;
  h = (h ^ words[1]) * kMultiplier;
  return h >> 58 & (kPeerBuckets - 1);
}

bool AnswerLimiter::take(TenantSlot tenant, AnswerClass c, const IpAddress& peer, uint64_t now_tsc) {
  const auto index = static_cast<size_t>(c);
  Tenant& t = tenants_[tenant.value];
  uint64_t& all_full = t.all[index];
  uint64_t& peer_full = t.peers[bucket_of(c, peer)];
  const Rate& all = tenant_rates_[index];
  const Rate& of_peer = peer_rates_[index];
  if (all_full > now_tsc + all.depth_ticks || peer_full > now_tsc + of_peer.depth_ticks) return false;
  all_full = std::max(all_full, now_tsc) + all.interval_ticks;
  peer_full = std::max(peer_full, now_tsc) + of_peer.interval_ticks;
  return true;
}

}  // namespace demarc::dp
