#include "controlplane/exporter/latency_counts.h"

#include <algorithm>

namespace demarc::cp {

LatencyCounts latency_counts(const schema::TenantCountersT& row) {
  LatencyCounts counts{};
  if (row.latency_first >= counts.size()) return counts;
  const size_t n = std::min(row.latency.size(), counts.size() - row.latency_first);
  std::copy_n(row.latency.begin(), n, counts.begin() + row.latency_first);
  return counts;
}

}  // namespace demarc::cp
