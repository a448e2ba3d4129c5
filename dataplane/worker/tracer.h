// Tracer: the worker's side of a trace (trace.h has the record and the request). One a worker.
//
// The pipeline calls it at four places; while no trace is on each of them is one branch on a member. None of them
// allocates, waits or reads a packet's session after the packet was handed to a port.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/stages/stage_id.h"
#include "dataplane/worker/burst.h"
#include "dataplane/worker/counters.h"
#include "dataplane/worker/trace.h"

struct rte_ring;

namespace demarc::dp {

class Tracer {
 public:
  // `ring`: single producer, single consumer, elements of sizeof(TraceRecord). `lost` counts records that found it
  // full. `worker`: whose tracer it is.
  Tracer(const TraceControl& control, rte_ring* ring, OwnedCounter& lost, WorkerIndex worker = WorkerIndex(0))
      : control_(&control), ring_(ring), lost_(&lost), worker_(worker), requests_(control.slots) {}

  // Once a turn of the poll loop: looks whether the agent asks for something new.
  void refresh() {
    if (control_->changes.load(std::memory_order_acquire) != changes_) read_requests();
  }

  // After vlan_demux, when each packet's tenant is known and no byte of a frame has been changed. Marks packets of the
  // wanted tenants (those that are dropped already, too) in burst.traced_mask and burst.traced, and writes `received`.
  // Then the pipeline calls step() for the stages up to here.
  void start(Burst& burst) {
    if (wanting_ != 0) start_traced(burst);
  }

  // After `stage`: writes one step for each traced packet of `lane`, which is the lane as it was before the stage.
  // Reads metadata only; the mbuf may be a port's already.
  void step(StageId stage, const Burst& burst, const Lane& lane) {
    if (burst.traced) step_traced(stage, burst, lane);
  }

  // At the end of the pipeline, before drops are freed: writes `end` for each traced packet; meta.fate and meta.drop
  // say what became of it. A packet that is held ends here; when it is released it is not traced any more. One that was
  // handed over to another worker does not: it ends there, under the same number.
  void finish(Burst& burst) {
    if (burst.traced) finish_traced(burst);
  }

 private:
  struct Request {
    uint32_t generation = 0;
    uint32_t left = 0;  // packets to mark yet
    uint32_t marked = 0;
  };

  void read_requests();
  TraceRecord record(TraceRecord::Kind kind, const Burst& burst, unsigned i) const;
  void start_traced(Burst& burst);
  void step_traced(StageId stage, const Burst& burst, const Lane& lane);
  void finish_traced(Burst& burst);

  const TraceControl* control_;
  rte_ring* ring_;
  OwnedCounter* lost_;
  WorkerIndex worker_;
  uint32_t changes_ = 0;           // of the control, when it was last read
  std::vector<Request> requests_;  // [tenant slot]
  uint32_t wanting_ = 0;           // requests with packets left
};

}  // namespace demarc::dp
