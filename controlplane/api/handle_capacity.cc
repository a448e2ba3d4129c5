#include <algorithm>
#include <bit>
#include <utility>

#include "controlplane/api/handlers.h"
#include "controlplane/api/report_window.h"
#include "controlplane/exporter/exporter.h"
#include "controlplane/model/capacity.h"

namespace demarc::cp::handlers {
namespace {

constexpr size_t kTenantsShown = 10;

// What the model says of it.
struct Look {
  CapacityBook book;
  Snapshot names;                          // tenants' names alone
  std::map<unsigned, std::string> owners;  // of workers that are one tenant's alone
};

Look look_at(const Edit& edit) {
  Look look{edit.capacity(), {}, {}};
  for (const auto& [id, tenant] : edit.model().tenants) {
    look.names.tenants.emplace(id, tenant.name);
    for (uint64_t rest = tenant.tier.workers; rest != 0; rest &= rest - 1)
      look.owners.emplace(std::countr_zero(rest), tenant.name);
  }
  return look;
}

json guarantee_json(const Guarantee& g) { return {{"pps", g.pps}, {"bps", g.bps}}; }

uint64_t at(const std::vector<uint64_t>& values, size_t index) { return index < values.size() ? values[index] : 0; }

// What each tenant cost the worker over the window, largest first, in cycles; those that cost nothing are not there.
std::vector<std::pair<uint64_t, uint32_t>> costs_of(const ReportWindow& window, size_t worker,
                                                    std::optional<size_t> place) {
  std::map<uint32_t, uint64_t> before;
  if (place)
    for (const auto& row : window.base->tenants) before[row->tenant] = at(row->worker_cycles, *place);
  std::vector<std::pair<uint64_t, uint32_t>> costs;
  for (const auto& row : window.now->tenants) {
    const uint64_t now = at(row->worker_cycles, worker);
    const auto it = before.find(row->tenant);
    const uint64_t cost = it == before.end() || it->second > now ? now : now - it->second;
    if (cost != 0) costs.emplace_back(cost, row->tenant);
  }
  std::ranges::sort(
      costs, [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  return costs;
}

json worker_json(const Look& look, const ReportWindow& window, size_t index) {
  const auto& worker = *window.now->workers[index];
  const auto place = place_in(window.base.get(), worker);
  const uint64_t cycles = worker.cycles - (place ? window.base->workers[*place]->cycles : 0);
  const auto percent = [cycles](uint64_t of) {
    return cycles == 0 ? 0.0 : rounded(100.0 * static_cast<double>(of) / static_cast<double>(cycles));
  };
  const auto costs = costs_of(window, index, place);
  json tenants = json::array();
  uint64_t others = 0;
  for (size_t i = 0; i < costs.size(); ++i) {
    if (i >= kTenantsShown) {
      others += costs[i].first;
      continue;
    }
    tenants.push_back(
        {{"tenant", tenant_label(look.names, TenantId{costs[i].second})}, {"percent", percent(costs[i].first)}});
  }
  json out{{"worker", worker.index},
           {"core", worker.core},
           {"load_percent", rounded(load_percent(worker, window.base.get()))},
           {"shed_packets", worker.shed_packets},
           {"tenants", std::move(tenants)}};
  if (others != 0) out["others_percent"] = percent(others);
  if (const auto owner = look.owners.find(worker.index); owner != look.owners.end()) out["owner"] = owner->second;
  return out;
}

json capacity_json(const Look& look, const Result<ReportWindow>& window) {
  json list = json::array();
  for (size_t i = 0; window && i < window->now->workers.size(); ++i) list.push_back(worker_json(look, *window, i));
  json out = items(std::move(list));
  out["why"] = window ? "" : window.error().message;
  if (window)
    if (const auto ms = window->milliseconds()) out["window_ms"] = *ms;
  const CapacityBook& book = look.book;
  out["workers_known"] = book.workers_known;
  out["shared_workers"] = book.shared_workers();
  out["for_sale"] = guarantee_json(book.for_sale);
  out["sold"] = guarantee_json(book.sold);
  out["left"] = guarantee_json(book.left());
  out["overbooked"] = book.overbooked();
  return out;
}

}  // namespace

// What has been sold is known without a data plane, too.
void get_capacity(const CallPtr& call) {
  call->backend->core.look([call](const Edit& edit) {
    call->backend->post([call, look = std::make_shared<const Look>(look_at(edit))] {
      with_window(call, [call, look](const Result<ReportWindow>& window) {
        call->reply->send(json_response(call->route->status, capacity_json(*look, window)));
      });
    });
  });
}

}  // namespace demarc::cp::handlers
