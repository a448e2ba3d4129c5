#include "controlplane/api/load_window.h"

namespace demarc::cp {

LoadWindow::Report LoadWindow::push(Report report, uint64_t now_ns) {
  if (last_ && now_ns - last_ns_ < kShortestNs) return base_;
  base_ = std::exchange(last_, std::move(report));
  last_ns_ = now_ns;
  return base_;
}

std::optional<size_t> place_in(const schema::CountersReportT* base, const schema::WorkerReportT& worker) {
  if (base == nullptr) return std::nullopt;
  for (size_t i = 0; i < base->workers.size(); ++i) {
    const auto& before = *base->workers[i];
    if (before.index == worker.index && before.cycles < worker.cycles && before.busy_cycles <= worker.busy_cycles)
      return i;
  }
  return std::nullopt;
}

double load_percent(const schema::WorkerReportT& worker, const schema::CountersReportT* base) {
  uint64_t cycles = worker.cycles;
  uint64_t busy = worker.busy_cycles;
  if (const auto place = place_in(base, worker)) {
    cycles -= base->workers[*place]->cycles;
    busy -= base->workers[*place]->busy_cycles;
  }
  return cycles == 0 ? 0.0 : 100.0 * static_cast<double>(busy) / static_cast<double>(cycles);
}

}  // namespace demarc::cp
