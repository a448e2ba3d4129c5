#include "controlplane/exporter/exporter.h"

#include <prometheus/text_serializer.h>

#include <string_view>
#include <utility>
#include <vector>

#include "common/defs/counter.h"
#include "common/defs/drop_reason.h"
#include "controlplane/exporter/families.h"
#include "controlplane/exporter/tenant_cost.h"

namespace demarc::cp {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

void add_one(Families& out, std::string name, std::string help, MetricType type, uint64_t value, Labels labels = {}) {
  MetricFamily f = family(std::move(name), std::move(help), type);
  add(f, std::move(labels), value);
  out.push_back(std::move(f));
}

uint64_t at(const std::vector<uint64_t>& values, size_t index) { return index < values.size() ? values[index] : 0; }

void collect_tenants(const Snapshot& s, Families& out) {
  for (size_t i = 0; i < kCounterCount; ++i) {
    // What waits now is a gauge; everything else only grows.
    const bool gauge = static_cast<Counter>(i) == Counter::held_packets;
    MetricFamily f = family("demarc_tenant_" + std::string(kCounters[i].name) + (gauge ? "" : "_total"),
                            std::string(kCounters[i].sentence), gauge ? MetricType::Gauge : MetricType::Counter);
    for (const auto& t : s.report->tenants)
      add(f, {{"tenant", tenant_label(s, TenantId{t->tenant})}}, at(t->counters, i));
    out.push_back(std::move(f));
  }
  std::string help = "packets that ended inside demarc, by reason";
  MetricFamily drops = family("demarc_tenant_drops_total", std::move(help), MetricType::Counter);
  for (const auto& t : s.report->tenants)
    for (size_t i = 0; i < kDropReasonCount; ++i)
      add(drops, {{"tenant", tenant_label(s, TenantId{t->tenant})}, {"reason", std::string(kDropReasons[i].name)}},
          at(t->drops, i));
  out.push_back(std::move(drops));
}

void collect_workers(const Snapshot& s, Families& out) {
  MetricFamily loops = family("demarc_worker_loops_total", "turns of the poll loop", MetricType::Counter);
  MetricFamily busy = family("demarc_worker_busy_loops_total", "turns that had packets", MetricType::Counter);
  MetricFamily cycles = family("demarc_worker_cycles_total", "TSC cycles since the start", MetricType::Counter);
  MetricFamily busy_cycles =
      family("demarc_worker_busy_cycles_total", "TSC cycles of turns that had packets", MetricType::Counter);
  MetricFamily shed =
      family("demarc_worker_shed_packets_total", "packets dropped early as overload", MetricType::Counter);
  for (const auto& w : s.report->workers) {
    const Labels labels{{"worker", std::to_string(w->index)}, {"core", std::to_string(w->core)}};
    add(loops, labels, w->loops);
    add(busy, labels, w->busy_loops);
    add(cycles, labels, w->cycles);
    add(busy_cycles, labels, w->busy_cycles);
    add(shed, labels, w->shed_packets);
  }
  for (auto* f : {&loops, &busy, &cycles, &busy_cycles, &shed}) out.push_back(std::move(*f));
}

void collect_stages(const Snapshot& s, Families& out) {
  MetricFamily calls = family("demarc_stage_calls_total", "bursts that the stage was given", MetricType::Counter);
  MetricFamily packets = family("demarc_stage_packets_total", "packets that the stage was given", MetricType::Counter);
  MetricFamily cycles = family("demarc_stage_cycles_total", "TSC cycles spent in the stage", MetricType::Counter);
  for (const auto& w : s.report->workers)
    for (const auto& stage : w->stages) {
      const Labels labels{{"worker", std::to_string(w->index)}, {"stage", stage->name}};
      add(calls, labels, stage->calls);
      add(packets, labels, stage->packets);
      add(cycles, labels, stage->cycles);
    }
  for (auto* f : {&calls, &packets, &cycles}) out.push_back(std::move(*f));
}

void collect_ports(const Snapshot& s, Families& out) {
  MetricFamily up = family("demarc_port_up", "1 when the port's link is up", MetricType::Gauge);
  MetricFamily rx = family("demarc_port_rx_packets_total", "frames received", MetricType::Counter);
  MetricFamily tx = family("demarc_port_tx_packets_total", "frames sent", MetricType::Counter);
  MetricFamily missed =
      family("demarc_port_rx_missed_total", "frames that arrived when no descriptor was free", MetricType::Counter);
  for (const auto& p : s.report->ports) {
    const Labels labels{{"port", p->name}};
    add(up, labels, p->link_up ? 1 : 0);
    add(rx, labels, p->rx_packets);
    add(tx, labels, p->tx_packets);
    add(missed, labels, p->rx_missed);
  }
  for (auto* f : {&up, &rx, &tx, &missed}) out.push_back(std::move(*f));
}

void collect_link(const LinkStatus& link, Families& out) {
  add_one(out, "demarc_up", "1: demarcd answers", MetricType::Gauge, 1, {{"version", DEMARC_VERSION}});
  add_one(out, "demarc_data_plane_up", "1 when demarc-dp is connected", MetricType::Gauge, link.connected ? 1 : 0);
  add_one(out, "demarc_in_sync", "1 when the data plane holds what the store says", MetricType::Gauge,
          link.in_sync ? 1 : 0);
  add_one(out, "demarc_sync_waiting_updates", "table updates not yet acknowledged", MetricType::Gauge,
          link.waiting_updates);
  add_one(out, "demarc_sync_resyncs_total", "comparisons of all digests since demarcd's start", MetricType::Counter,
          link.resyncs);
  add_one(out, "demarc_sync_transactions", "transactions acknowledged in this epoch", MetricType::Gauge,
          link.transactions);
}

void collect_api_calls(const Snapshot& s, Families& out) {
  MetricFamily taken = family("demarc_api_calls_total", "API calls with keys of the tenant", MetricType::Counter);
  MetricFamily refused =
      family("demarc_api_calls_refused_total", "API calls beyond the tenant's rate, answered 429", MetricType::Counter);
  for (const auto& [tenant, counts] : s.api_calls) {
    add(taken, {{"tenant", tenant_label(s, tenant)}}, counts.taken);
    add(refused, {{"tenant", tenant_label(s, tenant)}}, counts.refused);
  }
  for (auto* f : {&taken, &refused}) out.push_back(std::move(*f));
}

}  // namespace

std::string tenant_label(const Snapshot& snapshot, TenantId tenant) {
  if (tenant.value == 0) return kHouseName;
  const auto it = snapshot.tenants.find(tenant);
  return it != snapshot.tenants.end() ? it->second : "#" + std::to_string(tenant.value);
}

std::vector<MetricFamily> Exporter::Collect() const {
  Families out;
  collect_link(snapshot_.link, out);
  collect_api_calls(snapshot_, out);
  if (!snapshot_.report) return out;
  collect_tenants(snapshot_, out);
  collect_latency(snapshot_, out);
  collect_worker_cycles(snapshot_, out);
  collect_workers(snapshot_, out);
  collect_stages(snapshot_, out);
  collect_ports(snapshot_, out);
  return out;
}

std::string metrics_text(const prometheus::Collectable& collectable) {
  return prometheus::TextSerializer{}.Serialize(collectable.Collect());
}

}  // namespace demarc::cp
