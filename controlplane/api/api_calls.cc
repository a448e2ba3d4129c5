#include "controlplane/api/api_calls.h"

#include <algorithm>

namespace demarc::cp {

std::optional<uint64_t> ApiCalls::take(TenantId tenant, uint64_t per_second, uint64_t now_ns) {
  Of& of = tenants_[tenant];
  const uint64_t call_ns = kSecondNs / std::clamp<uint64_t>(per_second, 1, kSecondNs);
  const uint64_t full_at_ns = std::max(of.full_at_ns, now_ns) + call_ns;
  if (full_at_ns - now_ns > kSecondNs) {
    ++of.counts.refused;
    return full_at_ns - now_ns - kSecondNs;
  }
  of.full_at_ns = full_at_ns;
  count(of, now_ns);
  return std::nullopt;
}

// The tenths of a second between the last call and this one had none.
void ApiCalls::count(Of& of, uint64_t now_ns) {
  const uint64_t tenth = now_ns / (kSecondNs / kTenths);
  const uint64_t passed = std::min<uint64_t>(tenth - std::min(of.tenth, tenth), kTenths);
  for (uint64_t i = 0; i < passed; ++i) of.taken[(tenth - i) % kTenths] = 0;
  of.tenth = tenth;
  ++of.taken[tenth % kTenths];
  ++of.counts.taken;
}

uint64_t ApiCalls::in_last_second(TenantId tenant, uint64_t now_ns) const {
  const auto it = tenants_.find(tenant);
  if (it == tenants_.end()) return 0;
  const Of& of = it->second;
  const uint64_t tenth = now_ns / (kSecondNs / kTenths);
  const uint64_t passed = tenth - std::min(of.tenth, tenth);
  uint64_t calls = 0;
  for (uint64_t i = passed; i < kTenths; ++i) calls += of.taken[(tenth - i) % kTenths];
  return calls;
}

ApiCallCounts ApiCalls::counts(TenantId tenant) const {
  const auto it = tenants_.find(tenant);
  return it == tenants_.end() ? ApiCallCounts{} : it->second.counts;
}

}  // namespace demarc::cp
