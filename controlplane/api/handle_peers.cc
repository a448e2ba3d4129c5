#include "common/base/ip_address.h"
#include "controlplane/api/handlers.h"

namespace demarc::cp::handlers {
namespace {

// The tenant of the path and the names of its GTP-U endpoints.
struct Endpoints {
  TenantId tenant;
  std::map<uint32_t, std::string> names;
};

Result<Endpoints> endpoints_of(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  Endpoints out{.tenant = (*tenant)->id, .names = {}};
  for (const GtpuEndpoint* e : model.endpoints_of(out.tenant)) out.names[e->id.value] = e->name;
  return out;
}

std::string address_of(const schema::PeerT& peer) {
  const auto ipv6 = ipv6_from_bytes({peer.ipv6.data(), peer.ipv6.size()});
  return ipv6 ? to_string(*ipv6) : to_string(Ipv4Address{peer.ipv4});
}

json peers_json(const schema::PeerReportT& report, const Endpoints& endpoints) {
  json list = json::array();
  for (const auto& p : report.peers) {
    if (p->tenant != endpoints.tenant.value) continue;  // whatever the data plane sends: a tenant sees its own
    const auto name = endpoints.names.find(p->gtpu_endpoint);
    const bool seen = p->last_seen_ms != UINT64_MAX;
    json row = {{"endpoint", name != endpoints.names.end() ? name->second : ""},
                {"address", address_of(*p)},
                {"state", p->state},
                {"sessions", p->sessions},
                {"echo_requests", p->echo_requests},
                {"echo_responses", p->echo_responses}};
    if (seen) row["last_seen_ms"] = p->last_seen_ms;
    if (seen) row["round_trip_us"] = p->round_trip_us;
    list.push_back(std::move(row));
  }
  return list;
}

}  // namespace

void list_peers(const CallPtr& call) {
  using Report = Result<schema::PeerReportT>;
  read_then(
      call, [call](const Model& model) { return endpoints_of(model, *call); },
      [call](const Result<Endpoints>& found) {
        if (!found) return call->reply->send(error_response(found.error()));
        call->backend->link->peers(
            found->tenant, hop<Report>(call, [call, endpoints = *found](const Report& report) {
              if (!report) return call->reply->send(error_response(report.error()));
              call->reply->send(json_response(call->route->status, items(peers_json(*report, endpoints))));
            }));
      });
}

}  // namespace demarc::cp::handlers
