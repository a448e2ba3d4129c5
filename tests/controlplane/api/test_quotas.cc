// What a tenant may have: set by operators alone, shown beside what it has; API calls and captures at a time.
#include <chrono>
#include <thread>

#include "common/defs/counter.h"
#include "controlplane/api/api_calls.h"
#include "controlplane/api/rate_window.h"
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kYear = 365 * 24 * 3600 * kSecond;

TEST(ApiCalls, AreSoManyASecondAndSoManyAtOnce) {
  for (const uint64_t start : {uint64_t{0}, uint64_t{1}, kYear + 7}) {
    for (const uint64_t rate : {1u, 3u, 50u, 1'000'000u}) {
      SCOPED_TRACE(std::to_string(start) + " " + std::to_string(rate));
      const TenantId tenant{7};
      ApiCalls calls;
      for (uint64_t i = 0; i < rate; ++i) ASSERT_FALSE(calls.take(tenant, rate, start)) << i;
      const auto wait = calls.take(tenant, rate, start);
      ASSERT_TRUE(wait);
      EXPECT_LE(*wait, kSecond / rate);
      EXPECT_TRUE(calls.take(tenant, rate, start + *wait - 1)) << "not before";
      EXPECT_FALSE(calls.take(tenant, rate, start + *wait)) << "and then it is";
      EXPECT_FALSE(calls.take(TenantId{8}, rate, start)) << "of another tenant";
      EXPECT_EQ(calls.counts(tenant).taken, rate + 1);
      EXPECT_EQ(calls.counts(tenant).refused, 2u);
    }
  }
}

TEST(ApiCalls, AreSoManyOverALongTime) {
  ApiCalls calls;
  uint64_t taken = 0;
  for (uint64_t ms = 0; ms < 10'000; ++ms) taken += calls.take(TenantId{1}, 20, kYear + ms * 1'000'000) ? 0 : 1;
  EXPECT_GE(taken, 20u * 10u);
  EXPECT_LE(taken, 20u * 11u) << "and what may be at once";
}

// Another rate neither stalls nor gives what was spent a second time.
TEST(ApiCalls, GoOnWithAnotherRate) {
  ApiCalls calls;
  for (int i = 0; i < 10; ++i) ASSERT_FALSE(calls.take(TenantId{1}, 10, kYear));
  EXPECT_TRUE(calls.take(TenantId{1}, 1000, kYear));
  EXPECT_FALSE(calls.take(TenantId{1}, 1000, kYear + 1'000'000));
  EXPECT_TRUE(calls.take(TenantId{1}, 1, kYear + 1'000'000));
  EXPECT_FALSE(calls.take(TenantId{1}, 1, kYear + 2 * kSecond));
}

TEST(ApiCalls, InTheLastSecondAreCounted) {
  const TenantId tenant{1};
  ApiCalls calls;
  EXPECT_EQ(calls.in_last_second(tenant, kYear), 0u);
  for (uint64_t tenth = 0; tenth < 25; ++tenth)
    for (int i = 0; i < 3; ++i) calls.take(tenant, 1000, kYear + tenth * kSecond / 10);
  const uint64_t last = kYear + 24 * kSecond / 10;
  EXPECT_EQ(calls.in_last_second(tenant, last), 30u);
  EXPECT_EQ(calls.in_last_second(tenant, last + kSecond / 2), 15u);
  EXPECT_EQ(calls.in_last_second(tenant, last + kSecond), 0u);
  EXPECT_EQ(calls.in_last_second(tenant, last + kYear), 0u);
  calls.take(tenant, 1000, last + kYear);
  EXPECT_EQ(calls.in_last_second(tenant, last + kYear), 1u);
  calls.forget([](TenantId) { return true; });
  EXPECT_EQ(calls.counts(tenant).taken, 0u);
}

std::shared_ptr<const schema::CountersReportT> report_of(uint64_t wall_ns, uint64_t bytes, uint64_t packets) {
  auto report = std::make_shared<schema::CountersReportT>();
  report->wall_ns = wall_ns;
  auto row = std::make_unique<schema::TenantCountersT>();
  row->tenant = 1;
  row->counters.resize(kCounterCount);
  const auto set = [&row](Counter counter, uint64_t n) { row->counters[static_cast<size_t>(counter)] = n; };
  set(Counter::uplink_bytes, bytes);
  set(Counter::uplink_packets, packets);
  set(Counter::downlink_bytes, 10 * bytes);
  set(Counter::downlink_packets, 10 * packets);
  report->tenants.push_back(std::move(row));
  return report;
}

TEST(RateWindow, IsBetweenTwoReports) {
  const CountersWindow window{report_of(kYear + kSecond / 2, 1'775'000, 1500), report_of(kYear, 1'000'000, 1000)};
  const auto used = rates_used(window, TenantId{1});
  ASSERT_TRUE(used);
  EXPECT_EQ(used->uplink_bps, 12'400'000u);
  EXPECT_EQ(used->uplink_pps, 1000u);
  EXPECT_EQ(used->downlink_bps, 124'000'000u);
  EXPECT_EQ(used->downlink_pps, 10'000u);
  const auto nobody = rates_used(window, TenantId{2});
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->uplink_bps, 0u);
}

TEST(RateWindow, SaysNothingWhereThereIsNone) {
  const auto one = report_of(kYear, 5, 5), later = report_of(kYear + kSecond, 4, 4);
  const auto none = std::make_shared<const schema::CountersReportT>();
  for (const CountersWindow& window :
       {CountersWindow{}, CountersWindow{none, none}, CountersWindow{one, none}, CountersWindow{one, one},
        CountersWindow{one, later}, CountersWindow{later, one}, CountersWindow{report_of(2 * kYear, 9, 9), one}})
    EXPECT_FALSE(rates_used(window, TenantId{1}));
}

json row_of(const json& list, const std::string& what) {
  for (const json& row : list["items"])
    if (row["what"] == what) return row;
  ADD_FAILURE() << "no " << what;
  return {};
}

class Quotas : public Served {
 protected:
  void SetUp() override {
    build_tenant("acme", 101);
    build_tenant("bravo", 102);
  }
  void TearDown() override {
    const std::lock_guard lock(link().mutex);
    link().captures.clear();
  }
  json quota(const std::string& what, const std::string& tenant = "acme") {
    return row_of(expect(200, "GET", "/v1/tenants/" + tenant + "/quota"), what);
  }
};

TEST_F(Quotas, AreSetAndUnset) {
  const std::string path = "/v1/tenants/acme/quota/sessions";
  const json usual = quota("sessions");
  EXPECT_FALSE(usual.contains("own"));
  core().set_limits({100, 100, 100, 100, 100, 100, {"p0", "p1"}});
  const json set = expect(200, "PUT", path, R"({"limit": 50, "reserved": 20})");
  EXPECT_EQ(set["limit"], 50);
  EXPECT_EQ(set["reserved"], 20);
  EXPECT_EQ(set["own"], true);
  EXPECT_FALSE(set.contains("note"));
  EXPECT_EQ(expect(200, "PUT", path, R"({"limit": 40})")["reserved"], 20) << "what is left out stays";
  EXPECT_EQ(quota("sessions")["limit"], 40);
  EXPECT_EQ(quota("sessions", "bravo")["limit"], 80);
  EXPECT_EQ(expect(200, "DELETE", path)["limit"], 80);
  EXPECT_TRUE(mentions(refused(404, "DELETE", path), "no quota of its own of sessions"));
}

TEST_F(Quotas, BelowWhatItHasAreTakenAndSaySo) {
  const json set = expect(200, "PUT", "/v1/tenants/acme/quota/vrfs", R"({"limit": 1})");
  EXPECT_EQ(set["used"], 2);
  EXPECT_EQ(set["note"], "it has 2 now: nothing is taken away, and nothing new is let in");
  EXPECT_TRUE(mentions(refused(507, "POST", "/v1/tenants/acme/vrfs", R"({"name": "x", "role": "core"})"),
                       "tenant acme may have 1 VRFs"));
  expect(201, "POST", "/v1/tenants/bravo/vrfs", R"({"name": "x", "role": "core"})");
}

TEST_F(Quotas, AreRefusedInWords) {
  core().set_limits({100, 100, 100, 100, 100, 100, {"p0", "p1"}});
  const std::string base = "/v1/tenants/acme/quota/";
  EXPECT_TRUE(mentions(refused(404, "PUT", base + "bananas", R"({"limit": 1})"), "f_teids"));
  EXPECT_TRUE(mentions(refused(400, "PUT", base + "sessions", "{}"), "limit"));
  EXPECT_TRUE(mentions(refused(400, "PUT", base + "sessions", R"({"limit": -1})"), "limit"));
  EXPECT_TRUE(mentions(refused(400, "PUT", base + "sessions", R"({"limit": 101})"), "100 sessions"));
  EXPECT_TRUE(mentions(refused(507, "PUT", base + "sessions", R"({"limit": 95, "reserved": 95})"), "80 are left"));
  EXPECT_TRUE(mentions(refused(404, "PUT", "/v1/tenants/carol/quota/sessions", R"({"limit": 1})"), "carol"));
}

TEST_F(Quotas, ATenantsKeyMayOnlyRead) {
  const std::string token = token_of("of-acme", "acme");
  EXPECT_EQ(ask_tcp(token, "GET", "/v1/tenants/acme/quota").status, 200);
  EXPECT_EQ(ask_tcp(token, "PUT", "/v1/tenants/acme/quota/sessions", R"({"limit": 9})").status, 403);
  EXPECT_EQ(ask_tcp(token, "DELETE", "/v1/tenants/acme/quota/sessions").status, 403);
}

TEST_F(Quotas, OfApiCallsRefuseWhoCallsTooOften) {
  expect(200, "PUT", "/v1/tenants/acme/quota/api_calls", R"({"limit": 3})");
  const std::string acme = token_of("of-acme", "acme"), also = token_of("also-of-acme", "acme");
  const std::string bravo = token_of("of-bravo", "bravo"), ops = token_of("ops", "");
  const std::string path = "/v1/tenants/acme/vrfs";
  clock().stop_at(kYear);
  for (const std::string& token : {acme, also, acme}) EXPECT_EQ(ask_tcp(token, "GET", path).status, 200);
  const Answer refused = ask_tcp(also, "GET", path);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  EXPECT_EQ(json::parse(refused.body)["error"]["code"], "too_many_calls");
  EXPECT_TRUE(mentions(refused.body, "tenant acme may make 3 API calls a second; try again in 1 s")) << refused.body;
  EXPECT_EQ(ask_tcp(bravo, "GET", "/v1/tenants/bravo/vrfs").status, 200) << "of another tenant";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask_tcp(ops, "GET", path).status, 200) << "operators are not limited";
  EXPECT_EQ(quota("api_calls")["used"], 3);
  EXPECT_EQ(quota("api_calls")["limit"], 3);
  EXPECT_EQ(quota("api_calls")["unit"], "call/s");
  const std::string metrics = ask("GET", "/metrics").body;
  EXPECT_TRUE(mentions(metrics, "demarc_api_calls_total{tenant=\"acme\"} 3\n")) << metrics;
  EXPECT_TRUE(mentions(metrics, "demarc_api_calls_refused_total{tenant=\"acme\"} 1\n"));
  EXPECT_TRUE(mentions(metrics, "demarc_api_calls_total{tenant=\"bravo\"} 1\n"));
  clock().stop_at(kYear + kSecond);
  EXPECT_EQ(ask_tcp(acme, "GET", path).status, 200);
  EXPECT_EQ(quota("api_calls")["used"], 1);
  clock().stop_at(0);
}

TEST_F(Quotas, OfCapturesAreSoManyAtATime) {
  const std::string path = "/v1/tenants/acme/capture", order = R"({"packets": 9, "wait_s": 5})";
  const auto start = [&](HttpClient& c, size_t count, const std::string& of) {
    c.send(request_text("POST", of, order));
    for (int i = 0; i < 500 && link().capture_count() < count; ++i) std::this_thread::sleep_for(10ms);
    ASSERT_EQ(link().capture_count(), count);
  };
  HttpClient first = client(), second = client(), third = client(), others = client();
  start(first, 1, path);
  start(second, 2, path);
  EXPECT_EQ(quota("captures")["used"], 2);
  EXPECT_EQ(quota("captures")["limit"], 2);
  EXPECT_EQ(refused(507, "POST", path, order),
            "tenant acme may have 2 captures at a time, and 2 are under way; wait until one has ended");
  start(others, 3, "/v1/tenants/bravo/capture");
  schema::CaptureReportT last;
  last.last = true;
  link().captures.at(0)->on_packets(last);
  EXPECT_EQ(first.read_head().status, 200);
  EXPECT_EQ(quota("captures")["used"], 1);
  start(third, 4, path);
  expect(200, "PUT", "/v1/tenants/acme/quota/captures", R"({"limit": 0})");
  EXPECT_EQ(refused(507, "POST", path, order), "tenant acme may have no captures");
  third.close();
  for (int i = 0; i < 500 && quota("captures")["used"] != 1; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(quota("captures")["used"], 1) << "who goes away has none any more";
}

TEST_F(Quotas, ShowRatesBesideWhatWasUsed) {
  expect(200, "PATCH", "/v1/tenants/acme", R"({"uplink_bps": 100000000})");
  {
    const std::lock_guard lock(link().mutex);
    link().link_status.connected = true;
    link().window = {report_of(kYear + kSecond / 2, 1'775'000, 1500), report_of(kYear, 1'000'000, 1000)};
  }
  const json up = quota("uplink_bits");
  EXPECT_EQ(up["used"], 12'400'000);
  EXPECT_EQ(up["limit"], 100'000'000);
  EXPECT_EQ(up["unit"], "bit/s");
  EXPECT_EQ(quota("downlink_packets")["used"], 10'000);
  EXPECT_FALSE(quota("downlink_packets").contains("limit"));
  EXPECT_EQ(quota("uplink_bits", "bravo")["used"], 0);
  {
    const std::lock_guard lock(link().mutex);
    link().link_status.connected = false;
  }
  EXPECT_FALSE(quota("uplink_bits").contains("used")) << "an old number is not shown as a new one";
}

}  // namespace
}  // namespace demarc::cp::test
