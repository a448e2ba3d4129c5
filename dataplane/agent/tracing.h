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

  // Traces the next `packets` of the tenant, the first in all workers together. Another trace of the same tenant ends
  // with `last` and an error; those of other tenants go on. A tenant that is not there, or 0 packets for the request
  // that is on, ends with `last` at once; 0 packets for another request changes nothing.
  void start(uint64_t request, TenantId tenant, uint32_t packets);
  // All end without a word: nobody listens any more.
  void stop();
  // Drains the rings and sends what is complete. Call often.
  void poll(uint64_t now_ns);

  bool active() const { return !traces_.empty(); }

 private:
  struct Building {
    schema::TracedPacketT packet;
    PortIndex port;
    uint64_t started_ns = 0;
    bool ended_elsewhere = false;  // by another worker than the one that received it
    bool complete = false;         // and what that one wrote was read since
  };
  using Key = std::pair<uint16_t, uint32_t>;  // worker that received it, its packet

  // One under way.
  struct Trace {
    uint64_t request = 0;
    TenantId tenant;
    uint32_t generation = 0;
    uint32_t wanted = 0;
    uint32_t sent = 0;  // complete, in `ready` or sent already
    std::map<Key, Building> building;
    schema::TraceReportT ready;
  };
  using Traces = std::map<TenantSlot, Trace>;

  void ask_workers(TenantSlot slot, TraceRequest request);
  void drain(const WorkerShared& worker, uint64_t now_ns);
  void take(const WorkerShared& worker, const TraceRecord& record, uint64_t now_ns);
  void begin_packet(Building& building, const TraceRecord& record);
  void add_step(Building& building, const TraceRecord& record);
  std::map<Key, Building>::iterator complete(Trace& trace, std::map<Key, Building>::iterator it);
  void complete_due(Trace& trace, uint64_t now_ns);
  void send(Trace& trace, bool last, std::string error = {});
  Traces::iterator finish(Traces::iterator it, std::string error = {});

  const TableState& state_;
  std::span<WorkerShared> workers_;
  Send send_;
  uint32_t generation_ = 0;  // of the last request made
  Traces traces_;
};

}  // namespace demarc::dp
