// What a tenant has of what all share, and what it may have: entries, API calls, captures, and its rates.
#include <fmt/format.h>

#include "controlplane/api/handlers.h"
#include "controlplane/api/rate_window.h"
#include "controlplane/api/target.h"

namespace demarc::cp::handlers {
namespace {

// What the core knows.
struct Known {
  TenantId tenant;
  std::vector<Quota> quotas;
  Rates rates;
};

bool is_calls(const Quota& quota) { return quota.what == std::string_view(quota_name(Shared::api_calls)); }
bool is_captures(const Quota& quota) { return quota.what == std::string_view(quota_name(Shared::captures)); }

json quota_json(const Quota& quota) {
  json row{{"what", quota.what}, {"about", quota.words}, {"limit", quota.limit}};
  if (is_calls(quota)) row["unit"] = "call/s";
  if (!is_calls(quota) && !is_captures(quota)) row["used"] = quota.used;
  if (quota.reserved) row["reserved"] = *quota.reserved;
  if (quota.own) row["own"] = true;
  return row;
}

json rate_json(const char* what, const char* about, const char* unit, uint64_t limit,
               const std::optional<uint64_t>& used) {
  json row{{"what", what}, {"about", about}, {"unit", unit}};
  if (limit != 0) row["limit"] = limit;
  if (used) row["used"] = *used;
  return row;
}

void add_rates(const Rates& most, const std::optional<RatesUsed>& used, json& list) {
  const auto of = [&used](uint64_t RatesUsed::*rate) { return used ? std::optional((*used).*rate) : std::nullopt; };
  list.push_back(rate_json("uplink_bits", "bits from UEs", "bit/s", most.uplink_bps, of(&RatesUsed::uplink_bps)));
  list.push_back(rate_json("downlink_bits", "bits to UEs", "bit/s", most.downlink_bps, of(&RatesUsed::downlink_bps)));
  list.push_back(
      rate_json("uplink_packets", "packets from UEs", "packet/s", most.uplink_pps, of(&RatesUsed::uplink_pps)));
  list.push_back(
      rate_json("downlink_packets", "packets to UEs", "packet/s", most.downlink_pps, of(&RatesUsed::downlink_pps)));
}

Result<Known> known_of(const Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  return Known{(*tenant)->id, edit.quotas((*tenant)->id), (*tenant)->rates};
}

// On the io thread.
json list_of(Backend& backend, const Known& known, bool connected) {
  json list = json::array();
  for (const Quota& quota : known.quotas) {
    json& row = list.emplace_back(quota_json(quota));
    if (is_calls(quota)) row["used"] = backend.api_calls.in_last_second(known.tenant, backend.clock.monotonic_ns());
    if (is_captures(quota)) row["used"] = backend.captures.of(known.tenant);
  }
  const auto used = connected ? rates_used(backend.link->last_counters(), known.tenant) : std::nullopt;
  add_rates(known.rates, used, list);
  return list;
}

void answer(const CallPtr& call, const Known& known) {
  call->backend->link->status(hop<LinkStatus>(call, [call, known](const LinkStatus& status) {
    call->reply->send(json_response(call->route->status, items(list_of(*call->backend, known, status.connected))));
  }));
}

// The path's tenant and kind of quota.
struct Named {
  TenantId tenant;
  Shared what;
};
Result<Named> named_by(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto what = quota_of_name(call.param("what"));
  if (!what)
    return fail(ErrorCode::not_found,
                "there is no quota of " + in_quotes(call.param("what")) + "; there are: " + quota_names());
  return Named{(*tenant)->id, *what};
}

std::optional<uint64_t> number_in(const json& body, const char* member) {
  const auto it = body.find(member);
  return it == body.end() ? std::nullopt : std::optional(it->get<uint64_t>());
}

// What the answer to a change has besides: what becomes of what the tenant has too much of.
json changed_json(const Quota& quota) {
  json out = quota_json(quota);
  if (quota.used > quota.limit)
    out["note"] = fmt::format("it has {} now: nothing is taken away, and nothing new is let in", quota.used);
  return out;
}

}  // namespace

void list_quota(const CallPtr& call) {
  call->backend->core.look([call](const Edit& edit) {
    call->backend->post([call, known = known_of(edit, *call)] {
      if (!known) return call->reply->send(error_response(known.error()));
      answer(call, *known);
    });
  });
}

Result<json> set_quota(Edit& edit, const Call& call) {
  const auto named = named_by(edit.model(), call);
  if (!named) return tl::unexpected(named.error());
  const auto set =
      edit.set_quota(named->tenant, named->what, number_in(call.body, "limit"), number_in(call.body, "reserved"));
  if (!set) return tl::unexpected(set.error());
  return changed_json(*set);
}

Result<json> unset_quota(Edit& edit, const Call& call) {
  const auto named = named_by(edit.model(), call);
  if (!named) return tl::unexpected(named.error());
  if (auto unset = edit.unset_quota(named->tenant, named->what); !unset) return tl::unexpected(unset.error());
  return changed_json(edit.quota(named->tenant, named->what));
}

}  // namespace demarc::cp::handlers
