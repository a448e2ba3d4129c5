#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "dataplane/agent/capturing.h"
#include "tests/dataplane/agent/world.h"

namespace demarc::dp::test {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kNow = 5'000'000'000, kWall = 1'700'000'000'000'000'000;

rte_mempool* capture_pool() {
  static rte_mempool* const p =
      rte_pktmbuf_pool_create("agent_captures", 511, 0, kCapturePrivateBytes, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  return p;
}

class CapturingTest : public ::testing::Test {
 protected:
  CapturingTest() {
    for (uint32_t tenant = 1; tenant <= kCapturesMax + 1; ++tenant)
      EXPECT_TRUE(world.apply(base(tenant, static_cast<uint16_t>(100 + 2 * tenant))));
    unsigned n = 0;
    for (WorkerShared& worker : world.workers) {
      CaptureQueue& q = worker.capture;
      q.control = std::make_unique<CaptureControl>(worker.tenant_slots);
      q.taken = std::make_unique<OwnedCounter[]>(worker.tenant_slots);
      q.lost = std::make_unique<OwnedCounter[]>(worker.tenant_slots);
      q.ring = rte_ring_create(("capture" + std::to_string(n++)).c_str(), kCaptureRingSize, SOCKET_ID_ANY,
                               RING_F_SP_ENQ | RING_F_SC_DEQ);
    }
  }
  ~CapturingTest() override {
    capturing.stop();
    capturing.poll(kNow, kWall, rte_rdtsc());
    for (WorkerShared& worker : world.workers) rte_ring_free(worker.capture.ring);
    EXPECT_EQ(rte_mempool_in_use_count(capture_pool()), 0u);
  }

  void ask(uint64_t request, uint32_t tenant, uint32_t packets = 10, std::string filter = "", uint32_t ms = 1000,
           uint16_t snap = 256) {
    schema::CaptureRequestT r;
    r.request = request;
    r.tenant = tenant;
    r.packets = packets;
    r.duration_ms = ms;
    r.snap_length = snap;
    r.filter = std::move(filter);
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::CaptureRequest::Pack(builder, &r));
    capturing.start(*flatbuffers::GetRoot<schema::CaptureRequest>(builder.GetBufferPointer()), kNow);
  }
  uint32_t ordered(uint32_t tenant) {
    return world.workers[0].capture.control->orders[world.tenant(tenant).value].generation.load();
  }
  // A copy as the worker makes them: an Ethernet frame of the EtherType given.
  void copy(uint32_t tenant, uint16_t ethertype = 0x0800, unsigned worker = 0) {
    rte_mbuf* m = rte_pktmbuf_alloc(capture_pool());
    ASSERT_NE(m, nullptr);
    auto* bytes = reinterpret_cast<uint8_t*>(rte_pktmbuf_append(m, 60));
    std::memset(bytes, 0, 60);
    bytes[12] = static_cast<uint8_t>(ethertype >> 8);
    bytes[13] = static_cast<uint8_t>(ethertype);
    *static_cast<CaptureMark*>(rte_mbuf_to_priv(m)) = {.tsc = rte_rdtsc(),
                                                       .up_seid = 7,
                                                       .generation = ordered(tenant),
                                                       .frame_bytes = 99,
                                                       .port = 0,
                                                       .tenant = world.tenant(tenant),
                                                       .drop = code(DropReason::route_none),
                                                       .direction = CaptureDirection::received};
    ASSERT_EQ(rte_ring_sp_enqueue(world.workers[worker].capture.ring, m), 0);
  }
  void poll(uint64_t after_ns = 0) { capturing.poll(kNow + after_ns, kWall, rte_rdtsc()); }

  static Capacities capacities() {
    Capacities c;
    c.tenants = c.vrfs = c.attachments = c.gtpu_endpoints = c.routes = c.sessions = c.neighbors = 64;
    return c;
  }

  World world{capacities()};
  std::vector<schema::CaptureReportT> sent;
  Capturing capturing{world.state(), world.workers,
                      [this](const schema::CaptureReportT& r) { sent.push_back(schema::CaptureReportT(r)); }};
};

TEST_F(CapturingTest, SendsWhatTheWorkersCopied) {
  ask(1, 1);
  EXPECT_NE(ordered(1), 0u);
  EXPECT_EQ(ordered(2), 0u);
  copy(1);
  world.workers[0].capture.lost[world.tenant(1).value].add(3);
  poll();
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_EQ(sent[0].packets.size(), 1u);
  EXPECT_EQ(sent[0].request, 1u);
  EXPECT_EQ(sent[0].lost, 3u);
  EXPECT_FALSE(sent[0].last);
  const schema::CapturedPacketT& p = *sent[0].packets[0];
  EXPECT_EQ(p.length, 99u);
  EXPECT_EQ(p.bytes.size(), 60u);
  EXPECT_EQ(p.session, 7u);
  EXPECT_EQ(p.port, "uplink");
  EXPECT_EQ(p.drop, code(DropReason::route_none));
  EXPECT_LE(p.wall_ns, kWall);
  EXPECT_EQ(world.workers[0].capture.taken[world.tenant(1).value].read(), 1u);
}

TEST_F(CapturingTest, TenantsNeverSeeEachOther) {
  ask(1, 1);
  ask(2, 2);
  copy(1);
  copy(2);
  poll();
  ASSERT_EQ(sent.size(), 2u);
  for (const auto& report : sent) EXPECT_EQ(report.packets.size(), 1u) << report.request;
  // What was copied for an order that is over goes nowhere, also when the tenant captures again.
  copy(1);
  ask(3, 1);
  sent.clear();
  poll();
  for (const auto& report : sent) EXPECT_TRUE(report.packets.empty()) << report.request;
}

TEST_F(CapturingTest, EndsByPacketsByTimeAndByRequest) {
  ask(1, 1, 2);
  for (int i = 0; i < 3; ++i) copy(1);
  poll();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].packets.size(), 2u);
  EXPECT_TRUE(sent[0].last);
  EXPECT_EQ(ordered(1), 0u);

  ask(2, 1, 5, "", 100);
  poll(99'000'000);
  EXPECT_EQ(sent.size(), 1u);
  poll(100'000'000);
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_TRUE(sent[1].last);

  ask(3, 1);
  ask(4, 1, 0);  // of another request: nothing
  EXPECT_TRUE(capturing.active());
  ask(3, 1, 0);
  EXPECT_FALSE(capturing.active());
  EXPECT_TRUE(sent.back().last);
  EXPECT_EQ(sent.back().request, 3u);
}

TEST_F(CapturingTest, ANewOneOfTheTenantEndsTheOld) {
  ask(1, 1);
  ask(2, 1);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].request, 1u);
  EXPECT_THAT(sent[0].error, HasSubstr("another capture"));
  EXPECT_TRUE(capturing.active());
}

TEST_F(CapturingTest, ATenantThatGoesEndsIt) {
  ask(1, 1);
  EXPECT_TRUE(world.apply({drop(1, EntryKind::route, 1), drop(1, EntryKind::gtpu_endpoint, 1),
                           drop(1, EntryKind::attachment, 1), drop(1, EntryKind::attachment, 2),
                           drop(1, EntryKind::vrf, 1), drop(1, EntryKind::vrf, 2), drop(1, EntryKind::tenant, 1)}));
  poll();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].last);
}

TEST_F(CapturingTest, FiltersByExpression) {
  ask(1, 1, 10, "arp");
  copy(1, 0x0800);
  copy(1, 0x0806);
  poll();
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_EQ(sent[0].packets.size(), 1u);
  EXPECT_EQ(sent[0].packets[0]->bytes[13], 0x06);
}

TEST(CaptureFilter, SeesFramesWithoutTheirTags) {
  const CaptureFilter arp = CaptureFilter::compile("arp").value();
  std::vector<uint8_t> frame(60);
  frame[12] = 0x08;
  frame[13] = 0x06;
  EXPECT_TRUE(arp.takes(frame, 60));
  for (const std::vector<uint8_t>& tag : {std::vector<uint8_t>{0x81, 0, 0, 101}, {0x88, 0xa8, 0, 7}}) {
    frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    EXPECT_TRUE(arp.takes(frame, static_cast<uint32_t>(frame.size())));
  }
  for (size_t cut = 0; cut < frame.size(); ++cut)  // must not read past the end
    (void)arp.takes(std::span(frame).first(cut), static_cast<uint32_t>(frame.size()));
  EXPECT_FALSE(arp.takes(std::span(frame).first(20), 68));
}

TEST_F(CapturingTest, RefusesInWords) {
  const struct {
    uint32_t packets;
    std::string filter;
    uint32_t ms;
    uint16_t snap;
    const char* sentence;
  } cases[] = {
      {1'000'001, "", 1000, 256, "at most 1000000"},
      {1, "", 0, 256, "from 1 to 3600000"},
      {1, "", 1000, 63, "from 64 to 9216"},
      {1, "udp prot 53", 1000, 256, "\"prot\" is neither"},
      {1, "udp and", 1000, 256, "syntax error"},
      {1, "host www.example.org", 1000, 256, "not looked up"},
      {1, "src face", 1000, 256, "\"face\" is neither"},
      {1, "dst 1e100.ce", 1000, 256, "not looked up"},
      {1, std::string(513, 'a'), 1000, 256, "at most 512"},
  };
  for (const auto& c : cases) {
    sent.clear();
    ask(1, 1, c.packets, c.filter, c.ms, c.snap);
    ASSERT_EQ(sent.size(), 1u) << c.sentence;
    EXPECT_TRUE(sent[0].last);
    EXPECT_THAT(sent[0].error, HasSubstr(c.sentence));
    EXPECT_FALSE(capturing.active());
  }
  for (const char* good : {"host 10.0.0.1", "ip6 net 2001:db8::/32 and udp port 2152", "icmp and not arp",
                           "tcp[tcpflags] & tcp-syn != 0", "ether host 02:00:00:00:00:01", "portrange 1-1023"}) {
    sent.clear();
    ask(9, 1, 1, good);
    EXPECT_TRUE(capturing.active()) << good << ": " << (sent.empty() ? "" : sent[0].error);
    capturing.stop();
  }
}

TEST_F(CapturingTest, SoManyAtOnceAndNoMore) {
  for (uint32_t tenant = 1; tenant <= kCapturesMax; ++tenant) ask(tenant, tenant);
  EXPECT_TRUE(sent.empty());
  ask(99, kCapturesMax + 1);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_THAT(sent[0].error, HasSubstr("captures are under way"));
}

}  // namespace
}  // namespace demarc::dp::test
