#include "controlplane/api/load_window.h"

namespace demarc::cp {

LoadWindow::Report LoadWindow::push(Report report, uint64_t now_ns) {
  if (last_ && now_ns - last_ns_ < kShortestNs) return base_;
  base_ = std::exchange(last_, std::move(report));
  last_ns_ = now_ns;
  return base_;
}

double load_percent(const schema::WorkerReportT& worker, const schema::CountersReportT* base) {
  uint64_t cycles = worker.cycles;
  uint64_t busy = worker.busy_cycles;
  if (base != nullptr)
    for (const auto& before : base->workers)
      if (before->index == worker.index && before->cycles < cycles && before->busy_cycles <= busy) {
        cycles -= before->cycles;
        busy -= before->busy_cycles;
        break;
      }
  return cycles == 0 ? 0.0 : 100.0 * static_cast<double>(busy) / static_cast<double>(cycles);
}

}  // namespace demarc::cp
