// Capturer: the worker's side of a capture (capture.h has the order and the mark). One a worker.
//
// The worker puts it into the StageContext while a capture is on, and takes it out again; the pipeline calls it where
// it is there. It allocates from its own pool only, and never waits.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/base/ids.h"
#include "dataplane/worker/burst.h"
#include "dataplane/worker/capture.h"
#include "dataplane/worker/counters.h"

struct rte_mempool;
struct rte_ring;

namespace demarc::dp {

class Topology;

// What a worker and the agent share for captures. All outlives both.
struct CaptureQueue {
  std::unique_ptr<CaptureControl> control = std::make_unique<CaptureControl>();
  rte_mempool* pool = nullptr;            // of all workers; private area kCapturePrivateBytes
  rte_ring* ring = nullptr;               // rte_mbuf*; single producer (worker), single consumer (agent)
  std::unique_ptr<OwnedCounter[]> taken;  // [tenant slot]: buffers that the agent took. written: agent; read: worker
  std::unique_ptr<OwnedCounter[]> lost;   // [tenant slot]: packets without a copy. written: worker; read: agent
};

class Capturer {
 public:
  explicit Capturer(CaptureQueue& queue) : queue_(&queue), orders_(queue.control->slots) {}
  ~Capturer();
  Capturer(const Capturer&) = delete;

  // Once a turn. True while at least one tenant's packets are wanted.
  bool refresh() {
    if (queue_->control->changes.load(std::memory_order_acquire) != changes_) read_orders();
    return wanted_ != 0;
  }

  // After vlan_demux: each packet's tenant is known, no byte of a frame is changed yet.
  void received(const Burst& burst);
  // A packet that turns from its session, which it still has, to another one's UE. To whom it came it belongs; who
  // captures either session gets it.
  void turning(const Burst& burst, uint8_t i) {
    if (&burst == received_of_) came_by_[i] = session_of(burst.meta[i]);
  }
  // Before the lane's frames go to `port`.
  void sending(const Burst& burst, const uint8_t* indices, unsigned count, PortIndex port);
  // When packets' fates are known, before drops are freed: what is wanted goes to the agent, the rest is given back.
  // Those that are still on their way (they are about to be cut) wait for another call. Also of bursts that were made
  // here while the one that was received is still on its way.
  void finish(const Burst& burst, const Topology& topology);

 private:
  struct Order {
    uint64_t up_seid = 0;
    uint32_t generation = 0;
    uint16_t snap_length = 0;
    bool drops_only = false;
  };
  using Copies = std::array<rte_mbuf*, kBurstMax>;

  void read_orders();
  const Order* order_of(const PacketMeta& meta) const;
  rte_mbuf* copy(const Burst& burst, uint8_t i, const Order& order, PortIndex port, CaptureDirection direction);
  void copy_into(Copies& copies, uint64_t& mask, const Burst& burst, uint8_t i, PortIndex port, CaptureDirection d);
  static uint64_t session_of(const PacketMeta& meta);
  // `came_by`: the UP SEID of the session by which it came, 0: meta.session.
  void hand_over(rte_mbuf* copy, const PacketMeta& meta, uint64_t came_by = 0);
  void drop_copies(Copies& copies, uint64_t& mask);

  CaptureQueue* queue_;
  uint32_t changes_ = 0;
  uint32_t wanted_ = 0;        // tenants with an order
  std::vector<Order> orders_;  // [tenant slot]
  Copies received_{}, sending_{};
  uint64_t received_mask_ = 0, sending_mask_ = 0;  // bit i: packet i has a copy
  const Burst* received_of_ = nullptr;             // whose packets received_ are copies of
  std::array<uint64_t, kBurstMax> came_by_{};      // of those that turned: the session before
  std::vector<uint64_t> handed_ = std::vector<uint64_t>(queue_->control->slots);  // [tenant slot]: buffers, ever
};

}  // namespace demarc::dp
