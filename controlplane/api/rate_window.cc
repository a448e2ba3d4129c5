#include "controlplane/api/rate_window.h"

#include "common/defs/counter.h"

namespace demarc::cp {
namespace {

constexpr uint64_t kLongestNs = 10'000'000'000;

const schema::TenantCountersT* row_of(const schema::CountersReportT& report, TenantId tenant) {
  for (const auto& row : report.tenants)
    if (row->tenant == tenant.value) return row.get();
  return nullptr;
}

uint64_t at(const schema::TenantCountersT* row, Counter counter) {
  const auto index = static_cast<size_t>(counter);
  return row != nullptr && index < row->counters.size() ? row->counters[index] : 0;
}

}  // namespace

std::optional<RatesUsed> rates_used(const CountersWindow& window, TenantId tenant) {
  if (!window.newest || !window.before || window.before->wall_ns == 0) return std::nullopt;
  const uint64_t ns = window.newest->wall_ns - window.before->wall_ns;
  if (window.newest->wall_ns <= window.before->wall_ns || ns > kLongestNs) return std::nullopt;
  const auto* now = row_of(*window.newest, tenant);
  const auto* then = row_of(*window.before, tenant);
  bool grown = true;
  const auto a_second = [&](Counter counter, uint64_t times) -> uint64_t {
    const uint64_t more = at(now, counter) - at(then, counter);
    grown = grown && at(now, counter) >= at(then, counter);
    return static_cast<uint64_t>(static_cast<double>(more) * static_cast<double>(times) * 1e9 /
                                 static_cast<double>(ns));
  };
  const RatesUsed used{a_second(Counter::uplink_bytes, 8), a_second(Counter::downlink_bytes, 8),
                       a_second(Counter::uplink_packets, 1), a_second(Counter::downlink_packets, 1)};
  if (!grown) return std::nullopt;
  return used;
}

}  // namespace demarc::cp
