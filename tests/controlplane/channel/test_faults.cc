// The conversation on a wire that loses, repeats, reorders and cuts. Whatever it does, once it behaves again both ends
// agree soon; and while it does not, nothing wrong is ever applied.
#include <gtest/gtest.h>

#include <random>

#include "common/channel/channel_limits.h"
#include "tests/controlplane/channel/bench_wire.h"

namespace demarc::test {
namespace {

struct FaultCase {
  const char* name;
  std::function<Wire::Fault(uint64_t n)> every;
};

Wire::Fault drop_every(uint64_t n) {
  return [n](Wire::Queue& q, channel::Bytes b, uint64_t i) {
    if (i % n != 0) q.push_back(std::move(b));
  };
}
Wire::Fault repeat_every(uint64_t n) {
  return [n](Wire::Queue& q, channel::Bytes b, uint64_t i) {
    if (i % n == 0) q.push_back(b);
    q.push_back(std::move(b));
  };
}
// Keeps every nth message until after the next one, in a later turn.
Wire::Fault reorder_every(uint64_t n) {
  auto kept = std::make_shared<std::vector<channel::Bytes>>();
  return [n, kept](Wire::Queue& q, channel::Bytes b, uint64_t i) {
    if (i % n == 0) {
      kept->push_back(std::move(b));
      return;
    }
    q.push_back(std::move(b));
    for (auto& k : *kept) q.push_back(std::move(k));
    kept->clear();
  };
}
Wire::Fault cut_every(uint64_t n) {
  return [n](Wire::Queue& q, channel::Bytes b, uint64_t i) {
    if (i % n == 0) b.resize(b.size() * (i % 7) / 8);
    q.push_back(std::move(b));
  };
}
Wire::Fault garble_every(uint64_t n) {
  auto random = std::make_shared<std::mt19937_64>(n);
  return [n, random](Wire::Queue& q, channel::Bytes b, uint64_t i) {
    if (i % n == 0) b.assign((*random)() % 200, static_cast<uint8_t>((*random)()));
    q.push_back(std::move(b));
  };
}
// A message of long ago comes once more.
Wire::Fault replay_every(uint64_t n) {
  auto old = std::make_shared<std::vector<channel::Bytes>>();
  return [n, old](Wire::Queue& q, channel::Bytes b, uint64_t i) {
    if (i % n == 0 && !old->empty()) q.push_back((*old)[(i * 7919) % old->size()]);
    if (old->size() < 400) old->push_back(b);
    q.push_back(std::move(b));
  };
}

class FaultyWire : public testing::TestWithParam<std::tuple<FaultCase, uint64_t>> {};

// What demarcd wants changes all the time, at random.
std::vector<channel::TableUpdate> random_updates(std::mt19937_64& random) {
  std::vector<channel::TableUpdate> updates;
  for (size_t i = 0; i < 1 + random() % 8; ++i) {
    const auto k = key(1 + random() % 3, static_cast<schema::EntryKind>(1 + random() % 6), 1 + random() % 20);
    if (random() % 3 == 0) {
      updates.push_back(channel::remove(k));
    } else {
      updates.push_back(put_bytes(k, "value" + std::to_string(random() % 100)));
    }
  }
  return updates;
}

TEST_P(FaultyWire, BothEndsAgreeOnceItBehaves) {
  const auto& [fault, n] = GetParam();
  Bench bench;
  std::mt19937_64 random(n);
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  dp.up.fault = fault.every(n);
  dp.down.fault = fault.every(n);
  for (int i = 0; i < 300; ++i) {
    bench.control->outbox.apply(random_updates(random));
    bench.run(random() % 5 * 10'000'000);
  }
  dp.up.fault = dp.down.fault = nullptr;
  EXPECT_LT(bench.until([&] { return bench.in_sync(); }, 30 * kSecond), 4 * kSecond);
  EXPECT_TRUE(same(dp.plane.map, bench.control->outbox.desired()));
  EXPECT_EQ(bench.control->outbox.waiting(), 0u);
}

std::string fault_name(const testing::TestParamInfo<std::tuple<FaultCase, uint64_t>>& info) {
  return std::string(std::get<0>(info.param).name) + "_" + std::to_string(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultyWire,
    testing::Combine(testing::Values(FaultCase{"drop", drop_every}, FaultCase{"repeat", repeat_every},
                                     FaultCase{"reorder", reorder_every}, FaultCase{"cut", cut_every},
                                     FaultCase{"garble", garble_every}, FaultCase{"replay", replay_every}),
                     testing::Values(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 17, 29)),
    fault_name);

// Each single message of a whole conversation lost or repeated, one after the other: at most a time-out later all is
// well.
TEST(OneFault, AtEveryMessageOfAConversation) {
  for (bool up : {true, false}) {
    for (bool lose : {true, false}) {
      for (uint64_t nth = 1; nth < 40; ++nth) {
        SCOPED_TRACE(std::string(up ? "up " : "down ") + (lose ? "lost " : "repeated ") + std::to_string(nth));
        Bench bench;
        auto& dp = bench.start_data_plane();
        for (const auto& u : routes(1, 1, 5)) dp.plane.map.apply(u);
        (up ? dp.up : dp.down).fault = [&](Wire::Queue& q, channel::Bytes b, uint64_t i) {
          if (i != nth || !lose) q.push_back(b);
          if (i == nth && !lose) q.push_back(b);
        };
        bench.control->outbox.apply(routes(1, 3, 10));
        bench.run(kSecond / 20);
        for (uint32_t t = 2; t < 6; ++t) {
          bench.control->outbox.apply(routes(t, 1, 3));
          bench.run(kSecond / 20);
        }
        ASSERT_LT(bench.until([&] { return bench.in_sync(); }, 20 * kSecond), 4 * kSecond);
        ASSERT_TRUE(same(dp.plane.map, bench.control->outbox.desired()));
      }
    }
  }
}

// A transaction takes effect once, however often it and its reply are lost.
TEST(OneFault, ATransactionWhoseReplyIsLostIsAppliedOnce) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  int lost = 0;
  dp.up.fault = [&](Wire::Queue& q, channel::Bytes b, uint64_t) {
    auto envelope = channel::open_envelope(b);
    if ((*envelope)->message_type() == schema::Message::TransactionReply && lost < 2) {
      ++lost;
      return;
    }
    q.push_back(std::move(b));
  };
  const uint64_t epoch = dp.conversation.epoch();
  bench.control->outbox.apply(routes(1, 1, 10));
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, 5 * kSecond), UINT64_MAX);
  EXPECT_EQ(lost, 2);
  EXPECT_EQ(dp.plane.transactions, 1u);
  EXPECT_EQ(dp.conversation.counts().transactions_repeated, 2u);
  EXPECT_EQ(dp.conversation.epoch(), epoch);
}

TEST(OneFault, ATransactionThatIsNeverAnsweredBeginsTheConversationAgain) {
  Bench bench;
  auto& dp = bench.start_data_plane();
  ASSERT_NE(bench.until([&] { return bench.in_sync(); }, kSecond), UINT64_MAX);
  dp.up.fault = [&](Wire::Queue& q, channel::Bytes b, uint64_t) {
    auto envelope = channel::open_envelope(b);
    if ((*envelope)->message_type() != schema::Message::TransactionReply) q.push_back(std::move(b));
  };
  bench.control->outbox.apply(routes(1, 1, 10));
  bench.run(4 * kSecond);
  EXPECT_EQ(dp.plane.transactions, 1u);
  EXPECT_EQ(dp.plane.epochs.size(), 2u);
  EXPECT_TRUE(bench.in_sync()) << "the digests show that it was applied";
}

TEST(Restarts, OfEitherEndInAnyOrder) {
  std::mt19937_64 random(3);
  Bench bench;
  channel::EntryMap store;  // what demarcd's store would have
  bench.start_data_plane();
  for (int round = 0; round < 200; ++round) {
    auto updates = random_updates(random);
    for (const auto& u : updates) store.apply(u);
    if (random() % 2 == 0) {
      bench.start_control();
      std::vector<channel::TableUpdate> all;
      for (TenantId t : store.tenants())
        for (const auto& [k, e] : store.entries(t)) all.push_back(put_bytes({t, k.kind, k.id}, e.value));
      bench.control->outbox.apply(all);
    } else {
      bench.control->outbox.apply(updates);
    }
    if (random() % 2 == 0) {
      bench.planes.clear();
      bench.start_data_plane();
    }
    if (random() % 3 == 0) {
      bench.run(random() % 100 * 10'000'000);
      continue;
    }
    ASSERT_LT(bench.until([&] { return bench.in_sync(); }, 10 * kSecond), 2 * kSecond) << "round " << round;
    ASSERT_TRUE(same(bench.planes[0]->plane.map, store));
  }
}

}  // namespace
}  // namespace demarc::test
