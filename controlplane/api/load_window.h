// LoadWindow: the report to which a new one is compared, for rates over a sensible time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "common/schema/channel_generated.h"

namespace demarc::cp {

class LoadWindow {
 public:
  using Report = std::shared_ptr<const schema::CountersReportT>;
  // A rate over less than this says little.
  static constexpr uint64_t kShortestNs = 400'000'000;

  // Takes the newest report and returns the one to compare it with: the last one that is at least kShortestNs older;
  // null when there is none yet. `now_ns` is monotonic.
  Report push(Report report, uint64_t now_ns);

 private:
  Report base_, last_;
  uint64_t last_ns_ = 0;
};

// Where `base` has the same worker; nothing when there is no base, or the worker started again since.
std::optional<size_t> place_in(const schema::CountersReportT* base, const schema::WorkerReportT& worker);

// Cycles that a worker spent in turns that had packets, of all its cycles, in percent: since `base`, or since the
// worker's start when there is no base or the worker started again since.
double load_percent(const schema::WorkerReportT& worker, const schema::CountersReportT* base);

}  // namespace demarc::cp
