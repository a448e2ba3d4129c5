#include "controlplane/api/report_window.h"

#include <cmath>

namespace demarc::cp {

std::optional<uint64_t> ReportWindow::milliseconds() const {
  if (base == nullptr || base->wall_ns >= now->wall_ns) return std::nullopt;
  return (now->wall_ns - base->wall_ns) / 1'000'000;
}

void with_window(const CallPtr& call, std::function<void(Result<ReportWindow>)> then) {
  using Report = Result<schema::CountersReportT>;
  call->backend->link->counters(hop<Report>(call, [call, then = std::move(then)](Report report) {
    if (!report) return then(tl::unexpected<Error>(report.error()));
    ReportWindow window;
    window.now = std::make_shared<const schema::CountersReportT>(std::move(*report));
    window.base = call->backend->load.push(window.now, call->backend->clock.monotonic_ns());
    const auto& workers = window.now->workers;
    if (!workers.empty() && !place_in(window.base.get(), *workers.front())) window.base = nullptr;
    then(std::move(window));
  }));
}

double rounded(double value) { return std::round(value * 10) / 10; }

}  // namespace demarc::cp
