// The data plane's side of the conversation, said to by hand.
#include <gtest/gtest.h>

#include "common/channel/channel_limits.h"
#include "common/defs/counter.h"
#include "dataplane/agent/channel_client_conversation.h"
#include "tests/controlplane/channel/fake_data_plane.h"

namespace demarc::test {
namespace {

constexpr uint64_t kControl = 900;  // demarcd's boot id
constexpr uint64_t kEpoch = 5000;

class Client : public testing::Test {
 protected:
  template <class MessageT>
  void hear(MessageT message, uint64_t epoch = kEpoch, uint64_t boot_id = kControl) {
    conversation.receive(channel::pack_envelope(boot_id, epoch, std::move(message)));
  }
  void hear_reply(uint64_t epoch, std::string error = {}, uint16_t version = channel::kSchemaVersionMax) {
    schema::HelloReplyT reply;
    reply.version = version;
    reply.error = std::move(error);
    hear(std::move(reply), epoch);
  }
  void connect() {
    conversation.tick();
    hear_reply(kEpoch);
    ASSERT_TRUE(conversation.connected());
    conversation.tick();
    said.clear();
  }
  void hear_transaction(uint64_t number, const std::vector<channel::TableUpdate>& updates, uint64_t epoch = kEpoch) {
    conversation.receive(channel::pack_transaction(kControl, epoch, number, updates));
  }
  void pass(uint64_t ns, bool heartbeats) {
    for (uint64_t t = 0; t < ns; t += 50'000'000) {
      clock.now_ns += 50'000'000;
      if (heartbeats) hear(schema::HeartbeatT{});
      conversation.tick();
    }
  }
  // What it said last, and that it was of this kind.
  schema::EnvelopeT last(schema::Message type) {
    schema::EnvelopeT e;
    if (said.empty()) {
      ADD_FAILURE() << "nothing was said";
      return e;
    }
    auto opened = channel::open_envelope(said.back());
    EXPECT_TRUE(opened);
    (*opened)->UnPackTo(&e);
    EXPECT_EQ(e.message.type, type) << schema::EnumNameMessage(e.message.type);
    return e;
  }
  schema::TransactionReplyT reply() { return *last(schema::Message::TransactionReply).message.AsTransactionReply(); }
  size_t count(schema::Message type) const {
    size_t n = 0;
    for (const auto& bytes : said) n += (*channel::open_envelope(bytes))->message_type() == type ? 1 : 0;
    return n;
  }

  ManualClock clock{};
  FakeDataPlane plane;
  std::vector<channel::Bytes> said;
  bool somebody_there = true;
  dp::ClientConversation conversation{clock, 7, plane, [this](const channel::Bytes& b) {
                                        if (somebody_there) said.push_back(b);
                                        return somebody_there;
                                      }};
};

TEST_F(Client, SaysHelloUntilItIsAnswered) {
  conversation.tick();
  const auto envelope = last(schema::Message::Hello);
  EXPECT_EQ(envelope.boot_id, 7u);
  EXPECT_EQ(envelope.epoch, 0u);
  const auto& hello = *envelope.message.AsHello();
  EXPECT_EQ(hello.version_min, channel::kSchemaVersionMin);
  EXPECT_EQ(hello.version_max, channel::kSchemaVersionMax);
  EXPECT_EQ(hello.counter_list, counter_list_fingerprint());
  EXPECT_EQ(hello.last_epoch, 0u);
  EXPECT_EQ(hello.version_text, "test");
  pass(1'000'000'000, false);
  EXPECT_EQ(said.size(), 6u) << "each 200 ms";
  hear_reply(kEpoch);
  EXPECT_EQ(plane.epochs, std::vector<uint64_t>{kEpoch});
  said.clear();
  pass(1'000'000'000, true);
  EXPECT_EQ(count(schema::Message::Hello), 0u);
  EXPECT_EQ(count(schema::Message::CountersReport), 2u) << "each 500 ms, the first at once";
}

TEST_F(Client, TriesSoonAgainWhileNobodyIsThere) {
  somebody_there = false;
  pass(1'000'000'000, false);
  somebody_there = true;
  pass(100'000'000, false);
  EXPECT_EQ(count(schema::Message::Hello), 1u);
  EXPECT_GT(conversation.counts().send_failed, 10u);
}

TEST_F(Client, TakesOnlyEpochsThatGrow) {
  connect();
  for (uint64_t epoch : {uint64_t{0}, kEpoch - 1, kEpoch}) hear_reply(epoch);
  EXPECT_EQ(conversation.epoch(), kEpoch);
  EXPECT_EQ(plane.epochs.size(), 1u);
  hear_reply(kEpoch + 1, {}, channel::kSchemaVersionMax + 1);
  EXPECT_EQ(conversation.epoch(), kEpoch) << "a version that it does not speak";
  hear_reply(kEpoch + 1);
  EXPECT_EQ(conversation.epoch(), kEpoch + 1);
  EXPECT_EQ(plane.losses.size(), 1u) << "traces of the conversation before must end";
}

TEST_F(Client, IgnoresOtherEpochsAndOtherSenders) {
  connect();
  hear_transaction(1, routes(1, 1, 1), kEpoch + 1);
  hear_transaction(1, routes(1, 1, 1), kEpoch - 1);
  hear_transaction(1, routes(1, 1, 1), 0);
  hear(schema::DigestRequestT{}, kEpoch, kControl + 1);
  EXPECT_TRUE(said.empty());
  EXPECT_EQ(plane.transactions, 0u);
  EXPECT_EQ(conversation.counts().other_epoch, 4u);
}

TEST_F(Client, NothingIsTakenBeforeTheHelloIsAnswered) {
  hear_transaction(1, routes(1, 1, 1), 0);
  hear_transaction(1, routes(1, 1, 1));
  EXPECT_EQ(plane.transactions, 0u);
}

TEST_F(Client, ARefusedOneAsksAgainEachFiveSeconds) {
  conversation.tick();
  hear_reply(0, "another demarc-dp is connected");
  hear_reply(0, "another demarc-dp is connected");
  EXPECT_EQ(plane.refusals, std::vector<std::string>{"another demarc-dp is connected"});
  said.clear();
  pass(10'000'000'000, false);
  EXPECT_EQ(count(schema::Message::Hello), 2u);
  hear_reply(kEpoch);
  EXPECT_TRUE(conversation.connected());
  hear_reply(0, "too late");
  EXPECT_TRUE(conversation.connected());
}

TEST_F(Client, SilenceEndsTheConversation) {
  connect();
  pass(channel::kPeerSilenceNs, true);
  EXPECT_TRUE(conversation.connected());
  pass(channel::kPeerSilenceNs + 100'000'000, false);
  EXPECT_FALSE(conversation.connected());
  EXPECT_EQ(plane.losses.size(), 1u);
  EXPECT_EQ(last(schema::Message::Hello).message.AsHello()->last_epoch, kEpoch);
}

TEST_F(Client, AHelloRequestIsAnsweredAtOnceButNotInAStorm) {
  connect();
  clock.now_ns += 100'000'000;
  for (int i = 0; i < 100; ++i) hear(schema::HelloRequestT{}, 0, 12345);
  EXPECT_EQ(count(schema::Message::Hello), 1u);
  EXPECT_FALSE(conversation.connected());
}

// ---- transactions ----

TEST_F(Client, AppliesTransactionsInTheirOrder) {
  connect();
  hear_transaction(1, routes(1, 1, 3));
  EXPECT_TRUE(reply().ok);
  EXPECT_EQ(reply().number, 1u);
  hear_transaction(2, {channel::remove(key(1, schema::EntryKind::route, 2))});
  EXPECT_TRUE(reply().ok);
  EXPECT_EQ(plane.map.size(), 2u);
}

TEST_F(Client, ARepeatedTransactionGetsTheSameReplyAndChangesNothing) {
  connect();
  plane.refused = {key(1, schema::EntryKind::route, 2)};
  hear_transaction(1, routes(1, 1, 3));
  const channel::Bytes first = said.back();
  EXPECT_FALSE(reply().ok);
  EXPECT_FALSE(reply().resync);
  EXPECT_EQ(reply().failed_operation, 1u);
  EXPECT_EQ(reply().error_code, static_cast<uint8_t>(ErrorCode::exhausted));
  EXPECT_EQ(reply().error, "entry 2: the table is full");
  plane.refused.clear();
  hear_transaction(1, routes(1, 1, 3));
  EXPECT_EQ(said.back(), first);
  EXPECT_EQ(plane.transactions, 1u);
  EXPECT_EQ(conversation.counts().transactions_repeated, 1u);
}

TEST_F(Client, AGapAsksForAResync) {
  connect();
  hear_transaction(1, routes(1, 1, 1));
  for (uint64_t number : {uint64_t{3}, uint64_t{0}, UINT64_MAX}) {
    hear_transaction(number, routes(1, 5, 1));
    EXPECT_TRUE(reply().resync);
    EXPECT_FALSE(reply().ok);
    EXPECT_EQ(reply().number, number);
  }
  EXPECT_EQ(plane.transactions, 1u);
  hear_transaction(2, routes(1, 2, 1));
  EXPECT_TRUE(reply().ok) << "the right one still comes through";
}

TEST_F(Client, NumbersBeginAgainWithEachEpoch) {
  connect();
  hear_transaction(1, routes(1, 1, 1));
  hear_reply(kEpoch + 1);
  hear_transaction(1, routes(1, 2, 1), kEpoch + 1);
  EXPECT_TRUE(reply().ok);
  EXPECT_EQ(plane.map.size(), 2u);
}

TEST_F(Client, OperationsThatMeanNothingAreRefusedInWords) {
  connect();
  auto updates = routes(1, 1, 3);
  updates[1].key.kind = schema::EntryKind::none;
  hear_transaction(1, updates);
  EXPECT_FALSE(reply().ok);
  EXPECT_EQ(reply().failed_operation, 1u);
  EXPECT_NE(reply().error.find("kind of entry 0"), std::string::npos);
  EXPECT_EQ(plane.transactions, 0u) << "the agent never sees it";
}

// ---- what is asked ----

TEST_F(Client, TellsItsDigestsAndEntries) {
  connect();
  for (const auto& u : routes(3, 1, channel::kEntryListChunk + 5)) plane.map.apply(u);
  schema::DigestRequestT digests;
  digests.request = 11;
  hear(std::move(digests));
  const auto report = *last(schema::Message::DigestReport).message.AsDigestReport();
  EXPECT_EQ(report.request, 11u);
  ASSERT_EQ(report.tenants.size(), 1u);
  EXPECT_EQ(report.tenants[0]->tenant, 3u);
  EXPECT_EQ(report.tenants[0]->entries, channel::kEntryListChunk + 5);
  EXPECT_EQ(report.tenants[0]->digest, plane.map.summary(TenantId(3)).digest);
  said.clear();
  schema::EntryListRequestT list;
  list.request = 12;
  list.tenant = 3;
  hear(schema::EntryListRequestT(list));
  ASSERT_EQ(said.size(), 2u);
  const auto chunk = *last(schema::Message::EntryList).message.AsEntryList();
  EXPECT_TRUE(chunk.last);
  EXPECT_EQ(chunk.first, channel::kEntryListChunk);
  EXPECT_EQ(chunk.entries.size(), 5u);
  said.clear();
  list.tenant = 99;
  hear(std::move(list));
  ASSERT_EQ(said.size(), 1u) << "a tenant without entries has an empty list";
  EXPECT_TRUE(last(schema::Message::EntryList).message.AsEntryList()->last);
}

TEST_F(Client, MessagesOfTheWrongDirectionAndGarbageAreCountedAndIgnored) {
  connect();
  hear(schema::TransactionReplyT{});
  hear(schema::CountersReportT{});
  EXPECT_EQ(conversation.counts().unexpected, 2u);
  conversation.receive(channel::Bytes(100, 0xff));
  conversation.receive({});
  EXPECT_EQ(conversation.counts().malformed, 2u);
  EXPECT_TRUE(said.empty());
  EXPECT_TRUE(conversation.connected());
}

// What is left of a transaction is applied only when nothing but padding at its end is missing.
TEST_F(Client, ATransactionCutAtEveryByteIsNeverAppliedInPart) {
  connect();
  channel::EntryMap all;
  for (const auto& u : routes(1, 1, 4)) all.apply(u);
  const channel::Bytes whole = channel::pack_transaction(kControl, kEpoch, 1, routes(1, 1, 4));
  constexpr size_t kPaddingMax = 7;
  for (size_t size = 0; size < whole.size(); ++size) {
    conversation.receive(channel::Bytes(whole.begin(), whole.begin() + static_cast<long>(size)));
    ASSERT_TRUE(plane.map.size() == 0 || same(plane.map, all)) << "cut to " << size;
    ASSERT_TRUE(plane.transactions == 0 || size + kPaddingMax >= whole.size()) << "cut to " << size;
  }
  EXPECT_GE(conversation.counts().malformed, whole.size() - kPaddingMax);
  conversation.receive(whole);
  EXPECT_EQ(plane.transactions, 1u);
  EXPECT_TRUE(same(plane.map, all));
}

TEST_F(Client, SaysNothingUnaskedWithoutAConnection) {
  EXPECT_FALSE(conversation.send_trace({}));
  EXPECT_FALSE(conversation.send_event({}));
  EXPECT_FALSE(conversation.send_counters(0));
  EXPECT_TRUE(said.empty());
  connect();
  EXPECT_TRUE(conversation.send_event({}));
  EXPECT_TRUE(conversation.send_event({}));
  EXPECT_EQ(last(schema::Message::Event).message.AsEvent()->number, 2u);
}

}  // namespace
}  // namespace demarc::test
