// ApiCalls: how many API calls the keys of each tenant make, and which are too many. A tenant may make so many a
// second, and so many at once after a second without any. In integers, over the monotonic clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

#include "common/base/ids.h"
#include "controlplane/exporter/api_call_counts.h"

namespace demarc::cp {

// On one thread only. `now_ns` is monotonic.
class ApiCalls {
 public:
  // Counts a call. Nothing: it is taken. Else it is one too many, and the next is taken in so many nanoseconds. 0 a
  // second counts as 1.
  std::optional<uint64_t> take(TenantId tenant, uint64_t per_second, uint64_t now_ns);

  // Calls taken in the last second, give or take a tenth.
  uint64_t in_last_second(TenantId tenant, uint64_t now_ns) const;
  ApiCallCounts counts(TenantId tenant) const;
  // Forgets a tenant that is gone.
  template <class Gone>
  void forget(Gone gone) {
    std::erase_if(tenants_, [&gone](const auto& entry) { return gone(entry.first); });
  }

 private:
  static constexpr uint64_t kSecondNs = 1'000'000'000;
  static constexpr size_t kTenths = 10;
  struct Of {
    uint64_t full_at_ns = 0;  // when the bucket is full again if nothing more is taken
    uint64_t tenth = 0;       // since the clock's beginning: of the newest of `taken`
    std::array<uint32_t, kTenths> taken{};
    ApiCallCounts counts;
  };
  static void count(Of& of, uint64_t now_ns);

  std::map<TenantId, Of> tenants_;
};

}  // namespace demarc::cp
