// Ports that bring packets to the worker that their TEID names: the rules, and a TAP interface's program in the kernel.
// The second needs root, and is skipped without.
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>

#include "common/base/teid_owner.h"
#include "common/wire/ethernet.h"
#include "common/wire/gtpu.h"
#include "common/wire/ipv4.h"
#include "common/wire/ipv6.h"
#include "common/wire/udp.h"
#include "dataplane/io/flow_steering.h"
#include "dataplane/io/port.h"
#include "tests/dataplane/eal_fixture.h"
#include "tests/dataplane/worker/fixture.h"

namespace demarc::dp {
namespace {

TEST(TeidRules, MatchEveryTeidOnceAndNameItsOwner) {
  for (const unsigned queues : {2u, 3u, 4u, 5u, 64u}) {
    const auto rules = teid_rules(queues);
    for (uint32_t n = 0; n < 4096; ++n) {
      const uint32_t teid = n * 0x00100301u;
      unsigned matches = 0;
      for (const TeidRule& rule : rules) {
        if ((teid & rule.mask) != rule.value) continue;
        ++matches;
        EXPECT_EQ(rule.queue, teid_owner(Teid(teid), queues).value);
      }
      ASSERT_EQ(matches, 1u) << queues << " queues, TEID " << teid;
    }
  }
}

TEST(TeidRules, APortThatKnowsNoRulesSaysSo) {
  PortConfig config;
  config.name = "n";
  config.device = "net_null7";
  auto port = Port::open(config, PortIndex(0));
  ASSERT_TRUE(port.has_value()) << port.error().message;
  ASSERT_TRUE((*port)->configure(2, test::pool()));
  ASSERT_TRUE((*port)->start());
  EXPECT_EQ((*port)->spread(), Spread::handoff);
}

constexpr MacAddress kTo{2, 0, 0, 0, 0, 1};
constexpr MacAddress kFrom{6, 6, 6, 6, 6, 6};

class TapSteering : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    static const bool own_namespace = unshare(CLONE_NEWNET) == 0;
    ASSERT_TRUE(own_namespace);
    PortConfig config;
    config.name = "s";
    config.device = "net_tap3,iface=st0";
    auto opened = Port::open(config, PortIndex(0));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    port = std::move(*opened);
    ASSERT_TRUE(port->configure(kQueues, test::pool()));
    ASSERT_TRUE(port->start());
    ASSERT_EQ(port->spread(), Spread::ebpf);
    wire = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex("st0"));
    ASSERT_EQ(bind(wire, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  void TearDown() override {
    if (wire >= 0) close(wire);
  }

  // The queue on which the frame comes in; -1 when it does not within a few seconds.
  int queue_of(const std::vector<uint8_t>& frame) {
    EXPECT_EQ(send(wire, frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
    for (int tries = 0; tries < 4000; ++tries) {
      for (unsigned q = 0; q < kQueues; ++q) {
        rte_mbuf* m = nullptr;
        if (port->queue(q).receive(&m, 1) == 0) continue;
        const bool same = m->pkt_len == frame.size() &&
                          std::memcmp(rte_pktmbuf_mtod(m, const void*), frame.data(), frame.size()) == 0;
        rte_pktmbuf_free(m);
        if (same) return static_cast<int>(q);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return -1;
  }

  static std::vector<uint8_t> frame(unsigned tags, uint16_t type, size_t bytes) {
    std::vector<uint8_t> f(14 + 4 * tags + bytes);
    wire::write_ethernet(f.data(), kTo, kFrom, 0, type);
    for (unsigned t = 0; t < tags; ++t) {
      uint8_t* const at = f.data() + 12 + 4 * t;
      const uint16_t tpid = tags == 2 && t == 0 ? 0x88a8 : 0x8100;
      at[0] = static_cast<uint8_t>(tpid >> 8);
      at[1] = static_cast<uint8_t>(tpid);
      at[3] = 101;
      at[4] = static_cast<uint8_t>(type >> 8);
      at[5] = static_cast<uint8_t>(type);
    }
    return f;
  }
  static void write_gtpu(uint8_t* udp, Teid teid) {
    wire::write_udp(udp, 2152, 2152, 8 + 8 + 4, Be16{});
    wire::write_gtpu_gpdu(udp + 8, teid, 4, wire::kGtpuNoQfi);
  }
  static std::vector<uint8_t> over_ipv4(unsigned tags, Teid teid) {
    auto f = frame(tags, wire::kEtherTypeIpv4, 20 + 20);
    uint8_t* const at = f.data() + 14 + 4 * tags;
    wire::write_ipv4(at, 40, 64, wire::kProtocolUdp, test::ip(10, 0, 0, 5), test::ip(10, 0, 0, 1), 0);
    write_gtpu(at + 20, teid);
    return f;
  }
  static std::vector<uint8_t> over_ipv6(unsigned tags, Teid teid) {
    auto f = frame(tags, wire::kEtherTypeIpv6, 40 + 20);
    uint8_t* const at = f.data() + 14 + 4 * tags;
    at[0] = 0x60;
    at[5] = 20;
    at[6] = wire::kProtocolUdp;
    at[7] = 64;
    write_gtpu(at + 40, teid);
    return f;
  }

  static constexpr unsigned kQueues = 3;
  std::unique_ptr<Port> port;
  int wire = -1;
};

TEST_F(TapSteering, GPdusGoToTheWorkerThatTheirTeidNames) {
  for (const uint32_t teid : {0x1u, 0x3fffffffu, 0x40000000u, 0x7fffffffu, 0x80000100u, 0xc0000001u}) {
    const int owner = teid_owner(Teid(teid), kQueues).value;
    for (const unsigned tags : {0u, 1u, 2u}) {
      EXPECT_EQ(queue_of(over_ipv4(tags, Teid(teid))), owner) << teid << ", tags " << tags;
      EXPECT_EQ(queue_of(over_ipv6(tags, Teid(teid))), owner) << teid << ", tags " << tags << ", IPv6";
    }
  }
}

// The kernel by itself would follow the queue of the last packet that was sent back.
TEST_F(TapSteering, AFlowStaysWhereItIsWhateverIsSent) {
  auto to_ue = [](uint8_t ue, bool back) {
    auto f = frame(1, wire::kEtherTypeIpv4, 20 + 20);
    const Be32 server = test::ip(10, 9, 0, 5);
    const Be32 phone = test::ip(10, 45, 0, ue);
    wire::write_ipv4(f.data() + 18, 40, 64, wire::kProtocolUdp, back ? phone : server, back ? server : phone, 0);
    wire::write_udp(f.data() + 38, back ? 4000 : 5000, back ? 5000 : 4000, 20, Be16{});
    return f;
  };
  unsigned used = 0;
  for (uint8_t ue = 1; ue <= 6; ++ue) {
    const int first = queue_of(to_ue(ue, false));
    ASSERT_GE(first, 0);
    used |= 1u << first;
    for (unsigned q = 0; q < kQueues; ++q) {
      rte_mbuf* m = test::frame(to_ue(ue, true));
      ASSERT_EQ(port->queue(q).transmit(&m, 1), 1);
      EXPECT_EQ(queue_of(to_ue(ue, false)), first);
    }
  }
  EXPECT_EQ(used, 7u) << "and different flows use different queues";
}

TEST_F(TapSteering, WhatCannotBeReadGoesToTheFirst) {
  EXPECT_EQ(queue_of(frame(0, 0x88b5, 60)), 0);
  auto cut = over_ipv4(0, Teid(0x80000000));
  cut.resize(14 + 20 + 9);
  EXPECT_EQ(queue_of(cut), 0);
}

}  // namespace
}  // namespace demarc::dp
