// PortQueue: one worker's end of a port. The two calls of the poll loop that reach the driver, and nothing else.
#pragma once

#include <rte_ethdev.h>
#include <rte_spinlock.h>

#include <atomic>
#include <cstdint>

#include "common/base/ids.h"

namespace demarc::dp {

class PortQueue {
 public:
  static constexpr uint16_t kNone = UINT16_MAX;

  PortQueue() = default;
  // `rx_queue` kNone: this worker does not receive from the port. `link_up`: outlives the queue. `tx_lock` null: the
  // transmit queue is this worker's alone.
  PortQueue(PortIndex port, uint16_t ethdev, uint16_t rx_queue, uint16_t tx_queue, const std::atomic<bool>& link_up,
            rte_spinlock_t* tx_lock)
      : port_(port), ethdev_(ethdev), rx_queue_(rx_queue), tx_queue_(tx_queue), link_up_(&link_up), tx_lock_(tx_lock) {}

  PortIndex port() const { return port_; }
  bool receives() const { return rx_queue_ != kNone; }

  // As last seen by Port::stats(), which the agent calls twice a second: good enough to name a drop, not to make one.
  bool link_up() const { return link_up_->load(std::memory_order_relaxed); }

  // At most n packets; the caller owns them.
  uint16_t receive(rte_mbuf** out, uint16_t n) const { return rte_eth_rx_burst(ethdev_, rx_queue_, out, n); }

  // Returns how many of the n the port took, the first ones; the rest stay the caller's.
  uint16_t transmit(rte_mbuf** packets, uint16_t n) const {
    if (tx_lock_ == nullptr) return rte_eth_tx_burst(ethdev_, tx_queue_, packets, n);
    rte_spinlock_lock(tx_lock_);
    const uint16_t sent = rte_eth_tx_burst(ethdev_, tx_queue_, packets, n);
    rte_spinlock_unlock(tx_lock_);
    return sent;
  }

 private:
  PortIndex port_;
  uint16_t ethdev_ = 0;
  uint16_t rx_queue_ = kNone;
  uint16_t tx_queue_ = 0;
  const std::atomic<bool>* link_up_ = nullptr;
  rte_spinlock_t* tx_lock_ = nullptr;
};

}  // namespace demarc::dp
