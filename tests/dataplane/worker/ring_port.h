// A port whose wires are in the test's hands: net_ring over two rings. What is put into `in` is received; what is
// transmitted comes out of `out`.
#pragma once

#include <gtest/gtest.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ring.h>

#include <atomic>
#include <string>
#include <vector>

#include "dataplane/io/port_queue.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp::test {

class RingPort {
 public:
  // `tx_size`: a power of two; the port takes tx_size - 1 packets before it is full.
  RingPort(const char* name, unsigned tx_size) {
    in = rte_ring_create((std::string(name) + "_in").c_str(), 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    out = rte_ring_create((std::string(name) + "_out").c_str(), tx_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
    if (in == nullptr || out == nullptr) return;
    const int id = rte_eth_from_rings(name, &in, 1, &out, 1, 0);
    if (id < 0) return;
    ethdev = static_cast<uint16_t>(id);
    const rte_eth_conf conf{};
    ok = rte_eth_dev_configure(ethdev, 1, 1, &conf) == 0 &&
         rte_eth_rx_queue_setup(ethdev, 0, 64, 0, nullptr, pool()) == 0 &&
         rte_eth_tx_queue_setup(ethdev, 0, 64, 0, nullptr) == 0 && rte_eth_dev_start(ethdev) == 0;
  }
  ~RingPort() {
    for (void* m; rte_ring_dequeue(in, &m) == 0;) rte_pktmbuf_free(static_cast<rte_mbuf*>(m));
    sent();
    rte_eth_dev_stop(ethdev);
    rte_eth_dev_close(ethdev);
    rte_ring_free(in);
    rte_ring_free(out);
  }

  PortQueue queue(uint16_t index) const { return PortQueue(PortIndex(index), ethdev, 0, 0, link_up, nullptr); }
  void receive(const std::vector<uint8_t>& bytes) { ASSERT_EQ(rte_ring_enqueue(in, frame(bytes)), 0); }
  // What was transmitted since the last call.
  std::vector<std::vector<uint8_t>> sent() {
    std::vector<std::vector<uint8_t>> frames;
    for (void* p; rte_ring_dequeue(out, &p) == 0;) {
      auto* m = static_cast<rte_mbuf*>(p);
      const auto* data = rte_pktmbuf_mtod(m, const uint8_t*);
      frames.emplace_back(data, data + rte_pktmbuf_data_len(m));
      rte_pktmbuf_free(m);
    }
    return frames;
  }

  bool ok = false;
  std::atomic<bool> link_up{true};

 private:
  rte_ring* in = nullptr;
  rte_ring* out = nullptr;
  uint16_t ethdev = 0;
};

}  // namespace demarc::dp::test
