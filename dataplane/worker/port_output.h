// WorkerPorts: the stage port_output of one worker, and what it receives from.
#pragma once

#include <span>
#include <vector>

#include "dataplane/io/port_queue.h"
#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

class WorkerPorts {
 public:
  // [port index].
  explicit WorkerPorts(std::vector<PortQueue> queues) : queues_(std::move(queues)) {}

  std::span<const PortQueue> queues() const { return queues_; }

  // The contract is in pipeline.h. Reads: meta.egress, meta.tenant. Writes: meta.fate. Counts sent_packets and
  // sent_bytes. Drops: port_tx_full, port_down, table_changed (an egress attachment that is not there). A frame is
  // handed to the driver at once and together with the others of its burst for the same port.
  void port_output(StageContext& context, Burst& burst, Lane& lane);

 private:
  void send(StageContext& context, Burst& burst, const PortQueue& queue, const Lane& lane);

  std::vector<PortQueue> queues_;
};

}  // namespace demarc::dp
