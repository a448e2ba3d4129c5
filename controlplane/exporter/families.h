// How metrics are put together. Not for use outside of exporter/.
#pragma once

#include <prometheus/metric_family.h>

#include <string>
#include <utility>
#include <vector>

namespace demarc::cp {

using Labels = std::vector<prometheus::ClientMetric::Label>;
using Families = std::vector<prometheus::MetricFamily>;

inline prometheus::MetricFamily family(std::string name, std::string help, prometheus::MetricType type) {
  prometheus::MetricFamily f;
  f.name = std::move(name);
  f.help = std::move(help);
  f.type = type;
  return f;
}

// A value of a counter or a gauge.
inline void add(prometheus::MetricFamily& f, Labels labels, uint64_t value) {
  prometheus::ClientMetric m;
  m.label = std::move(labels);
  // Prometheus' numbers are doubles: exact up to 2^53.
  (f.type == prometheus::MetricType::Counter ? m.counter.value : m.gauge.value) = static_cast<double>(value);
  f.metric.push_back(std::move(m));
}

}  // namespace demarc::cp
