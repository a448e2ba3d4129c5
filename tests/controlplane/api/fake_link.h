// A data plane that says what a test wants it to say.
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "controlplane/api/link_view.h"

namespace demarc::cp::test {

class FakeLink final : public LinkView {
 public:
  // Set before the requests that look at them, or under the mutex.
  mutable std::mutex mutex;
  Result<bool> flushed = true;
  LinkStatus link_status;
  Result<schema::CountersReportT> counters_report = schema::CountersReportT{};
  CountersWindow window;
  Result<schema::NeighborReportT> neighbor_report = schema::NeighborReportT{};
  Result<schema::PeerReportT> peer_report = schema::PeerReportT{};
  Result<schema::SessionUsageT> usage_report = schema::SessionUsageT{};
  std::vector<std::pair<TenantId, Seid>> usages_asked;
  std::vector<TenantId> flushes;

  struct Trace {
    TenantId tenant;
    uint32_t packets;
    uint64_t wait_ns;
    std::stop_token stop;
    std::function<void(Result<schema::TraceReportT>)> on_packets;
  };
  std::vector<Trace> traces;

  struct Capture {
    schema::CaptureRequestT order;
    std::stop_token stop;
    std::function<void(Result<schema::CaptureReportT>)> on_packets;
  };
  std::vector<std::unique_ptr<Capture>> captures;
  size_t capture_count() {
    const std::lock_guard lock(mutex);
    return captures.size();
  }
  void capture(schema::CaptureRequestT order, std::stop_token stop,
               std::function<void(Result<schema::CaptureReportT>)> on_packets) override {
    const std::lock_guard lock(mutex);
    captures.push_back(std::make_unique<Capture>(Capture{std::move(order), std::move(stop), std::move(on_packets)}));
  }

  size_t trace_count() {
    const std::lock_guard lock(mutex);
    return traces.size();
  }

  void flush(TenantId tenant, uint64_t, std::function<void(Result<bool>)> done) override {
    const std::lock_guard lock(mutex);
    flushes.push_back(tenant);
    done(flushed);
  }
  void status(std::function<void(const LinkStatus&)> done) override {
    const std::lock_guard lock(mutex);
    done(link_status);
  }
  void counters(std::function<void(Result<schema::CountersReportT>)> done) override {
    const std::lock_guard lock(mutex);
    done(counters_report);
  }
  CountersWindow last_counters() const override {
    const std::lock_guard lock(mutex);
    return window;
  }
  void neighbors(TenantId, std::function<void(Result<schema::NeighborReportT>)> done) override {
    const std::lock_guard lock(mutex);
    done(neighbor_report);
  }
  void peers(TenantId, std::function<void(Result<schema::PeerReportT>)> done) override {
    const std::lock_guard lock(mutex);
    done(peer_report);
  }
  void session_usage(TenantId tenant, Seid session, std::function<void(Result<schema::SessionUsageT>)> done) override {
    const std::lock_guard lock(mutex);
    usages_asked.emplace_back(tenant, session);
    done(usage_report);
  }
  void trace(TenantId tenant, uint32_t packets, uint64_t wait_ns, std::stop_token stop,
             std::function<void(Result<schema::TraceReportT>)> on_packets) override {
    const std::lock_guard lock(mutex);
    traces.push_back({tenant, packets, wait_ns, std::move(stop), std::move(on_packets)});
  }
};

}  // namespace demarc::cp::test
