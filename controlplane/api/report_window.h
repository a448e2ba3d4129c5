// A fresh report of the data plane beside the one that it is compared with, for figures over the time between.
#pragma once

#include <functional>
#include <optional>

#include "controlplane/api/call.h"

namespace demarc::cp {

struct ReportWindow {
  LoadWindow::Report now;
  LoadWindow::Report base;  // null: there is none yet, or the data plane started again since; then from its start

  // From base to now; nothing without a base.
  std::optional<uint64_t> milliseconds() const;
};

// Asks the data plane. `then` runs on the io thread.
void with_window(const CallPtr& call, std::function<void(Result<ReportWindow>)> then);

// One decimal, which is what people read.
double rounded(double value);

}  // namespace demarc::cp
