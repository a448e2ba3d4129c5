// A capture is a pcapng file that comes piece by piece.
#include <chrono>
#include <thread>

#include "common/defs/drop_reason.h"
#include "controlplane/capture/pcapng.h"
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

using namespace std::chrono_literals;

uint32_t word(const std::string& bytes, size_t at) {
  uint32_t n = 0;
  for (size_t i = 4; i-- > 0;) n = n << 8 | static_cast<unsigned char>(bytes.at(at + i));
  return n;
}

// Types of the blocks, each checked to have its length on both sides.
std::vector<uint32_t> blocks(const std::string& file) {
  std::vector<uint32_t> types;
  for (size_t at = 0; at < file.size();) {
    types.push_back(word(file, at));
    const uint32_t length = word(file, at + 4);
    EXPECT_EQ(length % 4, 0u);
    if (length < 12 || at + length > file.size() || word(file, at + length - 4) != length) {
      ADD_FAILURE() << "block at " << at << " of length " << length;
      return types;
    }
    at += length;
  }
  return types;
}

constexpr uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kStatistics = 5, kPacket = 6;

TEST(Pcapng, EachPortIsAnInterfaceAndEachPacketABlock) {
  const std::vector<uint8_t> bytes(61, 0xab);  // needs padding
  PcapngWriter writer;
  std::string file = writer.begin("demarc");
  file += writer.packet({.wall_ns = 0x0102030405060708,
                         .port = "a",
                         .sent = false,
                         .length = 1500,
                         .bytes = bytes,
                         .comment = "dropped: far_drop"});
  file += writer.packet({.port = "b", .sent = true, .length = 61, .bytes = bytes, .comment = ""});
  file += writer.packet({.port = "a", .sent = true, .length = 61, .bytes = bytes, .comment = ""});
  EXPECT_EQ(blocks(file), (std::vector<uint32_t>{kSection, kInterface, kPacket, kInterface, kPacket, kPacket}));
  const size_t first = file.find(std::string("\x06\0\0\0", 4), 40);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(word(file, first + 8), 0u);  // interface
  EXPECT_EQ(word(file, first + 12), 0x01020304u);
  EXPECT_EQ(word(file, first + 16), 0x05060708u);
  EXPECT_EQ(word(file, first + 20), 61u);
  EXPECT_EQ(word(file, first + 24), 1500u);
  EXPECT_NE(file.find("dropped: far_drop"), std::string::npos);
  EXPECT_EQ(blocks(writer.end(5, 7, "why")), (std::vector<uint32_t>{kStatistics, kStatistics}));
}

TEST(Pcapng, WithoutAPacketItIsAFileAllTheSame) {
  PcapngWriter writer;
  EXPECT_EQ(blocks(writer.begin("x") + writer.end(1, 0, "")),
            (std::vector<uint32_t>{kSection, kInterface, kStatistics}));
}

class Captures : public Served {
 protected:
  void SetUp() override { expect(201, "POST", "/v1/tenants", R"({"name": "acme"})"); }
  void TearDown() override {
    const std::lock_guard lock(link().mutex);
    link().captures.clear();
  }
  FakeLink::Capture& start(HttpClient& c, const std::string& body, size_t count = 1) {
    c.send(request_text("POST", "/v1/tenants/acme/capture", body));
    for (int i = 0; i < 500 && link().capture_count() < count; ++i) std::this_thread::sleep_for(10ms);
    const std::lock_guard lock(link().mutex);
    return *link().captures.at(count - 1);
  }
  static schema::CaptureReportT report(bool last, uint8_t drop = kNotDropped) {
    schema::CaptureReportT r;
    auto packet = std::make_unique<schema::CapturedPacketT>();
    packet->port = "p0";
    packet->length = 60;
    packet->bytes = std::vector<uint8_t>(60, 1);
    packet->drop = drop;
    packet->session = 7;
    r.packets.push_back(std::move(packet));
    r.last = last;
    r.lost = 3;
    return r;
  }
};

TEST_F(Captures, AreAFileThatComesPieceByPiece) {
  HttpClient c = client();
  auto& capture = start(c, R"({"packets": 9, "wait_s": 5, "snap_length": 100, "drops_only": true, "up_seid": 7,
                               "filter": "udp"})");
  EXPECT_EQ(capture.order.tenant, 1u);
  EXPECT_EQ(capture.order.packets, 9u);
  EXPECT_EQ(capture.order.duration_ms, 5000u);
  EXPECT_EQ(capture.order.snap_length, 100u);
  EXPECT_TRUE(capture.order.drops_only);
  EXPECT_EQ(capture.order.session, 7u);
  EXPECT_EQ(capture.order.filter, "udp");
  capture.on_packets(report(false, static_cast<uint8_t>(DropReason::route_none)));
  const Answer head = c.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "application/x-pcapng");
  std::string file = c.read_chunk();
  file += c.read_chunk();
  EXPECT_EQ(blocks(file), (std::vector<uint32_t>{kSection, kInterface, kPacket}));
  EXPECT_NE(file.find("dropped: route_none"), std::string::npos);
  EXPECT_NE(file.find("session 0x7"), std::string::npos);
  capture.on_packets(report(true));
  file = c.read_chunk();
  file += c.read_chunk();
  EXPECT_EQ(blocks(file), (std::vector<uint32_t>{kPacket, kStatistics}));
  EXPECT_EQ(c.read_chunk(), "");
}

TEST_F(Captures, AreBoundedInSize) {
  HttpClient c = client();
  auto& capture = start(c, R"({"packets": 1000, "wait_s": 5, "max_bytes": 1000})");
  for (int i = 0; i < 20; ++i) capture.on_packets(report(false));
  std::string file;
  ASSERT_EQ(c.read_head().status, 200);
  for (std::string piece = c.read_chunk(); !piece.empty(); piece = c.read_chunk()) file += piece;
  EXPECT_LT(file.size(), 1300u);
  EXPECT_NE(file.find("as many bytes as were asked for"), std::string::npos);
  EXPECT_EQ(blocks(file).back(), kStatistics);
  EXPECT_TRUE(capture.stop.stop_requested());
}

TEST_F(Captures, ThatCannotBeginSayWhy) {
  HttpClient c = client();
  schema::CaptureReportT refusal;
  refusal.last = true;
  refusal.error = "filter \"prot\": no";
  start(c, R"({"packets": 1, "wait_s": 5})").on_packets(std::move(refusal));
  const Answer answer = c.read();
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(mentions(answer.body, "no")) << answer.body;
  refused(404, "POST", "/v1/tenants/nobody/capture", R"({"packets": 2, "wait_s": 5})");
  refused(400, "POST", "/v1/tenants/acme/capture", R"({"packets": 1000001, "wait_s": 5})");
  refused(400, "POST", "/v1/tenants/acme/capture", R"({"packets": 1, "wait_s": 5, "snap_length": 63})");
}

TEST_F(Captures, EndWhenTheClientLeaves) {
  HttpClient c = client();
  auto& capture = start(c, R"({"packets": 9, "wait_s": 5})");
  EXPECT_FALSE(capture.stop.stop_requested());
  c.close();
  for (int i = 0; i < 500 && !capture.stop.stop_requested(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(capture.stop.stop_requested());
}

}  // namespace
}  // namespace demarc::cp::test
