#include "controlplane/api/handlers.h"
#include "controlplane/api/snapshot.h"

namespace demarc::cp::handlers {
namespace {

json sync_json(const LinkStatus& link, const Names& names) {
  Snapshot labels;
  labels.tenants = names;
  json list = json::array();
  for (const TenantSync& row : link.tenants) {
    json item{{"tenant", tenant_label(labels, row.tenant)},
              {"entries", row.ours.entries},
              {"digest", hex64(row.ours.digest)},
              {"why", row.why}};
    // What a data plane had that is not there any more says nothing about one that will come.
    if (link.connected)
      item.update({{"data_plane_entries", row.theirs.entries},
                   {"data_plane_digest", hex64(row.theirs.digest)},
                   {"equal", row.ours == row.theirs}});
    list.push_back(std::move(item));
  }
  return {{"connected", link.connected},
          {"in_sync", link.in_sync},
          {"why", link.why},
          {"boot_id", hex64(link.boot_id)},
          {"data_plane",
           {{"boot_id", hex64(link.data_plane_boot_id)},
            {"version", link.data_plane_version},
            {"started", utc_time(link.data_plane_started_wall_ns)}}},
          {"epoch", link.epoch},
          {"transactions", link.transactions},
          {"resyncs", link.resyncs},
          {"waiting_updates", link.waiting_updates},
          {"items", std::move(list)}};
}

// The tenant of the path and the names of its attachments.
struct Attachments {
  TenantId tenant;
  std::map<uint32_t, std::string> names;
};

Result<Attachments> attachments_of(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  Attachments out{.tenant = (*tenant)->id, .names = {}};
  for (const Attachment* a : model.attachments_of(out.tenant)) out.names[a->id.value] = a->name;
  return out;
}

json neighbors_json(const schema::NeighborReportT& report, const Attachments& attachments) {
  json list = json::array();
  for (const auto& n : report.neighbors) {
    if (n->tenant != attachments.tenant.value) continue;  // whatever the data plane sends: a tenant sees its own
    const auto name = attachments.names.find(n->attachment);
    const auto ipv6 = ipv6_from_bytes(n->ipv6);
    list.push_back({{"attachment", name != attachments.names.end() ? name->second : ""},
                    {"address", ipv6 ? to_string(*ipv6) : to_string(Ipv4Address{n->ipv4})},
                    {"mac", hex_bytes(n->mac, ":")},
                    {"state", n->state},
                    {"age_ms", n->age_ms}});
  }
  return list;
}

}  // namespace

void get_sync(const CallPtr& call) {
  call->backend->link->status(hop<LinkStatus>(call, [call](const LinkStatus& status) {
    read_then(
        call, [call](const Model& model) { return all_tenants(model, *call); },
        [call, status](const Result<Names>& names) {
          call->reply->send(json_response(call->route->status, sync_json(status, *names)));
        });
  }));
}

void list_neighbors(const CallPtr& call) {
  using Report = Result<schema::NeighborReportT>;
  read_then(
      call, [call](const Model& model) { return attachments_of(model, *call); },
      [call](const Result<Attachments>& found) {
        if (!found) return call->reply->send(error_response(found.error()));
        call->backend->link->neighbors(
            found->tenant, hop<Report>(call, [call, attachments = *found](const Report& report) {
              if (!report) return call->reply->send(error_response(report.error()));
              call->reply->send(json_response(call->route->status, items(neighbors_json(*report, attachments))));
            }));
      });
}

}  // namespace demarc::cp::handlers
