#include "controlplane/exporter/tenant_cost.h"

#include <algorithm>

#include "controlplane/exporter/latency_counts.h"

namespace demarc::cp {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double kNsOfASecond = 1e9;

// Where the bucket's times are taken to be: its middle, as a packet's own time is not kept.
double middle_ns(size_t bucket) {
  return static_cast<double>(log_linear_floor(bucket) + log_linear_floor(bucket + 1)) / 2;
}

// One `le` for each power of two; the parts between would be eight times as many series. What is beyond the last is in
// +Inf, which the text format adds.
ClientMetric::Histogram histogram_of(const LatencyCounts& counts) {
  ClientMetric::Histogram out;
  double sum_ns = 0;
  for (size_t bucket = 0; bucket < counts.size(); ++bucket) {
    out.sample_count += counts[bucket];
    sum_ns += static_cast<double>(counts[bucket]) * middle_ns(bucket);
    const bool ends_a_power = bucket % kLogLinearParts == 0;
    if (ends_a_power && bucket + 1 < counts.size())
      out.bucket.push_back({out.sample_count, static_cast<double>(log_linear_floor(bucket + 1)) / kNsOfASecond});
  }
  out.sample_sum = sum_ns / kNsOfASecond;
  return out;
}

}  // namespace

void collect_latency(const Snapshot& s, Families& out) {
  MetricFamily f = family("demarc_latency_seconds",
                          "time from receive to send, as seen inside; the sum is of the middles of finer buckets, "
                          "right within a sixteenth",
                          MetricType::Histogram);
  for (const auto& t : s.report->tenants) {
    if (t->latency.empty()) continue;
    ClientMetric m;
    m.label = {{"tenant", tenant_label(s, TenantId{t->tenant})}};
    m.histogram = histogram_of(latency_counts(*t));
    f.metric.push_back(std::move(m));
  }
  out.push_back(std::move(f));
}

void collect_worker_cycles(const Snapshot& s, Families& out) {
  MetricFamily cycles = family("demarc_tenant_worker_cycles_total", "TSC cycles of a worker that the tenant has cost",
                               MetricType::Counter);
  for (const auto& t : s.report->tenants) {
    const size_t n = std::min(t->worker_cycles.size(), s.report->workers.size());
    for (size_t i = 0; i < n; ++i)
      add(cycles,
          {{"tenant", tenant_label(s, TenantId{t->tenant})}, {"worker", std::to_string(s.report->workers[i]->index)}},
          t->worker_cycles[i]);
  }
  out.push_back(std::move(cycles));
}

}  // namespace demarc::cp
