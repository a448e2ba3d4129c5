// What GET /metrics answers: everything that is counted, as Prometheus text. Made afresh for each scrape from one
// snapshot; nothing is kept between them.
#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <map>
#include <optional>
#include <string>

#include "common/schema/channel_generated.h"
#include "controlplane/channel/link.h"
#include "controlplane/exporter/api_call_counts.h"

namespace demarc::cp {

struct Snapshot {
  std::map<TenantId, std::string> tenants;        // names, from the model
  std::optional<schema::CountersReportT> report;  // none: the data plane did not answer
  LinkStatus link;
  std::map<TenantId, ApiCallCounts> api_calls = {};  // of the same tenants
};

// The house's counters are shown under this name.
inline constexpr const char* kHouseName = "-";
// "-" for 0; "#7" for an id that the model does not have (removed a moment ago).
std::string tenant_label(const Snapshot& snapshot, TenantId tenant);

class Exporter final : public prometheus::Collectable {
 public:
  explicit Exporter(Snapshot snapshot) : snapshot_(std::move(snapshot)) {}
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  Snapshot snapshot_;
};

// Prometheus text format 0.0.4.
std::string metrics_text(const prometheus::Collectable& collectable);

}  // namespace demarc::cp
