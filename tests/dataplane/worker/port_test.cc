// Ports on TAP interfaces, in a network namespace of this test's own. Needs root, and is skipped without.
#include "dataplane/io/port.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "dataplane/io/dpdk_log.h"
#include "dataplane/io/tap_mac.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp {
namespace {

class PortTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    static const bool own_namespace = unshare(CLONE_NEWNET) == 0;
    ASSERT_TRUE(own_namespace);
    config.name = "p";
    config.device = "net_tap0,iface=pt0";
    in_use_before = rte_mempool_in_use_count(test::pool());
  }
  void TearDown() override {
    if (wire >= 0) close(wire);
    if (port != nullptr) {
      port.reset();
      EXPECT_EQ(if_nametoindex("pt0"), 0u) << "the interface goes with the port";
      EXPECT_EQ(rte_mempool_in_use_count(test::pool()), in_use_before);
    }
  }

  void start(unsigned workers = 1) {
    auto opened = Port::open(config, PortIndex(0));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    port = std::move(*opened);
    const Status configured = port->configure(workers, test::pool());
    ASSERT_TRUE(configured.has_value()) << configured.error().message;
    const Status started = port->start();
    ASSERT_TRUE(started.has_value()) << started.error().message;
    wire = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex("pt0"));
    ASSERT_EQ(bind(wire, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    const timeval patience{1, 0};
    setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  int ifreq_of(unsigned long request, ifreq& r) {
    strcpy(r.ifr_name, "pt0");
    return ioctl(wire, request, &r);
  }
  // A frame of our own EtherType, so that what the kernel says by itself can be told apart.
  static std::vector<uint8_t> experimental(size_t bytes, uint8_t mark) {
    std::vector<uint8_t> f(bytes, mark);
    f[12] = 0x88;
    f[13] = 0xb5;
    return f;
  }
  static bool is_experimental(const uint8_t* f, size_t n) { return n >= 14 && f[12] == 0x88 && f[13] == 0xb5; }

  // The first of ours that the port receives within a second, as bytes.
  std::vector<uint8_t> received() {
    const PortQueue queue = port->queue(0);
    for (int i = 0; i < 1000; ++i) {
      rte_mbuf* m = nullptr;
      while (queue.receive(&m, 1) == 1) {
        const auto* data = rte_pktmbuf_mtod(m, const uint8_t*);
        std::vector<uint8_t> bytes(data, data + rte_pktmbuf_data_len(m));
        EXPECT_EQ(m->nb_segs, 1);
        EXPECT_GE(rte_pktmbuf_headroom(m), 48);
        rte_pktmbuf_free(m);
        if (is_experimental(bytes.data(), bytes.size())) return bytes;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  }
  std::vector<uint8_t> on_the_wire() {
    std::vector<uint8_t> bytes(10000);
    for (int i = 0; i < 100; ++i) {
      const ssize_t n = recv(wire, bytes.data(), bytes.size(), 0);
      if (n < 0) return {};
      if (is_experimental(bytes.data(), static_cast<size_t>(n))) {
        bytes.resize(static_cast<size_t>(n));
        return bytes;
      }
    }
    return {};
  }

  PortConfig config;
  std::unique_ptr<Port> port;
  int wire = -1;
  unsigned in_use_before = 0;
};

TEST_F(PortTest, CarriesFramesBothWays) {
  start();
  const auto in = experimental(100, 1);
  ASSERT_EQ(send(wire, in.data(), in.size(), 0), 100);
  EXPECT_EQ(received(), in);
  rte_mbuf* m = test::frame(experimental(200, 2));
  ASSERT_EQ(port->queue(0).transmit(&m, 1), 1);
  EXPECT_EQ(on_the_wire(), experimental(200, 2));
  const PortStats stats = port->stats();
  EXPECT_TRUE(stats.link_up);
  EXPECT_GE(stats.rx_packets, 1u);
  EXPECT_EQ(stats.tx_packets, 1u);
}

TEST_F(PortTest, SetsTheMtuAndTakesAWholeTaggedFrame) {
  config.mtu = 1400;
  start();
  ifreq r{};
  ASSERT_EQ(ifreq_of(SIOCGIFMTU, r), 0);
  EXPECT_EQ(r.ifr_mtu, 1400);
  const auto in = experimental(14 + 1400, 3);
  ASSERT_EQ(send(wire, in.data(), in.size(), 0), static_cast<ssize_t>(in.size()));
  EXPECT_EQ(received(), in);
}

TEST_F(PortTest, HasTheSameMacAddressEachTime) {
  start();
  const MacAddress first = port->mac();
  EXPECT_EQ(first[0], 2);
  close(std::exchange(wire, -1));
  port.reset();
  start();
  EXPECT_EQ(port->mac(), first);
  EXPECT_NE(stable_tap_mac("pt0"), stable_tap_mac("pt1"));
}

TEST_F(PortTest, TakesTheMacAddressThatIsConfigured) {
  config.device = "net_tap0,iface=pt0,mac=02:00:00:00:00:77";
  start();
  EXPECT_EQ(port->mac(), (MacAddress{2, 0, 0, 0, 0, 0x77}));
}

TEST_F(PortTest, LeavesThePacketToTheCallerWhenTheLinkIsDown) {
  start();
  ifreq r{};
  ASSERT_EQ(ifreq_of(SIOCGIFFLAGS, r), 0);
  r.ifr_flags = static_cast<short>(r.ifr_flags & ~IFF_UP);
  ASSERT_EQ(ifreq_of(SIOCSIFFLAGS, r), 0);
  EXPECT_FALSE(port->stats().link_up);
  const PortQueue queue = port->queue(0);
  EXPECT_FALSE(queue.link_up());
  rte_mbuf* m = test::frame(experimental(100, 4));
  EXPECT_EQ(queue.transmit(&m, 1), 0);
  rte_pktmbuf_free(m);
}

TEST_F(PortTest, HasAQueuePairForEachWorker) {
  start(3);
  EXPECT_EQ(port->rx_queues(), 3u);
  EXPECT_EQ(port->tx_queues(), 3u);
  for (unsigned w = 0; w < 3; ++w) EXPECT_TRUE(port->queue(w).receives());
}

TEST_F(PortTest, WithFewerQueuesThanWorkersTheFirstPollAndAllTransmit) {
  config.device = "net_null0";
  auto opened = Port::open(config, PortIndex(0));
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  const Status configured = (*opened)->configure(2000, test::pool());
  ASSERT_TRUE(configured.has_value()) << configured.error().message;
  ASSERT_TRUE((*opened)->start());
  const unsigned queues = (*opened)->tx_queues();
  ASSERT_LT(queues, 2000u);
  EXPECT_TRUE((*opened)->queue(0).receives());
  EXPECT_FALSE((*opened)->queue((*opened)->rx_queues()).receives());
  rte_mbuf* m = test::frame(experimental(64, 5));
  EXPECT_EQ((*opened)->queue(1999).transmit(&m, 1), 1);
}

TEST_F(PortTest, RefusesAnInterfaceThatIsThereAlready) {
  start();
  PortConfig other = config;
  other.name = "q";
  other.device = "net_tap1,iface=pt0";
  const auto refused = Port::open(other, PortIndex(1));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find("port q: an interface pt0 exists already"), std::string::npos)
      << refused.error().message;
}

}  // namespace
}  // namespace demarc::dp
