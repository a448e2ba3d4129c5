// Requests: what people ask the data plane for (counters, neighbors, traces), each with a number, a time-out and
// somebody who waits. Pure but for the callbacks: the time comes from a clock, messages go out through `send`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/schema/channel_generated.h"

namespace demarc::cp {

class Requests {
 public:
  using OnCounters = std::function<void(Result<schema::CountersReportT>)>;
  using OnNeighbors = std::function<void(Result<schema::NeighborReportT>)>;
  using OnCapture = std::function<void(Result<schema::CaptureReportT>)>;
  using OnPeers = std::function<void(Result<schema::PeerReportT>)>;
  using OnUsage = std::function<void(Result<schema::SessionUsageT>)>;
  using OnTrace = std::function<void(Result<schema::TraceReportT>)>;
  // An error is why it cannot be sent now.
  using Send = std::function<Status(schema::MessageUnion)>;

  Requests(const Clock& clock, Send send) : clock_(clock), send_(std::move(send)) {}

  void counters(OnCounters done);
  void neighbors(TenantId tenant, OnNeighbors done);
  void peers(TenantId tenant, OnPeers done);
  // `unavailable`, too, for a session that the data plane does not have (yet).
  void session_usage(TenantId tenant, Seid session, OnUsage done);
  // `packets` 1..1000. At most `wait_ns` in all, or until `stop` is requested (of any thread; seen at the next tick):
  // then the data plane is told to end it, and the last call has `last`.
  void trace(TenantId tenant, uint32_t packets, uint64_t wait_ns, std::stop_token stop, OnTrace on_packets);

  // As trace(): at most the order's duration, and a little more for the last report. `order.request` is filled in.
  void capture(schema::CaptureRequestT order, std::stop_token stop, OnCapture on_packets);

  // Answers; those to nobody (timed out, repeated) are ignored.
  void on_counters(schema::CountersReportT report);
  void on_neighbors(schema::NeighborReportT report);
  // In parts, which are put together up to the one with `last`.
  void on_peers(schema::PeerReportT report);
  void on_session_usage(schema::SessionUsageT report);
  void on_trace(schema::TraceReportT report);
  void on_capture(schema::CaptureReportT report);

  void tick();
  // The conversation has ended: everybody who waits gets an error with `why`.
  void fail_all(const std::string& why);
  size_t waiting() const {
    return counters_.size() + neighbors_.size() + peers_.size() + usages_.size() + traces_.size() + captures_.size();
  }

 private:
  template <class Done>
  struct Waiting {
    uint64_t deadline_ns;
    Done done;
    TenantId tenant;
    std::stop_token stop = {};
  };
  template <class Done>
  using Table = std::map<uint64_t, Waiting<Done>>;

  template <class Done>
  void ask(Table<Done>& table, schema::MessageUnion message, uint64_t id, TenantId tenant, uint64_t wait_ns, Done done);
  template <class Done, class Report>
  void answer(Table<Done>& table, Report report);
  template <class Done>
  void expire(Table<Done>& table, uint64_t now);
  // Of a stream of reports: those that are late or given up. `request_end(id, tenant)` is what tells the data plane.
  template <class Report, class Done, class RequestEnd>
  void expire_stream(Table<Done>& table, uint64_t now, RequestEnd request_end);
  template <class Done, class Report>
  void answer_stream(Table<Done>& table, Report report);

  const Clock& clock_;
  Send send_;
  uint64_t last_id_ = 0;
  Table<OnCounters> counters_;
  Table<OnNeighbors> neighbors_;
  Table<OnPeers> peers_;
  std::map<uint64_t, schema::PeerReportT> peer_parts_;  // of those in peers_
  Table<OnUsage> usages_;
  Table<OnTrace> traces_;
  Table<OnCapture> captures_;
};

}  // namespace demarc::cp
