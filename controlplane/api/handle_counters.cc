#include "common/defs/counter.h"
#include "common/defs/drop_reason.h"
#include "controlplane/api/handlers.h"
#include "controlplane/api/snapshot.h"

namespace demarc::cp::handlers {
namespace {

uint64_t at(const std::vector<uint64_t>& values, size_t index) { return index < values.size() ? values[index] : 0; }

json counters_json(const std::string& tenant, const schema::TenantCountersT& row) {
  json out{{"tenant", tenant}};
  for (size_t i = 0; i < kCounterCount; ++i) out[std::string(kCounters[i].name)] = at(row.counters, i);
  uint64_t dropped = 0;
  for (size_t i = 0; i < kDropReasonCount; ++i) dropped += at(row.drops, i);
  const auto count = [&row](Counter c) { return at(row.counters, static_cast<size_t>(c)); };
  // Modulo 2^64, so that it is exact whatever wrapped; a negative balance is what it looks like.
  const uint64_t balance = count(Counter::received_packets) + count(Counter::originated_packets) -
                           count(Counter::sent_packets) - count(Counter::consumed_packets) -
                           count(Counter::held_packets) - dropped;
  out["dropped_packets"] = dropped;
  out["balance"] = static_cast<int64_t>(balance);
  return out;
}

void add_drops(json& list, const std::string& tenant, const schema::TenantCountersT& row, bool all) {
  for (size_t i = 0; i < kDropReasonCount; ++i)
    if (const uint64_t packets = at(row.drops, i); packets != 0 || all)
      list.push_back({{"tenant", tenant},
                      {"reason", std::string(kDropReasons[i].name)},
                      {"packets", packets},
                      {"sentence", std::string(kDropReasons[i].sentence)}});
}

// The report's row of a tenant; one of zeros for a tenant that the data plane does not have yet.
const schema::TenantCountersT& row_of(const Snapshot& snapshot, TenantId tenant) {
  static const schema::TenantCountersT kNone;
  for (const auto& row : snapshot.report->tenants)
    if (row->tenant == tenant.value) return *row;
  return kNone;
}

// Every tenant of the report with its name, and those of the model that the report does not have; the house first.
std::map<TenantId, const schema::TenantCountersT*> all_rows(const Snapshot& snapshot) {
  std::map<TenantId, const schema::TenantCountersT*> rows;
  for (const auto& row : snapshot.report->tenants) rows[TenantId{row->tenant}] = row.get();
  rows.try_emplace(TenantId{}, &row_of(snapshot, TenantId{}));
  for (const auto& [id, name] : snapshot.tenants) rows.try_emplace(id, &row_of(snapshot, id));
  return rows;
}

void answer(const CallPtr& call, const json& body) { call->reply->send(json_response(call->route->status, body)); }

}  // namespace

void list_counters(const CallPtr& call) {
  with_snapshot(call, all_tenants, [call](const Snapshot& snapshot) {
    json list = json::array();
    for (const auto& [id, row] : all_rows(snapshot)) list.push_back(counters_json(tenant_label(snapshot, id), *row));
    json body = items(std::move(list));
    body["boot_id"] = hex64(snapshot.link.data_plane_boot_id);
    body["started"] = utc_time(snapshot.link.data_plane_started_wall_ns);
    answer(call, body);
  });
}

void get_tenant_counters(const CallPtr& call) {
  with_snapshot(call, tenant_of_path, [call](const Snapshot& snapshot) {
    const auto& [id, name] = *snapshot.tenants.begin();
    answer(call, counters_json(name, row_of(snapshot, id)));
  });
}

void list_drops(const CallPtr& call) {
  const auto all = call->flag("all");
  if (!all) return call->reply->send(error_response(all.error()));
  with_snapshot(call, all_tenants, [call, all = *all](const Snapshot& snapshot) {
    json list = json::array();
    for (const auto& [id, row] : all_rows(snapshot)) add_drops(list, tenant_label(snapshot, id), *row, all);
    answer(call, items(std::move(list)));
  });
}

void list_tenant_drops(const CallPtr& call) {
  const auto all = call->flag("all");
  if (!all) return call->reply->send(error_response(all.error()));
  with_snapshot(call, tenant_of_path, [call, all = *all](const Snapshot& snapshot) {
    const auto& [id, name] = *snapshot.tenants.begin();
    json list = json::array();
    add_drops(list, name, row_of(snapshot, id), all);
    answer(call, items(std::move(list)));
  });
}

void get_metrics(const CallPtr& call) {
  with_snapshot(
      call, all_tenants,
      [call](Snapshot snapshot) {
        ApiCalls& calls = call->backend->api_calls;
        calls.forget([&snapshot](TenantId tenant) { return !snapshot.tenants.contains(tenant); });
        for (const auto& [tenant, name] : snapshot.tenants) snapshot.api_calls[tenant] = calls.counts(tenant);
        call->reply->send({.status = call->route->status,
                           .content_type = "text/plain; version=0.0.4; charset=utf-8",
                           .body = metrics_text(Exporter(std::move(snapshot)))});
      },
      /*without_report=*/true);
}

}  // namespace demarc::cp::handlers
