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
  // `tx_size`: a power of two; a queue takes tx_size - 1 packets before it is full. `queues`: each way.
  RingPort(const char* name, unsigned tx_size, uint16_t queues = 1) {
    for (uint16_t q = 0; q < queues; ++q) {
      const std::string base = name + std::to_string(q);
      constexpr unsigned kFlags = RING_F_SP_ENQ | RING_F_SC_DEQ;
      in.push_back(rte_ring_create((base + "_in").c_str(), 2048, SOCKET_ID_ANY, kFlags));
      out.push_back(rte_ring_create((base + "_out").c_str(), tx_size, SOCKET_ID_ANY, kFlags));
      if (in.back() == nullptr || out.back() == nullptr) return;
    }
    const int id = rte_eth_from_rings(name, in.data(), queues, out.data(), queues, 0);
    if (id < 0) return;
    ethdev = static_cast<uint16_t>(id);
    const rte_eth_conf conf{};
    ok = rte_eth_dev_configure(ethdev, queues, queues, &conf) == 0;
    for (uint16_t q = 0; q < queues && ok; ++q) {
      ok = rte_eth_rx_queue_setup(ethdev, q, 64, 0, nullptr, pool()) == 0 &&
           rte_eth_tx_queue_setup(ethdev, q, 64, 0, nullptr) == 0;
    }
    ok = ok && rte_eth_dev_start(ethdev) == 0;
  }
  ~RingPort() {
    for (rte_ring* ring : in)
      for (void* m; rte_ring_dequeue(ring, &m) == 0;) rte_pktmbuf_free(static_cast<rte_mbuf*>(m));
    for (uint16_t q = 0; q < out.size(); ++q) sent(q);
    rte_eth_dev_stop(ethdev);
    rte_eth_dev_close(ethdev);
    for (rte_ring* ring : in) rte_ring_free(ring);
    for (rte_ring* ring : out) rte_ring_free(ring);
  }

  // The worker's own queue, both ways.
  PortQueue queue(uint16_t index, uint16_t worker = 0) const {
    return PortQueue(PortIndex(index), ethdev, worker, worker, link_up, nullptr);
  }
  void receive(const std::vector<uint8_t>& bytes, uint16_t queue = 0) {
    ASSERT_EQ(rte_ring_enqueue(in[queue], frame(bytes)), 0);
  }
  // What was transmitted since the last call.
  std::vector<std::vector<uint8_t>> sent(uint16_t queue = 0) {
    std::vector<std::vector<uint8_t>> frames;
    for (void* p; rte_ring_dequeue(out[queue], &p) == 0;) {
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
  std::vector<rte_ring*> in;   // [queue]
  std::vector<rte_ring*> out;  // [queue]
  uint16_t ethdev = 0;
};

}  // namespace demarc::dp::test
