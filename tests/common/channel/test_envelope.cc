// Every message of the channel: whole, cut at every byte, with every byte changed, and beyond each limit.
#include "common/channel/envelope.h"

#include <gtest/gtest.h>

#include <random>

#include "common/channel/channel_limits.h"

namespace demarc::channel {
namespace {

using schema::Message;

template <class T, class... Strings>
std::unique_ptr<T> make() {
  return std::make_unique<T>();
}

schema::CountersReportT counters_report() {
  schema::CountersReportT r;
  r.request = 5;
  auto tenant = make<schema::TenantCountersT>();
  tenant->tenant = 3;
  tenant->counters = {1, 2, 3};
  tenant->drops = {4, 5};
  r.tenants.push_back(std::move(tenant));
  auto worker = make<schema::WorkerReportT>();
  auto stage = make<schema::StageCountersT>();
  stage->name = "gtpu_decap";
  worker->stages.push_back(std::move(stage));
  r.workers.push_back(std::move(worker));
  auto port = make<schema::PortT>();
  port->name = "p0";
  port->mac = {1, 2, 3, 4, 5, 6};
  r.ports.push_back(std::move(port));
  return r;
}

schema::HelloT hello() {
  schema::HelloT h;
  h.version_text = "0.1.0";
  h.capacity = make<schema::CapacityT>();
  auto port = make<schema::PortT>();
  port->name = "p0";
  h.ports.push_back(std::move(port));
  return h;
}

schema::TraceReportT trace_report() {
  schema::TraceReportT r;
  auto packet = make<schema::TracedPacketT>();
  packet->port = "p0";
  packet->head = {1, 2, 3};
  auto step = make<schema::TraceStepT>();
  step->stage = "vlan_demux";
  step->note = "vlan 101";
  packet->steps.push_back(std::move(step));
  r.packets.push_back(std::move(packet));
  return r;
}

schema::PeerReportT peer_report() {
  schema::PeerReportT r;
  auto peer = std::make_unique<schema::PeerT>();
  peer->ipv6 = std::vector<uint8_t>(16, 0x20);
  peer->state = "lost";
  r.peers.push_back(std::move(peer));
  return r;
}

schema::SessionUsageT session_usage() {
  schema::SessionUsageT r;
  r.found = true;
  r.drops = {1, 2, 3};
  return r;
}

schema::CaptureReportT capture_report() {
  schema::CaptureReportT r;
  auto packet = std::make_unique<schema::CapturedPacketT>();
  packet->port = "access";
  packet->bytes = std::vector<uint8_t>(64, 0xab);
  r.packets.push_back(std::move(packet));
  return r;
}

schema::NeighborReportT neighbor_report() {
  schema::NeighborReportT r;
  auto n = make<schema::NeighborT>();
  n->mac = {1, 2, 3, 4, 5, 6};
  n->state = "reachable";
  r.neighbors.push_back(std::move(n));
  return r;
}

schema::EntryListT entry_list() {
  schema::EntryListT l;
  l.entries.emplace_back(1, 2, schema::EntryKind::route);
  l.last = true;
  return l;
}

schema::DigestReportT digest_report() {
  schema::DigestReportT r;
  r.tenants.push_back(make<schema::TenantDigestT>());
  return r;
}

schema::TransactionReplyT transaction_reply() {
  schema::TransactionReplyT r;
  r.error = "entry 5: the table is full";
  return r;
}

std::vector<TableUpdate> updates() {
  return {{schema::OperationKind::put, {TenantId(1), schema::EntryKind::vrf, 4}, "some bytes"},
          {schema::OperationKind::remove, {TenantId(1), schema::EntryKind::session, 9}, {}}};
}

// One of each kind.
std::vector<std::pair<Message, Bytes>> all_messages() {
  std::vector<std::pair<Message, Bytes>> all;
  auto add = [&](Message type, Bytes bytes) { all.emplace_back(type, std::move(bytes)); };
  schema::HelloReplyT refusal;
  refusal.error = "no";
  schema::EventT event;
  event.text = "port up";
  add(Message::Hello, pack_envelope(7, 0, hello()));
  add(Message::HelloReply, pack_envelope(7, 9, std::move(refusal)));
  add(Message::HelloRequest, pack_envelope(7, 0, schema::HelloRequestT{}));
  add(Message::Heartbeat, pack_envelope(7, 9, schema::HeartbeatT{}));
  add(Message::Transaction, pack_transaction(7, 9, 1, updates()));
  add(Message::TransactionReply, pack_envelope(7, 9, transaction_reply()));
  add(Message::DigestRequest, pack_envelope(7, 9, schema::DigestRequestT{}));
  add(Message::DigestReport, pack_envelope(7, 9, digest_report()));
  add(Message::EntryListRequest, pack_envelope(7, 9, schema::EntryListRequestT{}));
  add(Message::EntryList, pack_envelope(7, 9, entry_list()));
  add(Message::CountersRequest, pack_envelope(7, 9, schema::CountersRequestT{}));
  add(Message::CountersReport, pack_envelope(7, 9, counters_report()));
  add(Message::TraceRequest, pack_envelope(7, 9, schema::TraceRequestT{}));
  add(Message::TraceReport, pack_envelope(7, 9, trace_report()));
  add(Message::NeighborRequest, pack_envelope(7, 9, schema::NeighborRequestT{}));
  add(Message::NeighborReport, pack_envelope(7, 9, neighbor_report()));
  add(Message::Event, pack_envelope(7, 9, std::move(event)));
  add(Message::PeerRequest, pack_envelope(7, 9, schema::PeerRequestT{}));
  add(Message::PeerReport, pack_envelope(7, 9, peer_report()));
  add(Message::SessionUsageRequest, pack_envelope(7, 9, schema::SessionUsageRequestT{}));
  add(Message::SessionUsage, pack_envelope(7, 9, session_usage()));
  add(Message::CaptureRequest, pack_envelope(7, 9, schema::CaptureRequestT{}));
  add(Message::CaptureReport, pack_envelope(7, 9, capture_report()));
  return all;
}

// Reads all of it, as the ends do: a sanitizer sees what is read past the end.
void use(std::span<const uint8_t> bytes) {
  auto envelope = open_envelope(bytes);
  if (!envelope) {
    EXPECT_FALSE(envelope.error().message.empty());
    return;
  }
  schema::EnvelopeT unpacked;
  (*envelope)->UnPackTo(&unpacked);
  if ((*envelope)->message_type() == Message::Transaction)
    (void)unpack_operations(*(*envelope)->message_as_Transaction());
}

TEST(Envelope, EveryKindIsOpenedAsItWasPacked) {
  const auto all = all_messages();
  EXPECT_EQ(all.size(), static_cast<size_t>(Message::MAX));
  for (const auto& [type, bytes] : all) {
    auto envelope = open_envelope(bytes);
    ASSERT_TRUE(envelope) << schema::EnumNameMessage(type) << ": " << envelope.error().message;
    EXPECT_EQ((*envelope)->message_type(), type);
    EXPECT_EQ((*envelope)->boot_id(), 7u);
  }
}

TEST(Envelope, CutAtEveryByteItIsRefusedOrHarmless) {
  for (const auto& [type, bytes] : all_messages()) {
    for (size_t size = 0; size < bytes.size(); ++size)
      use(Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size)));
  }
  EXPECT_FALSE(open_envelope({}));
}

TEST(Envelope, WithEveryByteChangedItIsRefusedOrHarmless) {
  for (const auto& [type, bytes] : all_messages()) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      for (uint8_t flip : {0x01, 0x80, 0xff}) {
        Bytes changed = bytes;
        changed[i] ^= flip;
        use(changed);
      }
    }
  }
}

TEST(Envelope, GarbageIsRefused) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(random() % 300);
    for (auto& b : bytes) b = static_cast<uint8_t>(random());
    use(bytes);
  }
}

TEST(Envelope, ABootIdOfZeroIsRefused) {
  auto opened = open_envelope(pack_envelope(0, 1, schema::HeartbeatT{}));
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("boot id 0"), std::string::npos);
}

TEST(Envelope, WithoutAMessageItIsRefused) {
  EXPECT_FALSE(open_envelope(pack_envelope(7, 1, schema::MessageUnion{})));
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::CreateEnvelope(builder, 7, 1, static_cast<Message>(200)));
  EXPECT_FALSE(open_envelope({builder.GetBufferPointer(), builder.GetSize()}));
  // The type says Hello and there is nothing.
  flatbuffers::FlatBufferBuilder empty;
  empty.Finish(schema::CreateEnvelope(empty, 7, 1, Message::Hello));
  EXPECT_FALSE(open_envelope({empty.GetBufferPointer(), empty.GetSize()}));
}

TEST(Envelope, MoreBytesThanTheLimitAreRefused) { EXPECT_FALSE(open_envelope(Bytes(kMessageBytesMax + 1))); }

TEST(Envelope, MoreTablesThanTheLimitAreRefused) {
  for (size_t count : {1000ul, static_cast<size_t>(kMessageTablesMax)}) {
    flatbuffers::FlatBufferBuilder builder;
    const auto one = schema::CreateTenantDigest(builder, 1, 2, 3);
    std::vector<flatbuffers::Offset<schema::TenantDigest>> all(count, one);  // the same one, again and again
    const auto report = schema::CreateDigestReport(builder, 1, builder.CreateVector(all));
    builder.Finish(schema::CreateEnvelope(builder, 7, 1, Message::DigestReport, report.Union()));
    EXPECT_EQ(open_envelope({builder.GetBufferPointer(), builder.GetSize()}).has_value(), count == 1000);
  }
}

TEST(Envelope, WhatWouldUnpackToGigabytesIsRefused) {
  flatbuffers::FlatBufferBuilder builder;
  const auto value = builder.CreateVector(std::vector<uint8_t>(1'000'000));
  const auto one = schema::CreateOperation(builder, schema::OperationKind::put, 1, schema::EntryKind::vrf, 1, value);
  std::vector<flatbuffers::Offset<schema::Operation>> all(10'000, one);
  const auto transaction = schema::CreateTransaction(builder, 1, builder.CreateVector(all));
  builder.Finish(schema::CreateEnvelope(builder, 7, 1, Message::Transaction, transaction.Union()));
  EXPECT_LT(builder.GetSize(), 1'200'000u);
  auto opened = open_envelope({builder.GetBufferPointer(), builder.GetSize()});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("would unpack to more than"), std::string::npos) << opened.error().message;
}

// ---- operations ----

struct BadOperation {
  const char* description;
  TableUpdate update;
  const char* sentence;
};

TEST(Operations, AreUnpackedAsTheyWerePacked) {
  const Bytes bytes = pack_transaction(7, 9, 3, updates());
  auto envelope = open_envelope(bytes);
  ASSERT_TRUE(envelope);
  const auto& transaction = *(*envelope)->message_as_Transaction();
  EXPECT_EQ(transaction.number(), 3u);
  auto unpacked = unpack_operations(transaction);
  ASSERT_TRUE(unpacked);
  ASSERT_EQ(unpacked->size(), 2u);
  EXPECT_EQ((*unpacked)[0].value, "some bytes");
  EXPECT_EQ((*unpacked)[1].operation, schema::OperationKind::remove);
  EXPECT_EQ((*unpacked)[1].key, updates()[1].key);
}

TEST(Operations, ThatMeanNothingAreNamed) {
  const EntryKey vrf{TenantId(1), schema::EntryKind::vrf, 1};
  const BadOperation cases[] = {
      {"kind 0", {schema::OperationKind::put, {TenantId(1), schema::EntryKind::none, 1}, "x"}, "kind of entry 0"},
      {"kind 200",
       {schema::OperationKind::put, {TenantId(1), static_cast<schema::EntryKind>(200), 1}, "x"},
       "kind of entry 200"},
      {"operation", {static_cast<schema::OperationKind>(9), vrf, "x"}, "kind of operation 9"},
      {"empty", {schema::OperationKind::put, vrf, ""}, "entry of 0 bytes"},
      {"large", {schema::OperationKind::put, vrf, std::string(kEntryBytesMax + 1, 'x')}, "entry of 262145 bytes"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.description);
    std::vector<TableUpdate> all = updates();
    all.push_back(c.update);
    const Bytes bytes = pack_transaction(7, 9, 1, all);
    auto envelope = open_envelope(bytes);
    ASSERT_TRUE(envelope);
    auto unpacked = unpack_operations(*(*envelope)->message_as_Transaction());
    ASSERT_FALSE(unpacked);
    EXPECT_EQ(unpacked.error().operation, 2u);
    EXPECT_NE(unpacked.error().error.message.find(c.sentence), std::string::npos) << unpacked.error().error.message;
  }
}

TEST(Operations, MoreThanTheLimitAreRefused) {
  const std::vector<TableUpdate> many(kTransactionOperationsMax + 1, updates()[1]);
  const Bytes bytes = pack_transaction(7, 9, 1, many);
  auto envelope = open_envelope(bytes);
  ASSERT_TRUE(envelope);
  EXPECT_FALSE(unpack_operations(*(*envelope)->message_as_Transaction()));
}

}  // namespace
}  // namespace demarc::channel
