// Port: one ethdev from its devargs to its last packet. This folder is the only user of ethdev; what a worker calls for
// each burst is in port_queue.h.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "dataplane/io/port_config.h"
#include "dataplane/io/port_queue.h"
#include "dataplane/tables/topology.h"

struct rte_mempool;

namespace demarc::dp {

// Bytes of an Ethernet frame around an IP packet: header and two tags.
inline constexpr uint32_t kFrameOverhead = 14 + 2 * 4;

// What brings packets to the worker that owns their session.
enum class Spread : uint8_t {
  one_worker,  // there is no other
  rte_flow,    // rules of the port, by the TEID
  ebpf,        // a program of the kernel's, by the TEID: a TAP interface
  handoff,     // the worker that received them
};
std::string_view spread_name(Spread spread);

struct PortStats {
  bool link_up = false;
  uint64_t rx_packets = 0;
  uint64_t tx_packets = 0;
  uint64_t rx_missed = 0;  // arrived, but there was no descriptor or no buffer for them
};

class Port {
 public:
  // Makes the device (a vdev) or takes it (a PCI address that the EAL was told to allow). Needs the EAL. Errors:
  // `not_found` or `conflict`, with the port's name, its device and what the driver said.
  static Result<std::unique_ptr<Port>> open(const PortConfig& config, PortIndex index);
  // Stops and closes what is open; a TAP interface is gone afterwards.
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Once, before start(): queues for `workers` workers, buffers from `pool`, the MTU. A device with fewer receive
  // queues than workers is polled by the first workers; one with fewer transmit queues has them shared under a lock.
  Status configure(unsigned workers, rte_mempool* pool);
  Status start();
  // No worker may poll any more.
  void stop();

  const PortConfig& config() const { return config_; }
  unsigned rx_queues() const { return rx_queues_; }
  unsigned tx_queues() const { return tx_queues_; }
  // Known when it is started. Packets that come to another worker after all are handed over, whatever this says.
  Spread spread() const { return spread_; }
  const MacAddress& mac() const { return mac_; }
  // What worker `worker` uses. Valid until the port is gone.
  PortQueue queue(unsigned worker) const;
  // Any thread, at any time while the port is open.
  PortStats stats() const;

 private:
  Port(const PortConfig& config, PortIndex index) : config_(config), index_(index) {}
  Error error(ErrorCode code, const char* step, int rc) const;
  Status set_mtu();
  Spread steer();

  PortConfig config_;
  PortIndex index_;
  uint16_t ethdev_ = 0;
  bool open_ = false;
  bool started_ = false;
  unsigned workers_ = 1;
  Spread spread_ = Spread::one_worker;
  unsigned rx_queues_ = 0;
  unsigned tx_queues_ = 0;
  bool tx_shared_ = false;
  MacAddress mac_{};
  struct alignas(64) TxLock {
    rte_spinlock_t lock = RTE_SPINLOCK_INITIALIZER;
  };
  mutable std::atomic<bool> link_up_{true};  // written: stats(); read: workers
  std::unique_ptr<TxLock[]> tx_locks_;       // one a transmit queue, when they are shared
};

}  // namespace demarc::dp
