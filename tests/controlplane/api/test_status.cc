// What is read from the data plane: counters, drops, workers, ports, sync, neighbors, traces, metrics.
#include <chrono>
#include <thread>

#include "common/defs/counter.h"
#include "common/defs/drop_reason.h"
#include "tests/controlplane/api/served.h"

namespace demarc::cp::test {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<schema::TenantCountersT> tenant_row(uint32_t tenant, uint64_t received, uint64_t sent,
                                                    uint64_t dropped) {
  auto row = std::make_unique<schema::TenantCountersT>();
  row->tenant = tenant;
  row->counters.resize(kCounterCount);
  row->drops.resize(kDropReasonCount);
  row->counters[static_cast<size_t>(Counter::received_packets)] = received;
  row->counters[static_cast<size_t>(Counter::sent_packets)] = sent;
  row->drops[static_cast<size_t>(DropReason::route_none)] = dropped;
  return row;
}

std::unique_ptr<schema::WorkerReportT> worker_row(uint64_t cycles, uint64_t busy_cycles) {
  auto row = std::make_unique<schema::WorkerReportT>();
  row->index = 0;
  row->core = 3;
  row->loops = 100;
  row->busy_loops = 10;
  row->cycles = cycles;
  row->busy_cycles = busy_cycles;
  auto stage = std::make_unique<schema::StageCountersT>();
  stage->name = "ethernet_input";
  stage->calls = 10;
  stage->packets = 40;
  stage->cycles = 400;
  row->stages.push_back(std::move(stage));
  return row;
}

schema::CountersReportT report(uint64_t cycles = 1000, uint64_t busy_cycles = 250) {
  schema::CountersReportT out;
  out.tenants.push_back(tenant_row(0, 3, 0, 3));
  out.tenants.push_back(tenant_row(1, 10, 7, 2));
  out.workers.push_back(worker_row(cycles, busy_cycles));
  auto port = std::make_unique<schema::PortT>();
  port->name = "p0";
  port->device = "net_tap0";
  port->mac = {2, 0, 0, 0, 0xab, 1};
  port->link_up = true;
  port->mtu = 1500;
  port->rx_packets = 12;
  port->spread = "handoff";
  out.ports.push_back(std::move(port));
  return out;
}

class StatusOf : public Served {
 protected:
  void SetUp() override {
    expect(201, "POST", "/v1/tenants", R"({"name": "acme"})");
    expect(201, "POST", "/v1/tenants", R"({"name": "bravo"})");
    link().counters_report = report();
    link().link_status.connected = true;
    link().link_status.boot_id = 0x1122;
    link().link_status.data_plane_boot_id = 0xabcdef;
    link().link_status.data_plane_version = "0.1.0";
    link().link_status.data_plane_started_wall_ns = 1'700'000'000'000'000'000;
  }
};

TEST_F(StatusOf, CountersHaveNamesAndABalance) {
  const json all = expect(200, "GET", "/v1/counters");
  EXPECT_EQ(all["boot_id"], "0000000000abcdef");
  EXPECT_EQ(all["started"], "2023-11-14T22:13:20Z");
  ASSERT_EQ(all["items"].size(), 3u);
  EXPECT_EQ(all["items"][0]["tenant"], "-");
  EXPECT_EQ(all["items"][0]["balance"], 0);
  EXPECT_EQ(all["items"][1]["tenant"], "acme");
  EXPECT_EQ(all["items"][1]["received_packets"], 10);
  EXPECT_EQ(all["items"][1]["dropped_packets"], 2);
  EXPECT_EQ(all["items"][1]["balance"], 1);
  EXPECT_EQ(all["items"][2]["tenant"], "bravo");  // not in the report yet: zeros
  EXPECT_EQ(all["items"][2]["received_packets"], 0);
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme/counters"), all["items"][1]);
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/bravo/counters")["tenant"], "bravo");
  refused(404, "GET", "/v1/tenants/nobody/counters");
}

TEST_F(StatusOf, ABalanceMayBeNegativeAndCountersMayWrap) {
  auto wrapped = report();
  auto& counters = wrapped.tenants[1]->counters;
  counters[static_cast<size_t>(Counter::received_packets)] = 2;
  counters[static_cast<size_t>(Counter::originated_packets)] = UINT64_MAX - 1;
  wrapped.tenants[1]->drops.resize(3);  // shorter than our list: what is missing is 0
  link().counters_report = std::move(wrapped);
  const json row = expect(200, "GET", "/v1/tenants/acme/counters");
  EXPECT_EQ(row["originated_packets"], UINT64_MAX - 1);
  EXPECT_EQ(row["balance"], -7);
}

TEST_F(StatusOf, DropsAreThoseThatHappenedUnlessAllAreAsked) {
  const json drops = expect(200, "GET", "/v1/drops")["items"];
  ASSERT_EQ(drops.size(), 2u);
  EXPECT_EQ(drops[1]["tenant"], "acme");
  EXPECT_EQ(drops[1]["reason"], "route_none");
  EXPECT_EQ(drops[1]["packets"], 2);
  EXPECT_TRUE(mentions(drops[1]["sentence"].get<std::string>(), "no route"));
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/acme/drops")["items"], json::array({drops[1]}));
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/bravo/drops")["items"].size(), 0u);
  EXPECT_EQ(expect(200, "GET", "/v1/tenants/bravo/drops?all=true")["items"].size(), kDropReasonCount);
  EXPECT_EQ(expect(200, "GET", "/v1/drops?all=true")["items"].size(), 3 * kDropReasonCount);
  EXPECT_TRUE(mentions(refused(400, "GET", "/v1/drops?all=yes"), "yes"));
}

TEST_F(StatusOf, LoadIsOverTheTimeSinceTheReportBefore) {
  const json first = expect(200, "GET", "/v1/workers")["items"][0];
  EXPECT_EQ(first["core"], 3);
  EXPECT_EQ(first["load_percent"], 25.0);  // since the start
  EXPECT_EQ(first["packets"], 40);
  EXPECT_EQ(first["cycles_per_packet"], 6.3);
  EXPECT_EQ(first["stages"][0]["packets_per_call"], 4.0);
  std::this_thread::sleep_for(410ms);
  link().counters_report = report(2000, 1000);
  EXPECT_EQ(expect(200, "GET", "/v1/workers")["items"][0]["load_percent"], 75.0);
  link().counters_report = report(100, 50);  // started again
  std::this_thread::sleep_for(410ms);
  EXPECT_EQ(expect(200, "GET", "/v1/workers")["items"][0]["load_percent"], 50.0);
}

TEST_F(StatusOf, PortsAreShown) {
  EXPECT_EQ(expect(200, "GET", "/v1/ports")["items"],
            json::parse(R"([{"port": "p0", "device": "net_tap0", "mac": "02:00:00:00:ab:01", "link": "up", "mtu": 1500,
                             "rx_packets": 12, "tx_packets": 0, "rx_missed": 0, "spread": "handoff"}])"));
}

TEST_F(StatusOf, SyncShowsBothSides) {
  auto& status = link().link_status;
  status.why = "tenant acme differs";
  status.tenants.push_back({TenantId{1}, {5, 0xff}, {4, 0xfe}, "no port p9"});
  status.tenants.push_back({TenantId{9}, {0, 0}, {0, 0}, ""});
  const json sync = expect(200, "GET", "/v1/sync");
  EXPECT_EQ(sync["connected"], true);
  EXPECT_EQ(sync["in_sync"], false);
  EXPECT_EQ(sync["why"], "tenant acme differs");
  EXPECT_EQ(sync["data_plane"]["boot_id"], "0000000000abcdef");
  EXPECT_EQ(sync["items"][0],
            json::parse(R"({"tenant": "acme", "entries": 5, "digest": "00000000000000ff", "data_plane_entries": 4,
                            "data_plane_digest": "00000000000000fe", "equal": false, "why": "no port p9"})"));
  EXPECT_EQ(sync["items"][1]["tenant"], "#9");
}

TEST_F(StatusOf, SyncSaysNothingOfADataPlaneThatIsGone) {
  LinkStatus status;
  status.why = "nothing was heard";
  status.tenants = {{.tenant = TenantId(9), .ours = {5, 0xff}, .theirs = {5, 0xff}, .why = {}}};
  link().link_status = status;
  const json sync = expect(200, "GET", "/v1/sync");
  EXPECT_EQ(sync["items"][0],
            json::parse(R"({"tenant": "#9", "entries": 5, "digest": "00000000000000ff", "why": ""})"));
}

TEST_F(StatusOf, NeighborsAreTheTenantsOwn) {
  build_tenant("carol", 103);
  schema::NeighborReportT neighbors;
  for (const uint32_t tenant : {3u, 1u}) {
    auto n = std::make_unique<schema::NeighborT>();
    n->tenant = tenant;
    n->attachment = 1;
    n->ipv4 = 0x0a010002;
    n->mac = {2, 0, 0, 0, 0, 9};
    n->state = "reachable";
    neighbors.neighbors.push_back(std::move(n));
  }
  link().neighbor_report = std::move(neighbors);
  const json list = expect(200, "GET", "/v1/tenants/carol/neighbors")["items"];
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0], json::parse(R"({"attachment": "ran", "address": "10.1.0.2", "mac": "02:00:00:00:00:09",
                                     "state": "reachable", "age_ms": 0})"));
}

TEST_F(StatusOf, PeersAreTheTenantsOwn) {
  build_tenant("carol", 103);
  schema::PeerReportT report;
  for (const uint32_t tenant : {3u, 1u, 3u}) {
    auto p = std::make_unique<schema::PeerT>();
    p->tenant = tenant;
    p->gtpu_endpoint = 1;
    p->ipv4 = 0x0a010002;
    p->state = "up";
    p->sessions = 2;
    p->last_seen_ms = 5;
    p->round_trip_us = 120;
    p->echo_requests = 4;
    p->echo_responses = 3;
    report.peers.push_back(std::move(p));
  }
  schema::PeerT& unseen = *report.peers.back();
  unseen.ipv6 = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  unseen.ipv4 = 0;
  unseen.state = "lost";
  unseen.last_seen_ms = UINT64_MAX;
  link().peer_report = std::move(report);
  const json list = expect(200, "GET", "/v1/tenants/carol/peers")["items"];
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["address"], "10.1.0.2");
  EXPECT_EQ(list[0]["state"], "up");
  EXPECT_EQ(list[0]["last_seen_ms"], 5);
  EXPECT_EQ(list[0]["round_trip_us"], 120);
  EXPECT_EQ(list[1]["address"], "2001:db8::2");
  EXPECT_FALSE(list[1].contains("last_seen_ms"));
  EXPECT_FALSE(list[1].contains("round_trip_us"));
}

TEST_F(StatusOf, ASessionsUsageIsItsTenantsToSee) {
  build_tenant("carol", 103);
  const std::string seid =
      std::to_string(expect(201, "POST", "/v1/tenants/carol/sessions", session_body())["up_seid"].get<uint64_t>());
  const std::string path = "/v1/tenants/carol/sessions/" + seid + "/usage";
  schema::SessionUsageT usage;
  usage.found = true;
  usage.uplink_packets = 3;
  usage.uplink_bytes = 300;
  usage.downlink_packets = 4;
  usage.downlink_bytes = UINT64_MAX;
  usage.drops.assign(kDropReasonCount + 1, 0);
  usage.drops[static_cast<size_t>(DropReason::far_drop)] = 5;
  usage.drops[kDropReasonCount] = 6;
  link().usage_report = usage;
  const json got = expect(200, "GET", path);
  EXPECT_EQ(got["up_seid"], std::stoull(seid));
  EXPECT_EQ(got["uplink_packets"], 3);
  EXPECT_EQ(got["uplink_bytes"], 300);
  EXPECT_EQ(got["downlink_packets"], 4);
  EXPECT_EQ(got["downlink_bytes"], UINT64_MAX);
  EXPECT_EQ(got["dropped_packets"], 11);
  ASSERT_EQ(got["drops"].size(), 2u);
  EXPECT_EQ(got["drops"][0]["reason"], "far_drop");
  EXPECT_EQ(got["drops"][0]["packets"], 5);
  EXPECT_EQ(got["drops"][1]["reason"], "other");
  EXPECT_EQ(got["drops"][1]["packets"], 6);
  ASSERT_EQ(link().usages_asked.size(), 1u);
  EXPECT_EQ(link().usages_asked[0].second, Seid{std::stoull(seid)});
  refused(404, "GET", "/v1/tenants/acme/sessions/" + seid + "/usage");
  refused(404, "GET", "/v1/tenants/carol/sessions/777/usage");
  refused(400, "GET", "/v1/tenants/carol/sessions/x/usage");
  EXPECT_EQ(link().usages_asked.size(), 1u) << "the data plane was not asked for what is not the tenant's";
  link().usage_report = fail(ErrorCode::unavailable, "the data plane is not connected");
  EXPECT_TRUE(mentions(refused(503, "GET", path), "not connected")) << "and no zeros";
}

TEST_F(StatusOf, WithoutADataPlaneTheAnswerIs503) {
  const auto gone = fail(ErrorCode::unavailable, "the data plane is not connected");
  link().counters_report = gone;
  link().neighbor_report = gone;
  link().peer_report = gone;
  link().link_status.connected = false;
  for (const char* path : {"/v1/counters", "/v1/drops", "/v1/workers", "/v1/ports", "/v1/tenants/acme/counters",
                           "/v1/tenants/acme/drops", "/v1/tenants/acme/neighbors", "/v1/tenants/acme/peers"})
    EXPECT_TRUE(mentions(refused(503, "GET", path), "not connected")) << path;
  refused(404, "GET", "/v1/tenants/nobody/counters");
  const Answer metrics = ask("GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_TRUE(mentions(metrics.body, "demarc_data_plane_up 0"));
  EXPECT_FALSE(mentions(metrics.body, "demarc_tenant_"));
  EXPECT_EQ(expect(200, "GET", "/v1/sync")["connected"], false);
}

TEST_F(StatusOf, MetricsNameEveryCounterAndDrop) {
  const Answer metrics = ask("GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  for (const auto& counter : kCounters) {
    const bool gauge = counter.name == "held_packets";
    const std::string name = "demarc_tenant_" + std::string(counter.name) + (gauge ? "" : "_total");
    EXPECT_TRUE(mentions(metrics.body, "# HELP " + name + " " + std::string(counter.sentence) + "\n")) << name;
    EXPECT_TRUE(mentions(metrics.body, "# TYPE " + name + (gauge ? " gauge" : " counter"))) << name;
    EXPECT_TRUE(mentions(metrics.body, name + "{tenant=\"acme\"} ")) << name;
  }
  for (const auto& reason : kDropReasons)
    EXPECT_TRUE(mentions(metrics.body, "reason=\"" + std::string(reason.name) + "\"")) << reason.name;
  for (const char* line :
       {"demarc_tenant_received_packets_total{tenant=\"acme\"} 10\n",
        "demarc_tenant_drops_total{tenant=\"acme\",reason=\"route_none\"} 2\n",
        "demarc_tenant_received_packets_total{tenant=\"-\"} 3\n", "demarc_data_plane_up 1\n",
        "demarc_stage_cycles_total{worker=\"0\",stage=\"ethernet_input\"} 400\n", "demarc_port_up{port=\"p0\"} 1\n",
        "demarc_worker_busy_cycles_total{worker=\"0\",core=\"3\"} 250\n", "demarc_in_sync 0\n", "demarc_up{version="})
    EXPECT_TRUE(mentions(metrics.body, line)) << line;
}

schema::TraceReportT traced(uint32_t number, bool last) {
  schema::TraceReportT out;
  auto packet = std::make_unique<schema::TracedPacketT>();
  packet->packet = number;
  packet->port = "p0";
  packet->length = 60;
  packet->head = {0xde, 0xad};
  packet->drop = number == 1 ? static_cast<uint8_t>(DropReason::route_none) : kNotDropped;
  auto step = std::make_unique<schema::TraceStepT>();
  step->stage = "vlan_demux";
  step->cycles = 7;
  step->note = "vlan 101";
  packet->steps.push_back(std::move(step));
  out.packets.push_back(std::move(packet));
  out.last = last;
  return out;
}

class Traces : public StatusOf {
 protected:
  void TearDown() override { forget(); }
  // The callbacks hold their requests, and those the backend that owns the link.
  void forget() {
    const std::lock_guard lock(link().mutex);
    link().traces.clear();
  }
  // Sends the request and waits until the link has it.
  FakeLink::Trace start(HttpClient& c) {
    c.send(request_text("POST", "/v1/tenants/acme/trace", R"({"packets": 2, "wait_s": 5})"));
    for (int i = 0; i < 500 && link().trace_count() == 0; ++i) std::this_thread::sleep_for(10ms);
    const std::lock_guard lock(link().mutex);
    return link().traces.at(0);
  }
};

TEST_F(Traces, OfOneTenantAreTwoAtATime) {
  const std::string order = R"({"packets": 2, "wait_s": 5})";
  const std::string token = token_of("of-acme", "acme");
  auto begin = [&](HttpClient& c, const std::string& path, const std::string& header, size_t count) {
    c.send(request_text("POST", path, order, header));
    for (int i = 0; i < 500 && link().trace_count() < count; ++i) std::this_thread::sleep_for(10ms);
    ASSERT_EQ(link().trace_count(), count);
  };
  const std::string acmes = "/v1/tenants/acme/trace", header = "Authorization: Bearer " + token + "\r\n";
  HttpClient first = tcp_client(), second = tcp_client(), of_operator = client(), of_bravo = client();
  begin(first, acmes, header, 1);
  begin(second, acmes, header, 2);
  const Answer refused = ask_tcp(token, "POST", acmes, order);
  EXPECT_EQ(refused.status, 507);
  EXPECT_TRUE(mentions(refused.body, "2 traces at a time")) << refused.body;
  begin(of_operator, acmes, "", 3);
  begin(of_bravo, "/v1/tenants/bravo/trace", "", 4);
  link().traces.at(0).on_packets(traced(0, true));
  EXPECT_EQ(first.read().status, 200);
  HttpClient third = tcp_client();
  begin(third, acmes, header, 5);
}

TEST_F(Traces, ArriveALineAPacketAsTheyCome) {
  HttpClient c = client();
  const auto trace = start(c);
  EXPECT_EQ(trace.tenant, TenantId{1});
  EXPECT_EQ(trace.packets, 2u);
  EXPECT_EQ(trace.wait_ns, 5'000'000'000u);
  trace.on_packets(traced(0, false));
  const Answer head = c.read_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "application/x-ndjson");
  EXPECT_EQ(json::parse(c.read_chunk()),
            json::parse(R"({"packet": 0, "worker": 0, "port": "p0", "length": 60, "head": "dead",
                            "steps": [{"stage": "vlan_demux", "cycles": 7, "note": "vlan 101"}]})"));
  trace.on_packets(traced(1, true));
  const json second = json::parse(c.read_chunk());
  EXPECT_EQ(second["drop"], "route_none");
  EXPECT_TRUE(mentions(second["drop_sentence"].get<std::string>(), "no route"));
  EXPECT_EQ(c.read_chunk(), "");
  EXPECT_EQ(c.request("GET", "/v1/version").status, 200);  // the connection goes on
}

TEST_F(Traces, MayEndWithoutAPacket) {
  HttpClient c = client();
  schema::TraceReportT none;
  none.last = true;
  start(c).on_packets(std::move(none));
  const Answer answer = c.read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
}

TEST_F(Traces, FailInWords) {
  HttpClient c = client();
  const auto trace = start(c);
  trace.on_packets(fail(ErrorCode::unavailable, "the data plane is not connected"));
  EXPECT_EQ(c.read().status, 503);
  HttpClient later = client();
  later.send(request_text("POST", "/v1/tenants/acme/trace", R"({"packets": 2, "wait_s": 5})"));
  for (int i = 0; i < 500 && link().trace_count() < 2; ++i) std::this_thread::sleep_for(10ms);
  link().traces.at(1).on_packets(traced(0, false));
  link().traces.at(1).on_packets(fail(ErrorCode::unavailable, "connection lost"));
  const std::string body = later.read().body;
  EXPECT_TRUE(mentions(body, "connection lost")) << body;
  HttpClient pushed_out = client();
  pushed_out.send(request_text("POST", "/v1/tenants/acme/trace", R"({"packets": 2, "wait_s": 5})"));
  for (int i = 0; i < 500 && link().trace_count() < 3; ++i) std::this_thread::sleep_for(10ms);
  schema::TraceReportT ended = traced(0, true);
  ended.error = "another trace of this tenant began";
  link().traces.at(2).on_packets(std::move(ended));
  const std::string end = pushed_out.read().body;
  EXPECT_TRUE(mentions(end, "another trace of this tenant began")) << end;
  refused(404, "POST", "/v1/tenants/nobody/trace", R"({"packets": 2, "wait_s": 5})");
  refused(400, "POST", "/v1/tenants/acme/trace", R"({"packets": 1001, "wait_s": 5})");
  refused(400, "POST", "/v1/tenants/acme/trace", R"({"packets": 1, "wait_s": 301})");
}

TEST_F(Traces, EndWhenTheClientLeaves) {
  HttpClient c = client();
  const auto trace = start(c);
  EXPECT_FALSE(trace.stop.stop_requested());
  c.close();
  for (int i = 0; i < 500 && !trace.stop.stop_requested(); ++i) std::this_thread::sleep_for(10ms);
  EXPECT_TRUE(trace.stop.stop_requested());
}

TEST_F(Traces, EndWithTheApi) {
  HttpClient c = client();
  const auto trace = start(c);
  forget();
  restart_api({});
  EXPECT_TRUE(c.closed_by_peer());
  trace.on_packets(traced(0, true));  // late: nobody is there
  expect(200, "GET", "/v1/version");
}

}  // namespace
}  // namespace demarc::cp::test
