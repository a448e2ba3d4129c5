#include <numeric>

#include "controlplane/api/handlers.h"
#include "controlplane/api/report_window.h"
#include "controlplane/api/snapshot.h"
#include "controlplane/exporter/latency_counts.h"

namespace demarc::cp::handlers {
namespace {

// The rows of a report by their tenant; of one that there may not be.
using RowsByTenant = std::map<uint32_t, const schema::TenantCountersT*>;
RowsByTenant rows_of(const LoadWindow::Report& report) {
  RowsByTenant rows;
  if (report != nullptr)
    for (const auto& row : report->tenants) rows.emplace(row->tenant, row.get());
  return rows;
}

std::optional<LatencyCounts> counts_of(const RowsByTenant& rows, TenantId tenant) {
  const auto it = rows.find(tenant.value);
  if (it == rows.end()) return std::nullopt;
  return latency_counts(*it->second);
}

// Packets, and the percentiles when there are any; `prefix` before the members' names.
void add_counts(const LatencyCounts& counts, const std::string& prefix, json& out) {
  const uint64_t packets = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  out[prefix + "packets"] = packets;
  if (packets == 0) return;
  out[prefix + "p50_ns"] = log_linear_percentile(counts, 0, 500);
  out[prefix + "p99_ns"] = log_linear_percentile(counts, 0, 990);
  out[prefix + "p999_ns"] = log_linear_percentile(counts, 0, 999);
}

LatencyCounts since(const LatencyCounts& now, const LatencyCounts& before) {
  LatencyCounts out{};
  for (size_t i = 0; i < out.size(); ++i) out[i] = before[i] <= now[i] ? now[i] - before[i] : now[i];
  return out;
}

json latencies(const ReportWindow& window, const Names& names) {
  const RowsByTenant now = rows_of(window.now), base = rows_of(window.base);
  json list = json::array();
  for (const auto& [id, name] : names) {
    const LatencyCounts all = counts_of(now, id).value_or(LatencyCounts{});
    const auto before = counts_of(base, id);
    json row{{"tenant", name}};
    if (const auto ms = window.milliseconds()) row["window_ms"] = *ms;
    add_counts(before ? since(all, *before) : all, "", row);
    add_counts(all, "total_", row);
    list.push_back(std::move(row));
  }
  return list;
}

// Hands the tenants' names and a report to `answer`.
template <class Answer>
void with_names(const CallPtr& call, Result<Names> (*tenants)(const Model&, const Call&), Answer answer) {
  read_then(
      call, [call, tenants](const Model& model) { return tenants(model, *call); },
      [call, answer](const Result<Names>& names) {
        if (!names) return call->reply->send(error_response(names.error()));
        with_window(call, [call, answer, names = *names](const Result<ReportWindow>& window) {
          if (!window) return call->reply->send(error_response(window.error()));
          call->reply->send(json_response(call->route->status, answer(*window, names)));
        });
      });
}

}  // namespace

void list_latency(const CallPtr& call) {
  with_names(call, all_tenants,
             [](const ReportWindow& window, const Names& names) { return items(latencies(window, names)); });
}

void get_tenant_latency(const CallPtr& call) {
  with_names(call, tenant_of_path,
             [](const ReportWindow& window, const Names& names) { return latencies(window, names).front(); });
}

}  // namespace demarc::cp::handlers
