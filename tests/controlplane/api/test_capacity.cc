// Who uses the workers, what is promised of them, how long packets take: /v1/capacity, /v1/latency and their metrics.
#include <chrono>
#include <thread>

#include "common/base/log_linear.h"
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<schema::WorkerReportT> worker(uint16_t index, uint64_t cycles, uint64_t busy, uint64_t shed = 0) {
  auto row = std::make_unique<schema::WorkerReportT>();
  row->index = index;
  row->core = index + 2u;
  row->cycles = cycles;
  row->busy_cycles = busy;
  row->shed_packets = shed;
  return row;
}

std::unique_ptr<schema::TenantCountersT> cost(uint32_t tenant, std::vector<uint64_t> worker_cycles) {
  auto row = std::make_unique<schema::TenantCountersT>();
  row->tenant = tenant;
  row->worker_cycles = std::move(worker_cycles);
  return row;
}

class Capacity : public Served {
 protected:
  void SetUp() override {
    expect(201, "POST", "/v1/tenants", R"({"name": "acme"})");
    expect(201, "POST", "/v1/tenants", R"({"name": "bravo"})");
  }
  void report(schema::CountersReportT report) {
    const std::lock_guard lock(link().mutex);
    link().counters_report = std::move(report);
  }
};

TEST_F(Capacity, SaysWhoseEachWorkerIsAndWhoUsesIt) {
  expect(200, "PATCH", "/v1/tenants/bravo", R"({"tier": {"workers": [1], "guaranteed_pps": 900000}})");
  expect(200, "PATCH", "/v1/tenants/acme", R"({"tier": {"guaranteed_pps": 300000, "guaranteed_bps": 2000000000}})");
  schema::CountersReportT first;
  first.wall_ns = 1'000'000'000;
  first.workers.push_back(worker(0, 1'000, 500));
  first.workers.push_back(worker(1, 1'000, 0));
  first.tenants.push_back(cost(0, {100, 0}));
  first.tenants.push_back(cost(1, {400, 0}));
  report(std::move(first));
  const json start = expect(200, "GET", "/v1/capacity");
  EXPECT_FALSE(start.contains("window_ms"));
  EXPECT_EQ(start["why"], "");
  EXPECT_EQ(start["items"][0], json::parse(R"({"worker": 0, "core": 2, "load_percent": 50.0, "shed_packets": 0,
      "tenants": [{"tenant": "acme", "percent": 40.0}, {"tenant": "-", "percent": 10.0}]})"));
  EXPECT_EQ(start["items"][1], json::parse(R"({"worker": 1, "core": 3, "load_percent": 0.0, "shed_packets": 0,
      "tenants": [], "owner": "bravo"})"));
  EXPECT_EQ(start["workers_known"], false);
  EXPECT_EQ(start["shared_workers"], 1);
  EXPECT_EQ(start["for_sale"], json::parse(R"({"pps": 800000, "bps": 8000000000})"));
  EXPECT_EQ(start["sold"], json::parse(R"({"pps": 300000, "bps": 2000000000})"));
  EXPECT_EQ(start["left"], json::parse(R"({"pps": 500000, "bps": 6000000000})"));
  EXPECT_EQ(start["overbooked"], false);

  std::this_thread::sleep_for(410ms);
  schema::CountersReportT second;
  second.wall_ns = 3'000'000'000;
  second.workers.push_back(worker(0, 2'000, 750, 7));
  second.workers.push_back(worker(1, 2'000, 900));
  second.tenants.push_back(cost(0, {100, 0}));
  second.tenants.push_back(cost(1, {450, 0}));
  second.tenants.push_back(cost(2, {200, 900, 5}));  // more than there are workers: left out
  report(std::move(second));
  const json later = expect(200, "GET", "/v1/capacity");
  EXPECT_EQ(later["window_ms"], 2'000);
  EXPECT_EQ(later["items"][0], json::parse(R"({"worker": 0, "core": 2, "load_percent": 25.0, "shed_packets": 7,
      "tenants": [{"tenant": "bravo", "percent": 20.0}, {"tenant": "acme", "percent": 5.0}]})"));
  EXPECT_EQ(later["items"][1]["tenants"], json::parse(R"([{"tenant": "bravo", "percent": 90.0}])"));
}

TEST_F(Capacity, NamesTheTenLargestAndTheOthersTogether) {
  schema::CountersReportT out;
  out.workers.push_back(worker(0, 1'000, 500));
  for (uint32_t tenant = 1; tenant <= 13; ++tenant) out.tenants.push_back(cost(tenant, {tenant * 10}));
  report(std::move(out));
  const json row = expect(200, "GET", "/v1/capacity")["items"][0];
  ASSERT_EQ(row["tenants"].size(), 10u);
  EXPECT_EQ(row["tenants"][0], json::parse(R"({"tenant": "#13", "percent": 13.0})"));
  EXPECT_EQ(row["tenants"][9]["tenant"], "#4");
  EXPECT_EQ(row["others_percent"], 6.0);
}

TEST_F(Capacity, WithoutADataPlaneTellsWhatIsSold) {
  expect(200, "PATCH", "/v1/tenants/acme", R"({"tier": {"guaranteed_pps": 900000, "overbook": true}})");
  {
    const std::lock_guard lock(link().mutex);
    link().counters_report = fail(ErrorCode::unavailable, "the data plane is not connected");
  }
  const json told = expect(200, "GET", "/v1/capacity");
  EXPECT_EQ(told["items"], json::array());
  EXPECT_EQ(told["why"], "the data plane is not connected");
  EXPECT_EQ(told["overbooked"], true);
  EXPECT_EQ(told["left"]["pps"], 0);
  EXPECT_TRUE(mentions(refused(503, "GET", "/v1/latency"), "not connected"));
  EXPECT_TRUE(mentions(refused(503, "GET", "/v1/tenants/acme/latency"), "not connected"));
  EXPECT_TRUE(mentions(refused(404, "GET", "/v1/tenants/nobody/latency"), "nobody"));
}

// Of a tenant: so many packets of each of the times, in ns.
schema::CountersReportT latencies(uint64_t cycles, const std::vector<std::pair<uint64_t, uint64_t>>& packets,
                                  uint16_t first = 0) {
  schema::CountersReportT out;
  out.wall_ns = cycles * 1'000'000;
  out.workers.push_back(worker(0, cycles, cycles));
  out.tenants.push_back(cost(1, {cycles}));
  auto& row = *out.tenants.back();
  row.latency_first = first;
  row.latency.resize(kLogLinearBuckets - first);
  for (const auto& [ns, n] : packets) row.latency.at(log_linear_bucket(ns) - first) += n;
  return out;
}

TEST_F(Capacity, LatencyIsOfTheTimeBetweenAndOfAll) {
  report(latencies(1'000, {{1'000, 990}, {100'000, 10}}));
  json acme = expect(200, "GET", "/v1/tenants/acme/latency");
  EXPECT_EQ(acme, json::parse(R"({"tenant": "acme", "packets": 1000, "p50_ns": 1024, "p99_ns": 1024, "p999_ns": 106496,
      "total_packets": 1000, "total_p50_ns": 1024, "total_p99_ns": 1024, "total_p999_ns": 106496})"));
  std::this_thread::sleep_for(410ms);
  // Sent from another bucket on than before.
  report(latencies(3'000, {{1'000, 990}, {100'000, 110}}, static_cast<uint16_t>(log_linear_bucket(1'000))));
  acme = expect(200, "GET", "/v1/tenants/acme/latency");
  EXPECT_EQ(acme["window_ms"], 2'000);
  EXPECT_EQ(acme["packets"], 100);
  EXPECT_EQ(acme["p50_ns"], 106'496) << "of the last 100 each took so long";
  EXPECT_EQ(acme["total_packets"], 1'100);
  EXPECT_EQ(acme["total_p50_ns"], 1'024);
  const json all = expect(200, "GET", "/v1/latency")["items"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0], acme);
  EXPECT_EQ(all[1], json::parse(R"({"tenant": "bravo", "window_ms": 2000, "packets": 0, "total_packets": 0})"));
  // The data plane started again: from its start.
  std::this_thread::sleep_for(410ms);
  report(latencies(100, {{1'000, 5}}));
  acme = expect(200, "GET", "/v1/tenants/acme/latency");
  EXPECT_FALSE(acme.contains("window_ms"));
  EXPECT_EQ(acme["packets"], 5);
}

TEST_F(Capacity, LatencyOfAnotherReleaseDoesNoHarm) {
  auto odd = latencies(1'000, {{1'000, 3}});
  odd.tenants[0]->latency.resize(kLogLinearBuckets + 50, 9);  // beyond the last bucket
  report(std::move(odd));
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme/latency")["packets"], 3);
  odd = latencies(1'000, {});
  odd.tenants[0]->latency_first = UINT16_MAX;
  report(std::move(odd));
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme/latency")["packets"], 0);
}

size_t count(const std::string& text, const std::string& part) {
  size_t n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_F(Capacity, MetricsHaveAHistogramOfPowersOfTwo) {
  auto out = latencies(1'000, {{100, 2}, {1'000, 3}, {1'024, 4}, {uint64_t{1} << 40, 1}});
  out.workers[0]->shed_packets = 6;
  out.tenants.push_back(cost(2, {77, 5}));  // without latency, and of a worker that is not there
  report(std::move(out));
  const std::string text = ask("GET", "/metrics").body;
  for (const char* line :
       {"# TYPE demarc_latency_seconds histogram\n", "demarc_latency_seconds_count{tenant=\"acme\"} 10\n",
        "demarc_latency_seconds_bucket{tenant=\"acme\",le=\"5.12e-07\"} 2\n",
        "demarc_latency_seconds_bucket{tenant=\"acme\",le=\"1.024e-06\"} 5\n",
        "demarc_latency_seconds_bucket{tenant=\"acme\",le=\"2.048e-06\"} 9\n",
        "demarc_latency_seconds_bucket{tenant=\"acme\",le=\"4.294967296\"} 9\n",
        "demarc_latency_seconds_bucket{tenant=\"acme\",le=\"+Inf\"} 10\n",
        "# TYPE demarc_tenant_worker_cycles_total counter\n",
        "demarc_tenant_worker_cycles_total{tenant=\"acme\",worker=\"0\"} 1000\n",
        "demarc_tenant_worker_cycles_total{tenant=\"bravo\",worker=\"0\"} 77\n",
        "demarc_worker_shed_packets_total{worker=\"0\",core=\"2\"} 6\n"})
    EXPECT_TRUE(mentions(text, line)) << line << "\n" << text;
  EXPECT_EQ(count(text, "demarc_latency_seconds_bucket{tenant=\"acme\""), 25u);
  EXPECT_FALSE(mentions(text, "demarc_latency_seconds_bucket{tenant=\"bravo\""));
  EXPECT_EQ(count(text, "demarc_tenant_worker_cycles_total{tenant=\"bravo\""), 1u);
}

}  // namespace
}  // namespace demarc::cp::test
