#include "controlplane/api/handlers.h"
#include "controlplane/api/report_window.h"
#include "controlplane/api/snapshot.h"

namespace demarc::cp::handlers {
namespace {

// 0 when there is nothing to divide by.
double ratio(uint64_t a, uint64_t b) { return b == 0 ? 0.0 : rounded(static_cast<double>(a) / static_cast<double>(b)); }

json stage_json(const schema::StageCountersT& stage) {
  return {{"stage", stage.name},
          {"calls", stage.calls},
          {"packets", stage.packets},
          {"cycles", stage.cycles},
          {"cycles_per_packet", ratio(stage.cycles, stage.packets)},
          {"packets_per_call", ratio(stage.packets, stage.calls)}};
}

json worker_json(const schema::WorkerReportT& worker, const schema::CountersReportT* base) {
  json stages = json::array();
  for (const auto& stage : worker.stages) stages.push_back(stage_json(*stage));
  // Every packet that the worker receives meets the first stage, once, and each that it takes over handoff_input.
  uint64_t packets = worker.stages.empty() ? 0 : worker.stages.front()->packets;
  for (const auto& stage : worker.stages)
    if (stage->name == "handoff_input") packets += stage->packets;
  return {{"worker", worker.index},
          {"core", worker.core},
          {"loops", worker.loops},
          {"busy_loops", worker.busy_loops},
          {"load_percent", rounded(load_percent(worker, base))},
          {"packets", packets},
          {"cycles_per_packet", ratio(worker.busy_cycles, packets)},
          {"stages", std::move(stages)}};
}

json port_json(const schema::PortT& port) {
  return {{"port", port.name},
          {"device", port.device},
          {"mac", hex_bytes(port.mac, ":")},
          {"link", port.link_up ? "up" : "down"},
          {"mtu", port.mtu},
          {"rx_packets", port.rx_packets},
          {"tx_packets", port.tx_packets},
          {"rx_missed", port.rx_missed},
          {"spread", port.spread}};
}

// Asks for a fresh report alone.
template <class Show>
void with_report(const CallPtr& call, Show show) {
  using Report = Result<schema::CountersReportT>;
  call->backend->link->counters(hop<Report>(call, [call, show](Report report) {
    if (!report) return call->reply->send(error_response(report.error()));
    call->reply->send(json_response(call->route->status, items(show(std::move(*report)))));
  }));
}

}  // namespace

void list_workers(const CallPtr& call) {
  with_report(call, [call](schema::CountersReportT fresh) {
    const auto report = std::make_shared<const schema::CountersReportT>(std::move(fresh));
    const auto base = call->backend->load.push(report, call->backend->clock.monotonic_ns());
    json list = json::array();
    for (const auto& worker : report->workers) list.push_back(worker_json(*worker, base.get()));
    return list;
  });
}

void list_ports(const CallPtr& call) {
  with_report(call, [](const schema::CountersReportT& report) {
    json list = json::array();
    for (const auto& port : report.ports) list.push_back(port_json(*port));
    return list;
  });
}

}  // namespace demarc::cp::handlers
