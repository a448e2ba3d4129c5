// Both ends of the conversation against each other, without a fault on the wire.
#include <gtest/gtest.h>

#include "common/channel/channel_limits.h"
#include "common/defs/counter.h"
#include "tests/controlplane/channel/bench_wire.h"

namespace demarc::test {
namespace {

using schema::EntryKind;

TEST(Conversation, AnEmptyDataPlaneGetsEverything) {
  Bench bench;
  bench.control->outbox.apply(routes(1, 1, 100));
  bench.control->outbox.apply(routes(2, 1, 50));
  auto& dp = bench.start_data_plane();
  EXPECT_FALSE(bench.in_sync());
  EXPECT_LT(bench.until([&] { return bench.in_sync(); }, 5 * kSecond), kSecond);
  EXPECT_TRUE(same(dp.plane.map, bench.control->outbox.desired()));
  EXPECT_EQ(dp.plane.transactions, 1u);
  ASSERT_EQ(bench.control->limits.size(), 1u);
  EXPECT_EQ(bench.control->limits[0].sessions, 77u);
  EXPECT_EQ(bench.control->limits[0].ports, std::vector<std::string>{"p0"});
  const auto status = bench.control->conversation.status();
  EXPECT_TRUE(status.connected);
  EXPECT_EQ(status.why, "");
  EXPECT_EQ(status.data_plane_version, "test");
  EXPECT_EQ(status.transactions, 1u);
  ASSERT_EQ(status.tenants.size(), 2u);
  EXPECT_EQ(status.tenants[1].ours.entries, 50u);
  EXPECT_EQ(status.tenants[1].theirs, status.tenants[1].ours);
}

TEST(Conversation, ChangesGoAtOnceAndOnlyWhatDiffersAfterAReconnect) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  bench.control->outbox.apply(routes(1, 1, 1000));
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  EXPECT_EQ(dp.plane.applied, 1000u);

  bench.start_control();  // a new demarcd, with the same store but for three rows
  auto updates = routes(1, 3, 1000);
  updates[5].value = "another";
  bench.control->outbox.apply(updates);
  EXPECT_LT(bench.until([&] { return bench.in_sync(); }, 5 * kSecond), 2 * kSecond);
  EXPECT_TRUE(same(dp.plane.map, bench.control->outbox.desired()));
  EXPECT_EQ(dp.plane.applied, 1000u + 2 + 2 + 1);  // two gone, two new, one changed
}

// What should be is not known before the store has been read: until then there is nothing to compare with.
TEST(Conversation, ADemarcdThatHasNotReadItsStoreRemovesNothing) {
  Bench bench;
  bench.start_control(/*loaded=*/false);
  auto& dp = bench.start_data_plane();
  for (const auto& u : routes(1, 1, 100)) dp.plane.map.apply(u);
  bench.run(3 * kSecond);
  EXPECT_EQ(dp.plane.transactions, 0u);
  EXPECT_EQ(dp.plane.map.size(), 100u);
  bench.control->outbox.apply(routes(1, 1, 100));
  EXPECT_LT(bench.until([&] { return bench.in_sync(); }, 5 * kSecond), kSecond);
  EXPECT_EQ(dp.plane.transactions, 0u) << "it had all of it";
}

TEST(Conversation, ATenantThatOnlyTheDataPlaneHasIsRemoved) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  for (const auto& u : routes(9, 1, 10)) dp.plane.map.apply(u);
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, 2 * kSecond), UINT64_MAX);
  EXPECT_EQ(dp.plane.map.size(), 0u);
}

TEST(Conversation, AListOfSeveralChunksIsPutTogether) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  const uint64_t count = channel::kEntryListChunk * 2 + 17;
  bench.control->outbox.apply(routes(1, 1, count));
  for (const auto& u : routes(1, 2, count)) dp.plane.map.apply(u);
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, 2 * kSecond), UINT64_MAX);
  EXPECT_EQ(dp.plane.applied, 2u);
}

TEST(Conversation, ATransactionIsNeverLargerThanItsLimits) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  bench.control->outbox.apply(routes(1, 1, channel::kTransactionOperationsMax + 1));
  for (uint64_t id = 1; id <= 200; ++id)  // 12 MB
    bench.control->outbox.apply({put_bytes(key(2, EntryKind::session, id), std::string(60'000, 's'))});
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, 5 * kSecond), UINT64_MAX);
  EXPECT_GE(dp.plane.transactions, 4u);
  EXPECT_EQ(dp.conversation.counts().transactions_refused, 0u);
  EXPECT_EQ(dp.conversation.counts().malformed, 0u);
}

TEST(Conversation, WhatTheDataPlaneLosesByItselfIsMended) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  bench.control->outbox.apply(routes(1, 1, 20));
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  dp.plane.map.apply(channel::remove(key(1, EntryKind::route, 7)));
  const uint64_t resyncs = bench.control->conversation.status().resyncs;
  ASSERT_NE(bench.until([&] { return dp.plane.map.size() == 20; }, 6 * kSecond), UINT64_MAX);
  EXPECT_GT(bench.control->conversation.status().resyncs, resyncs);
}

TEST(Conversation, SilenceIsNoticedByBothEnds) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  dp.up.fault = dp.down.fault = [](Wire::Queue&, channel::Bytes, uint64_t) {};
  bench.run(2 * kSecond);
  EXPECT_FALSE(dp.conversation.connected());
  ASSERT_EQ(dp.plane.losses.size(), 1u);
  EXPECT_NE(dp.plane.losses[0].find("nothing was heard"), std::string::npos);
  const auto status = bench.control->conversation.status();
  EXPECT_FALSE(status.connected);
  EXPECT_NE(status.why.find("nothing was heard from demarc-dp"), std::string::npos) << status.why;
  bench.control->outbox.apply(routes(3, 1, 5));
  dp.up.fault = dp.down.fault = nullptr;
  EXPECT_LT(bench.until([&] { return bench.in_sync(); }, 5 * kSecond), kSecond);
  EXPECT_EQ(dp.plane.map.size(), 5u);
}

TEST(Conversation, AnIdleConnectionStays) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  const uint64_t epoch = dp.conversation.epoch();
  bench.run(3600 * kSecond, 100'000'000);
  EXPECT_TRUE(bench.in_sync());
  EXPECT_EQ(dp.conversation.epoch(), epoch);
  EXPECT_EQ(dp.plane.losses.size(), 0u);
  EXPECT_GT(bench.control->counters, 3600u);
}

TEST(Conversation, EpochsGrowWhateverTheClockSays) {
  Bench bench;
  bench.clock.now_ns = 1'000'000 * kSecond;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  const uint64_t first = dp.conversation.epoch();
  // demarcd comes back on a machine whose clock lost ten days; the data plane's own monotonic clock goes on.
  struct BackwardClock final : Clock {
    const ManualClock& real;
    explicit BackwardClock(const ManualClock& r) : real(r) {}
    uint64_t monotonic_ns() const override { return real.now_ns; }
    uint64_t wall_ns() const override { return real.now_ns - 864'000 * kSecond; }
  } backward(bench.clock);
  bench.control = std::make_unique<ControlEnd>(backward, 99, [&](const std::string&, const channel::Bytes& b) {
    dp.down.put(b);
    return channel::Socket::Sent::ok;
  });
  bench.control->outbox.apply({});
  ASSERT_LT(bench.until([&] { return bench.in_sync(); }, 5 * kSecond), 2 * kSecond);
  EXPECT_GT(dp.conversation.epoch(), first);
}

// ---- who may connect ----

TEST(Conversation, ASecondDataPlaneIsRefusedInWordsAndTakesOverWhenTheFirstIsGone) {
  Bench bench;
  auto& first = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  auto& second = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return !second.plane.refusals.empty(); }, 2 * kSecond), UINT64_MAX);
  EXPECT_NE(second.plane.refusals[0].find("another demarc-dp"), std::string::npos);
  bench.run(20 * kSecond);
  EXPECT_TRUE(first.conversation.connected());
  EXPECT_FALSE(second.conversation.connected());
  EXPECT_EQ(first.plane.epochs.size(), 1u);
  EXPECT_EQ(second.plane.refusals.size(), 1u) << "the same sentence is logged once";
  bench.planes.erase(bench.planes.begin());  // the first dies
  EXPECT_LT(bench.until([&] { return bench.planes[0]->conversation.connected(); }, 20 * kSecond), 6 * kSecond);
}

TEST(Conversation, ARestartedDataPlaneTakesTheDeadOnesPlaceAtOnce) {
  Bench bench;
  bench.start_data_plane();
  bench.control->outbox.apply(routes(1, 1, 10));
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  bench.planes.clear();
  auto& again = bench.start_data_plane();
  EXPECT_LT(bench.until([&] { return again.plane.map.size() == 10; }, 5 * kSecond), kSecond / 2);
}

TEST(Conversation, ARestartWhoseOldConnectionStaysOpenWaitsForSilence) {
  Bench bench;
  auto& dead = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  dead.up.fault = [](Wire::Queue&, channel::Bytes, uint64_t) {};  // a machine that lost its power
  auto& again = bench.start_data_plane();
  EXPECT_LT(bench.until([&] { return again.conversation.connected(); }, 5 * kSecond), 2 * kSecond);
  EXPECT_TRUE(again.plane.refusals.empty());
}

TEST(Conversation, AReconnectOfTheSameProcessIsNoSecondDataPlane) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  dp.route = "another connection";
  EXPECT_LT(bench.until([&] { return dp.plane.epochs.size() == 2 && bench.in_sync(); }, 5 * kSecond), 2 * kSecond);
  EXPECT_TRUE(dp.plane.refusals.empty());
}

struct Misfit {
  const char* description;
  std::function<void(schema::HelloT&)> change;
  const char* sentence;
};

class RefusedHello : public testing::TestWithParam<Misfit> {};

TEST_P(RefusedHello, IsAnsweredInWords) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  dp.up.fault = [](Wire::Queue& queue, channel::Bytes bytes, uint64_t) {
    auto envelope = channel::open_envelope(bytes);
    ASSERT_TRUE(envelope);
    if ((*envelope)->message_type() != schema::Message::Hello) return queue.push_back(bytes);
    schema::HelloT hello;
    (*envelope)->message_as_Hello()->UnPackTo(&hello);
    GetParam().change(hello);
    queue.push_back(channel::pack_envelope((*envelope)->boot_id(), 0, std::move(hello)));
  };
  bench.run(2 * kSecond);
  EXPECT_FALSE(dp.conversation.connected());
  ASSERT_EQ(dp.plane.refusals.size(), 1u);
  EXPECT_NE(dp.plane.refusals[0].find(GetParam().sentence), std::string::npos) << dp.plane.refusals[0];
  EXPECT_NE(bench.control->conversation.status().why.find("refused: "), std::string::npos);
  const uint64_t hellos = dp.conversation.counts().hellos_sent;
  bench.run(4 * channel::kRefusedRetryNs);
  EXPECT_NEAR(static_cast<double>(dp.conversation.counts().hellos_sent - hellos), 4, 1);
  dp.up.fault = nullptr;  // mended
  EXPECT_NE(bench.until([&] { return bench.in_sync(); }, 6 * kSecond), UINT64_MAX);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedHello,
    testing::Values(
        Misfit{"newer", [](schema::HelloT& h) { h.version_min = h.version_max = 900; }, "schema versions 900 to 900"},
        Misfit{"older", [](schema::HelloT& h) { h.version_min = h.version_max = 0; }, "schema versions 0 to 0"},
        Misfit{"counters", [](schema::HelloT& h) { h.counter_list ^= 1; }, "list of counters"},
        Misfit{"epoch", [](schema::HelloT& h) { h.last_epoch = UINT64_MAX; }, "epoch 18446744073709551615"}),
    [](const auto& info) { return info.param.description; });

// ---- refused transactions ----

TEST(Conversation, ARefusedTenantDoesNotKeepTheOthersBack) {
  for (bool names_operation : {true, false}) {
    SCOPED_TRACE(names_operation);
    Bench bench;
    auto& dp = bench.start_data_plane();
    dp.plane.name_operation = names_operation;
    dp.plane.refused = {key(2, EntryKind::route, 5)};
    for (uint32_t t = 1; t <= 3; ++t) bench.control->outbox.apply(routes(t, 1, 10));
    std::vector<std::string> flushed(3);
    auto flush = [&](uint32_t t) {
      bench.control->flushes.add(TenantId(t), 60 * kSecond, [&flushed, t](Result<bool> r) {
        flushed[t - 1] = r ? (*r ? "true" : "false") : r.error().message;
      });
    };
    flush(1);
    bench.control->flushes.check();
    EXPECT_EQ(flushed[0], "false") << "without a connection at once";
    bench.until([&] { return dp.conversation.connected(); }, kSecond);
    for (uint32_t t = 1; t <= 3; ++t) flush(t);
    bench.run(kSecond);
    EXPECT_EQ(flushed, (std::vector<std::string>{"true", "entry 5: the table is full", "true"}));
    EXPECT_EQ(dp.plane.map.summary(TenantId(1)).entries, 10u);
    EXPECT_EQ(dp.plane.map.summary(TenantId(2)).entries, names_operation ? 9u : 0u);
    EXPECT_EQ(dp.plane.map.summary(TenantId(3)).entries, 10u);
    const auto status = bench.control->conversation.status();
    EXPECT_TRUE(status.connected);
    EXPECT_FALSE(status.in_sync);
    EXPECT_EQ(status.why, "tenant 2: entry 5: the table is full");
    EXPECT_EQ(status.tenants[1].why, "entry 5: the table is full");
    // It is tried again after 5 s, and then goes.
    dp.plane.refused.clear();
    EXPECT_LT(bench.until([&] { return bench.in_sync(); }, 20 * kSecond), 6 * kSecond);
  }
}

TEST(Conversation, ARefusedTenantIsTriedAgainWithItsNextChange) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  dp.plane.refused = {key(2, EntryKind::route, 5)};
  bench.control->outbox.apply(routes(2, 1, 10));
  bench.run(kSecond);
  ASSERT_EQ(dp.plane.map.size(), 9u);
  bench.control->outbox.apply({channel::remove(key(2, EntryKind::route, 5))});
  EXPECT_LT(bench.until([&] { return bench.in_sync(); }, 3 * kSecond), kSecond);
  EXPECT_EQ(dp.plane.map.size(), 9u);
}

TEST(Conversation, ADataPlaneWhoseDigestStaysWrongIsReportedAndNotWornOut) {
  struct Forgetful : FakeDataPlane {};
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  bench.control->outbox.apply(routes(1, 1, 10));
  // Says yes and keeps nothing.
  for (int i = 0; i < 1500; ++i) {
    bench.turn();
    dp.plane.map.clear();
  }
  const auto status = bench.control->conversation.status();
  EXPECT_NE(status.why.find("its digest differs still"), std::string::npos) << status.why;
  EXPECT_LT(dp.plane.transactions, 12u);
}

// ---- what people ask ----

TEST(Conversation, RequestsAreAnsweredOrTimeOut) {
  Bench bench;
  std::vector<std::string> said;
  auto counters = [&](Result<schema::CountersReportT> r) { said.push_back(r ? "counters" : r.error().message); };
  auto neighbors = [&](Result<schema::NeighborReportT> r) {
    said.push_back(r ? "neighbors of " + std::to_string(r->neighbors[0]->tenant) : r.error().message);
  };
  auto peers = [&](Result<schema::PeerReportT> r) {
    said.push_back(r ? std::to_string(r->peers.size()) + " peers of " + std::to_string(r->peers[0]->tenant)
                     : r.error().message);
  };
  auto usage = [&](Result<schema::SessionUsageT> r) {
    said.push_back(r ? std::to_string(r->uplink_packets) + "/" + std::to_string(r->downlink_packets)
                     : r.error().message);
  };
  bench.control->conversation.requests().counters(counters);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0], "the data plane is not connected: no data plane has connected yet");
  bench.control->conversation.requests().session_usage(TenantId(6), Seid(7), usage);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_EQ(said[1], said[0]) << "and not zeros";
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  said.clear();
  bench.control->conversation.requests().counters(counters);
  bench.control->conversation.requests().neighbors(TenantId(4), neighbors);
  bench.control->conversation.requests().peers(TenantId(5), peers);
  bench.control->conversation.requests().session_usage(TenantId(6), Seid(7), usage);
  bench.control->conversation.requests().session_usage(TenantId(6), Seid(404), usage);
  bench.run(kSecond / 10);
  EXPECT_EQ(said, (std::vector<std::string>{"counters", "neighbors of 4", "2 peers of 5", "6/7",
                                            "the data plane does not have this session, or not yet; \"show sync\" "
                                            "says why"}))
      << "a report in two parts is one answer";
  said.clear();
  dp.down.fault = [](Wire::Queue& queue, channel::Bytes bytes, uint64_t) {
    auto envelope = channel::open_envelope(bytes);
    if (envelope && (*envelope)->message_type() != schema::Message::CountersRequest &&
        (*envelope)->message_type() != schema::Message::SessionUsageRequest)
      queue.push_back(bytes);
  };
  bench.control->conversation.requests().counters(counters);
  bench.control->conversation.requests().session_usage(TenantId(6), Seid(7), usage);
  EXPECT_EQ(bench.control->conversation.requests().waiting(), 2u);
  bench.run(3 * kSecond);
  EXPECT_EQ(said, (std::vector<std::string>(2, "the data plane did not answer within 2 s")));
  EXPECT_EQ(bench.control->conversation.requests().waiting(), 0u);
}

TEST(Conversation, ACaptureEndsByItselfByTimeOrOnRequest) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  std::vector<std::string> said;
  const auto begin = [&](uint32_t duration_ms, std::stop_token stop = {}) {
    schema::CaptureRequestT order;
    order.tenant = 1;
    order.packets = 5;
    order.duration_ms = duration_ms;
    bench.control->conversation.requests().capture(order, std::move(stop), [&](Result<schema::CaptureReportT> r) {
      said.push_back(!r ? r.error().message : std::to_string(r->packets.size()) + (r->last ? " last" : ""));
    });
    bench.run(kSecond / 10);
  };
  const auto report = [&](size_t packets, bool last) {
    schema::CaptureReportT r;
    r.request = dp.plane.captures.back().first;
    r.last = last;
    for (size_t i = 0; i < packets; ++i) r.packets.push_back(std::make_unique<schema::CapturedPacketT>());
    EXPECT_TRUE(dp.conversation.send_capture(r));
    bench.run(kSecond / 10);
  };
  begin(10'000);
  ASSERT_EQ(dp.plane.captures.size(), 1u);
  EXPECT_EQ(dp.plane.captures[0].second, 5u);
  report(2, false);
  report(3, true);
  report(9, true);  // to nobody
  EXPECT_EQ(said, (std::vector<std::string>{"2", "3 last"}));

  said.clear();
  begin(1'000);  // and the data plane says nothing
  bench.run(5 * kSecond);
  EXPECT_EQ(said, (std::vector<std::string>{"0 last"}));
  ASSERT_EQ(dp.plane.captures.size(), 3u);
  EXPECT_EQ(dp.plane.captures[2], (std::pair<uint64_t, uint32_t>{dp.plane.captures[1].first, 0}));

  said.clear();
  std::stop_source stop;
  begin(60'000, stop.get_token());
  EXPECT_TRUE(said.empty());
  stop.request_stop();
  bench.run(kSecond / 10);
  EXPECT_EQ(said, (std::vector<std::string>{"0 last"}));
}

TEST(Conversation, ATraceEndsByItselfByTimeOrWithTheConnection) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  std::vector<std::string> said;
  auto on_packets = [&](Result<schema::TraceReportT> r) {
    said.push_back(!r ? r.error().message : std::to_string(r->packets.size()) + (r->last ? " last" : ""));
  };
  auto report = [&](uint64_t request, size_t packets, bool last) {
    schema::TraceReportT r;
    r.request = request;
    r.last = last;
    for (size_t i = 0; i < packets; ++i) r.packets.push_back(std::make_unique<schema::TracedPacketT>());
    EXPECT_TRUE(dp.conversation.send_trace(r));
  };
  auto& requests = bench.control->conversation.requests();
  requests.trace(TenantId(1), 5, 10 * kSecond, {}, on_packets);
  bench.run(kSecond / 10);
  ASSERT_EQ(dp.plane.traces.size(), 1u);
  EXPECT_EQ(dp.plane.traces[0].second, 5u);
  report(dp.plane.traces[0].first, 2, false);
  report(dp.plane.traces[0].first, 3, true);
  report(dp.plane.traces[0].first, 9, true);  // to nobody
  bench.run(kSecond / 10);
  EXPECT_EQ(said, (std::vector<std::string>{"2", "3 last"}));

  said.clear();
  requests.trace(TenantId(1), 5, kSecond, {}, on_packets);
  bench.run(2 * kSecond);
  EXPECT_EQ(said, (std::vector<std::string>{"0 last"}));
  ASSERT_EQ(dp.plane.traces.size(), 3u);
  EXPECT_EQ(dp.plane.traces[2], (std::pair<uint64_t, uint32_t>{dp.plane.traces[1].first, 0}));

  said.clear();
  std::stop_source stop;
  requests.trace(TenantId(1), 5, 60 * kSecond, stop.get_token(), on_packets);
  bench.run(kSecond / 10);
  EXPECT_TRUE(said.empty());
  stop.request_stop();
  bench.run(kSecond / 10);
  EXPECT_EQ(said, (std::vector<std::string>{"0 last"}));
  ASSERT_EQ(dp.plane.traces.size(), 5u);
  EXPECT_EQ(dp.plane.traces[4], (std::pair<uint64_t, uint32_t>{dp.plane.traces[3].first, 0})) << "its own, no other";

  said.clear();
  requests.trace(TenantId(1), 5, 60 * kSecond, {}, on_packets);
  bench.planes.clear();
  bench.run(2 * kSecond);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("not connected: demarc-dp closed the connection"), std::string::npos) << said[0];
}

TEST(Conversation, EventsArriveWithTheirText) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  schema::EventT event;
  event.text = "port p0 is up";
  EXPECT_FALSE(dp.conversation.send_event(event)) << "nobody there yet";
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  EXPECT_TRUE(dp.conversation.send_event(event));
  bench.run(kSecond / 10);
  EXPECT_EQ(bench.control->events, (std::vector<std::string>{"port p0 is up"}));
}

}  // namespace
}  // namespace demarc::test
