// Capturing: tenants' captures from the request to the last report. Gives the workers their orders, takes the copies
// out of their rings, asks the filter, and sends what is left in reports of bounded size.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "common/schema/channel_generated.h"
#include "dataplane/agent/apply.h"
#include "dataplane/agent/capture_filter.h"
#include "dataplane/worker/shared.h"

struct rte_mbuf;

namespace demarc::dp {

class Capturing {
 public:
  static constexpr uint32_t kPacketsMax = 1'000'000;
  static constexpr uint32_t kDurationMsMax = 3'600'000;
  // Bytes sent upwards a turn: the channel has other things to carry.
  static constexpr size_t kReportBytesMax = 256 * 1024;

  using Send = std::function<void(const schema::CaptureReportT&)>;
  // All outlive this.
  Capturing(const TableState& state, std::span<WorkerShared> workers, Send send)
      : state_(state), workers_(workers), send_(std::move(send)) {}
  ~Capturing() { stop(); }
  Capturing(const Capturing&) = delete;

  // Another capture of the same tenant ends with `last` and an error. A tenant that is not there ends with `last` at
  // once; a filter that does not compile, a tenant too many or a value out of range with `last` and an error. packets 0
  // ends the capture of that request, and no other.
  void start(const schema::CaptureRequest& request, uint64_t now_ns);
  // All end without a word: nobody listens any more.
  void stop();
  // Takes what the workers copied and sends it. Call often. `wall_ns` and `tsc` are of the same instant.
  void poll(uint64_t now_ns, uint64_t wall_ns, uint64_t tsc);

  bool active() const { return !captures_.empty(); }

 private:
  struct Capture {
    uint64_t request = 0;
    TenantId tenant;
    uint32_t generation = 0;
    uint32_t left = 0;  // packets
    uint64_t end_ns = 0;
    uint64_t lost_before = 0;  // of the tenant's counters, when it began
    CaptureFilter filter;
    schema::CaptureReportT ready;
    size_t ready_bytes = 0;
  };
  using Captures = std::map<TenantSlot, Capture>;

  void refuse(uint64_t request, std::string error);
  void drain(WorkerShared& worker, uint64_t wall_ns, uint64_t tsc);
  void take(const WorkerShared& worker, rte_mbuf* copy, uint64_t wall_ns, uint64_t tsc);
  std::string port_name(uint16_t index) const;
  uint64_t lost(TenantSlot slot) const;
  bool over(TenantSlot slot, const Capture& capture, uint64_t now_ns) const;
  void send(TenantSlot slot, Capture& capture, bool last, std::string error = {});
  Captures::iterator finish(Captures::iterator it, std::string error = {});

  const TableState& state_;
  std::span<WorkerShared> workers_;
  Send send_;
  uint32_t generation_ = 0;
  Captures captures_;
};

}  // namespace demarc::dp
