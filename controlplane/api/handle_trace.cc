#include <stop_token>

#include "common/defs/drop_reason.h"
#include "controlplane/api/handlers.h"
#include "controlplane/api/snapshot.h"
#include "controlplane/api/target.h"
#include "controlplane/api/tenant_call.h"

namespace demarc::cp::handlers {
namespace {

using Report = Result<schema::TraceReportT>;

json packet_json(const schema::TracedPacketT& packet) {
  json steps = json::array();
  for (const auto& step : packet.steps)
    steps.push_back({{"stage", step->stage}, {"cycles", step->cycles}, {"note", step->note}});
  json out{{"packet", packet.packet}, {"worker", packet.worker},        {"port", packet.port},
           {"length", packet.length}, {"head", hex_bytes(packet.head)}, {"steps", std::move(steps)}};
  if (packet.drop == kNotDropped) return out;
  const bool known = packet.drop < kDropReasonCount;
  out["drop"] = known ? std::string(kDropReasons[packet.drop].name) : std::to_string(packet.drop);
  out["drop_sentence"] = known ? std::string(kDropReasons[packet.drop].sentence) : "";
  return out;
}

// A tenant's traces under way, of its own keys and of operators apart: neither takes the other's.
constexpr size_t kTracesMax = 2;

// On the io thread.
void count_trace(Backend& backend, std::pair<TenantId, KeyRole> of, int more) {
  size_t& n = backend.traces[of];
  n = static_cast<size_t>(static_cast<int64_t>(n) + more);
  if (n == 0) backend.traces.erase(of);
}

// One trace under way. On the io thread; its end may come on any.
struct Tracing {
  Tracing(CallPtr c, TenantId t) : call(std::move(c)), tenant(t) { count_trace(*call->backend, of(), 1); }
  Tracing(const Tracing&) = delete;
  ~Tracing() {
    if (!over) call->backend->post([backend = call->backend, of = of()] { count_trace(*backend, of, -1); });
  }

  CallPtr call;
  TenantId tenant;
  std::stop_source stop;
  bool begun = false;
  bool over = false;

  std::pair<TenantId, KeyRole> of() const { return {tenant, call->caller.role}; }

  void finish() {
    if (!std::exchange(over, true)) count_trace(*call->backend, of(), -1);
  }

  void begin() {
    if (std::exchange(begun, true)) return;
    call->reply->begin({.status = call->route->status, .content_type = "application/x-ndjson", .body = {}});
  }

  void report(const Report& report) {
    if (over) return;
    if (!report) return failed(report.error());
    begin();
    std::string lines;
    for (const auto& packet : report->packets) lines += json_text(packet_json(*packet)) + "\n";
    call->reply->chunk(std::move(lines));
    if (!report->last) return;
    if (!report->error.empty()) return failed({ErrorCode::conflict, report->error});
    finish();
    call->reply->end();
  }

  // The status of the answer cannot say it any more once packets went out: then the last line does.
  void failed(const Error& error) {
    finish();
    if (!begun) return call->reply->send(error_response(error));
    call->reply->chunk(error_response(error).body);
    call->reply->end();
  }

  void client_gone() {
    finish();
    stop.request_stop();
  }
};

void start(const CallPtr& call, TenantId tenant) {
  const auto under_way = call->backend->traces.find({tenant, call->caller.role});
  if (under_way != call->backend->traces.end() && under_way->second >= kTracesMax)
    return call->reply->send(error_response({ErrorCode::exhausted, "tenant " + in_quotes(call->param("t")) +
                                                                       " may have " + std::to_string(kTracesMax) +
                                                                       " traces at a time; wait until one has ended"}));
  const auto packets = call->body["packets"].get<uint32_t>();
  const uint64_t wait_ns = call->body["wait_s"].get<uint64_t>() * 1'000'000'000;
  auto tracing = std::make_shared<Tracing>(call, tenant);
  call->reply->watch([tracing] { tracing->client_gone(); });
  call->backend->link->trace(tenant, packets, wait_ns, tracing->stop.get_token(),
                             hop<Report>(call, [tracing](const Report& report) { tracing->report(report); }));
}

}  // namespace

void trace(const CallPtr& call) { start_for_tenant(call, start); }

}  // namespace demarc::cp::handlers
