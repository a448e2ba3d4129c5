// Link and ChannelClient over a real socket: either end dies and comes back in any order.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

#include "controlplane/channel/link.h"
#include "dataplane/agent/channel_client.h"
#include "tests/common/channel/temp_dir.h"
#include "tests/controlplane/channel/fake_data_plane.h"

namespace demarc::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

const SystemClock kClock;

// A demarc-dp: its client polled by a thread, its tables gone with it.
class DataPlane {
 public:
  explicit DataPlane(const std::string& endpoint, channel::CurveFiles curve = {}) {
    auto opened = dp::ChannelClient::open({endpoint, std::move(curve), &kClock}, plane_);
    EXPECT_TRUE(opened) << opened.error().message;
    client_ = std::move(*opened);
    thread_ = std::thread([this] {
      while (!stop_) {
        while (wanted_ > 0) std::this_thread::yield();  // a mutex is not fair by itself
        const std::lock_guard lock(mutex_);
        client_->poll(5);
      }
    });
  }
  ~DataPlane() {
    stop_ = true;
    thread_.join();
  }
  template <class Look>
  auto with(Look look) {
    ++wanted_;
    const std::lock_guard lock(mutex_);
    --wanted_;
    return look(plane_, *client_);
  }

 private:
  FakeDataPlane plane_;
  std::unique_ptr<dp::ChannelClient> client_;
  std::mutex mutex_;
  std::atomic<int> wanted_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

std::unique_ptr<cp::Link> open_link(const std::string& endpoint, channel::CurveFiles curve = {}) {
  auto link = cp::Link::open({endpoint, std::move(curve), &kClock}, {}, {});
  EXPECT_TRUE(link) << link.error().message;
  if (link) (*link)->apply({});  // the store has been read, and is empty
  return link ? std::move(*link) : nullptr;
}

cp::LinkStatus status(cp::Link& link) {
  std::promise<cp::LinkStatus> promise;
  link.status([&](const cp::LinkStatus& s) { promise.set_value(s); });
  return promise.get_future().get();
}

Result<bool> flush(cp::Link& link, uint64_t wait_ns) {
  std::promise<Result<bool>> promise;
  link.flush(wait_ns, [&](Result<bool> r) { promise.set_value(std::move(r)); });
  return promise.get_future().get();
}

// Milliseconds until both ends agree (with the data plane of this boot id, when it is not 0), or -1.
int64_t until_in_sync(cp::Link& link, int64_t wait_ms, uint64_t boot_id = 0) {
  const auto start = steady_clock::now();
  auto passed = [&] { return std::chrono::duration_cast<milliseconds>(steady_clock::now() - start).count(); };
  while (passed() < wait_ms) {
    const auto s = status(link);
    if (s.in_sync && (boot_id == 0 || s.data_plane_boot_id == boot_id)) return passed();
    std::this_thread::sleep_for(milliseconds(5));
  }
  ADD_FAILURE() << status(link).why;
  return -1;
}

// Twice what is promised, for machines that are busy with other things.
constexpr int64_t kAgreeMs = 4000;

TEST(Link, AppliesChangesAndAnswersRequests) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "channel/s.sock";
  auto link = open_link(endpoint);
  EXPECT_FALSE(*flush(*link, 10'000'000'000)) << "nobody there: at once";
  DataPlane dp(endpoint);
  ASSERT_NE(until_in_sync(*link, kAgreeMs), -1);
  link->apply(routes(1, 1, 100));
  auto flushed = flush(*link, 5'000'000'000);
  ASSERT_TRUE(flushed);
  EXPECT_TRUE(*flushed);
  EXPECT_EQ(dp.with([](auto& plane, auto&) { return plane.map.size(); }), 100u);
  std::promise<bool> answered;
  link->counters([&](Result<schema::CountersReportT> r) { answered.set_value(r.has_value()); });
  EXPECT_TRUE(answered.get_future().get());
  std::this_thread::sleep_for(milliseconds(700));
  EXPECT_GT(link->last_counters().newest->wall_ns, 0u);
}

TEST(Link, ASecondOneIsRefused) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "channel/s.sock";
  auto first = open_link(endpoint);
  auto second = cp::Link::open({endpoint, {}, &kClock}, {}, {});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another demarcd"), std::string::npos);
}

TEST(Link, EitherEndMayGoAndComeBack) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "channel/s.sock";
  const auto rows = routes(1, 1, 500);
  auto link = open_link(endpoint);
  link->apply(rows);
  auto dp = std::make_unique<DataPlane>(endpoint);
  ASSERT_NE(until_in_sync(*link, kAgreeMs), -1);
  for (int round = 0; round < 6; ++round) {
    SCOPED_TRACE(round);
    if (round % 3 == 0) {  // the data plane
      dp.reset();
      dp = std::make_unique<DataPlane>(endpoint);
    } else if (round % 3 == 1) {  // demarcd
      link.reset();
      link = open_link(endpoint);
      link->apply(rows);
    } else {  // both
      link.reset();
      dp.reset();
      dp = std::make_unique<DataPlane>(endpoint);
      link = open_link(endpoint);
      link->apply(rows);
    }
    // That a killed one was in sync is forgotten only when its connection is found closed.
    const int64_t took = until_in_sync(*link, kAgreeMs, dp->with([](auto&, auto& client) { return client.boot_id(); }));
    ASSERT_NE(took, -1);
    std::printf("  in sync again after %ld ms\n", static_cast<long>(took));
    EXPECT_EQ(dp->with([](auto& plane, auto&) { return plane.map.size(); }), 500u);
  }
}

TEST(Link, OverTcpWithKeys) {
  TempDir dir;
  ASSERT_TRUE(channel::make_curve_keys(dir.path()));
  const std::string endpoint = "tcp://127.0.0.1:45733";
  auto link = open_link(endpoint, {dir / "demarcd.secret", dir / "demarc-dp.public"});
  ASSERT_NE(link, nullptr);
  DataPlane dp(endpoint, {dir / "demarc-dp.secret", dir / "demarcd.public"});
  link->apply(routes(1, 1, 10));
  EXPECT_NE(until_in_sync(*link, kAgreeMs), -1);
}

TEST(Link, WhoStillWaitsIsAnsweredWhenItCloses) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "channel/s.sock";
  std::atomic<int> answers{0};
  {
    auto link = open_link(endpoint);
    DataPlane dp(endpoint);
    dp.with([](auto& plane, auto&) { plane.refused = {key(1, schema::EntryKind::route, 1)}; });
    ASSERT_NE(until_in_sync(*link, kAgreeMs), -1);
    link->trace(TenantId(1), 10, 60'000'000'000, {}, [&](Result<schema::TraceReportT>) { ++answers; });
    link->counters([&](Result<schema::CountersReportT>) { ++answers; });
    link->flush(60'000'000'000, [&](Result<bool>) { ++answers; });
  }
  EXPECT_EQ(answers, 3);
}

// With sanitizers and without optimization everything takes ten times as long.
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kManyEntries = 20'000;
#else
constexpr uint64_t kManyEntries = 100'000;
#endif

TEST(Link, AHundredThousandEntries) {
  TempDir dir;
  const std::string endpoint = "ipc://" + dir / "channel/s.sock";
  std::vector<channel::TableUpdate> rows;
  for (uint64_t id = 1; id <= kManyEntries; ++id)
    rows.push_back(
        put_bytes(key(1 + id % 100, schema::EntryKind::session, id), std::string(200, static_cast<char>(id))));
  auto link = open_link(endpoint);
  link->apply(rows);
  auto dp = std::make_unique<DataPlane>(endpoint);
  const int64_t empty = until_in_sync(*link, 60'000);
  ASSERT_NE(empty, -1);
  link.reset();
  rows[5].value = "changed";
  link = open_link(endpoint);
  link->apply(rows);
  const int64_t one = until_in_sync(*link, 60'000);
  ASSERT_NE(one, -1);
  std::printf("  %ld entries of 200 bytes: to an empty data plane %ld ms, one changed while away %ld ms\n",
              static_cast<long>(kManyEntries), static_cast<long>(empty), static_cast<long>(one));
  EXPECT_EQ(dp->with([](auto& plane, auto&) { return plane.applied; }), kManyEntries + 1)
      << "only what differs is sent again";
}

}  // namespace
}  // namespace demarc::test
