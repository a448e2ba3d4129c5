// Tracing: one trace at a time, from the request to its last report. Asks the workers by TraceControl, drains their
// rings, and puts the records of a packet together.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>

#include "common/schema/channel_generated.h"
#include "dataplane/agent/apply.h"
#include "dataplane/worker/trace.h"

namespace demarc::dp {

class Tracing {
 public:
  // A packet whose end has not come by then is shown as far as it is known: its records found the ring full.
  static constexpr uint64_t kPacketWaitNs = 1'000'000'000;
  static constexpr uint32_t kPacketsMax = 1000;

  using Send = std::function<void(const schema::TraceReportT&)>;
  // All outlive this.
  Tracing(const TableState& state, std::span<WorkerShared> workers, Send send)
      : state_(state), workers_(workers), send_(std::move(send)) {}

  // Traces the next `packets` of the tenant, the first in all workers together. Another trace ends with `last`. A
  // tenant that is not there, or 0 packets for the trace that is on, ends with `last` at once.
  void start(uint64_t request, TenantId tenant, uint32_t packets);
  // Ends without a word: nobody listens any more.
  void stop();
  // Drains the rings and sends what is complete. Call often.
  void poll(uint64_t now_ns);

  bool active() const { return wanted_ != 0; }

 private:
  struct Building {
    schema::TracedPacketT packet;
    PortIndex port;
    uint64_t started_ns = 0;
  };
  using Key = std::pair<uint16_t, uint32_t>;  // worker, its packet

  void ask_workers(TenantSlot tenant, uint32_t packets);
  void drain(const WorkerShared& worker, uint64_t now_ns);
  void take(const WorkerShared& worker, const TraceRecord& record, uint64_t now_ns);
  void complete(std::map<Key, Building>::iterator it);
  void send(bool last);
  void finish();

  const TableState& state_;
  std::span<WorkerShared> workers_;
  Send send_;
  uint32_t generation_ = 0;
  uint64_t request_ = 0;
  TenantId tenant_;
  TenantSlot slot_;
  uint32_t wanted_ = 0;  // 0: no trace is on
  uint32_t sent_ = 0;    // complete, in ready_ or sent already
  std::map<Key, Building> building_;
  schema::TraceReportT ready_;
};

}  // namespace demarc::dp
