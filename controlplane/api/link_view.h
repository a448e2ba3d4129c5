// LinkView: what the API asks of the channel, as an interface, so that a test can stand in for the data plane.
// Each member means what the one of its name in controlplane/channel/link.h means; callbacks come on any thread.
#pragma once

#include <functional>
#include <stop_token>

#include "controlplane/channel/link.h"

namespace demarc::cp {

class LinkView {
 public:
  virtual ~LinkView() = default;
  virtual void flush(TenantId tenant, uint64_t wait_ns, std::function<void(Result<bool>)> done) = 0;
  virtual void status(std::function<void(const LinkStatus&)> done) = 0;
  virtual void counters(std::function<void(Result<schema::CountersReportT>)> done) = 0;
  virtual CountersWindow last_counters() const = 0;
  virtual void neighbors(TenantId tenant, std::function<void(Result<schema::NeighborReportT>)> done) = 0;
  virtual void peers(TenantId tenant, std::function<void(Result<schema::PeerReportT>)> done) = 0;
  virtual void session_usage(TenantId tenant, Seid session,
                             std::function<void(Result<schema::SessionUsageT>)> done) = 0;
  virtual void trace(TenantId tenant, uint32_t packets, uint64_t wait_ns, std::stop_token stop,
                     std::function<void(Result<schema::TraceReportT>)> on_packets) = 0;
  virtual void capture(schema::CaptureRequestT order, std::stop_token stop,
                       std::function<void(Result<schema::CaptureReportT>)> on_packets) = 0;
};

}  // namespace demarc::cp
