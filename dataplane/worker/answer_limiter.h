// AnswerLimiter: how often demarc answers packets that it drops: Error Indications, notifications, ICMP errors.
//
// Each class of answers has two limits, per tenant: for one peer, and for all its peers together. A tenant that floods
// its link uses up its own and nobody else's. Both are token buckets, kept as the time at which the bucket would be
// full again, in TSC ticks: one 64-bit number each, which overflows after a hundred years of uptime.
//
// Of N a second the worker's share is one of `workers`. Of the share a half may come at once and the rest follows
// evenly, so that in no second there are more than N in all; with more than N / 2 workers each of them still has one at
// once, and there may be that many.
//
// A tenant's peers share kPeerBuckets buckets by a hash of their addresses: memory is bounded, nothing is evicted, and
// two peers in one bucket together have what one may have.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/base/ids.h"
#include "common/base/ip_address.h"

namespace demarc::dp {

enum class AnswerClass : uint8_t { gtpu_error_indication, gtpu_extension_headers, icmp_error };
inline constexpr size_t kAnswerClasses = 3;

struct AnswerRates {
  uint32_t per_peer;    // a second
  uint32_t per_tenant;  // a second
};
inline constexpr AnswerRates kAnswerRates[kAnswerClasses] = {{10, 100}, {10, 100}, {10, 100}};

class AnswerLimiter {
 public:
  // `workers`: among how many the limits are split, at least 1. `ticks_per_second`: of the TSC.
  AnswerLimiter(uint32_t tenant_slots, unsigned workers, uint64_t ticks_per_second);

  // Takes one answer of the peer's and of the tenant's. False, and nothing is taken, when either has none left.
  // `tenant` below tenant_slots; `now_tsc` does not go back.
  bool take(TenantSlot tenant, AnswerClass c, const IpAddress& peer, uint64_t now_tsc);

 private:
  static constexpr size_t kPeerBuckets = 64;  // of a tenant, a power of two
  struct Rate {
    uint64_t interval_ticks;  // from one token to the next
    uint64_t depth_ticks;     // how far full_tsc may be ahead for one more to be taken
  };
  // full_tsc of each bucket.
  struct Tenant {
    std::array<uint64_t, kAnswerClasses> all{};
    std::array<uint64_t, kPeerBuckets> peers{};
  };

  static Rate rate(uint32_t per_second, unsigned workers, uint64_t ticks_per_second);
  static size_t bucket_of(AnswerClass c, const IpAddress& peer);

  std::array<Rate, kAnswerClasses> peer_rates_;
  std::array<Rate, kAnswerClasses> tenant_rates_;
  std::vector<Tenant> tenants_;
};

}  // namespace demarc::dp
