// A data plane for the channel's tests: its tables are an EntryMap.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "dataplane/agent/channel_handler.h"

namespace demarc::test {

class FakeDataPlane : public dp::ChannelHandler {
 public:
  schema::HelloT hello() override {
    schema::HelloT h;
    h.version_text = "test";
    h.workers = 1;
    h.capacity = std::make_unique<schema::CapacityT>();
    h.capacity->sessions = 77;
    auto port = std::make_unique<schema::PortT>();
    port->name = "p0";
    h.ports.push_back(std::move(port));
    return h;
  }
  dp::ApplyResult apply(std::vector<channel::TableUpdate> updates) override {
    ++transactions;
    for (uint32_t i = 0; i < updates.size(); ++i)
      if (updates[i].operation == schema::OperationKind::put && refused.contains(updates[i].key))
        return tl::unexpected(
            dp::Refusal{name_operation ? i : UINT32_MAX,
                        {ErrorCode::exhausted, "entry " + std::to_string(updates[i].key.id) + ": the table is full"}});
    for (const auto& update : updates) map.apply(update);
    applied += updates.size();
    return {};
  }
  const channel::EntryMap& entries() const override { return map; }
  schema::CountersReportT counters() override {
    ++reports;
    schema::CountersReportT r;
    r.wall_ns = reports;
    return r;
  }
  schema::NeighborReportT neighbors(TenantId tenant) override {
    schema::NeighborReportT r;
    auto n = std::make_unique<schema::NeighborT>();
    n->tenant = tenant.value;
    n->ipv4 = 0x0a000001;
    r.neighbors.push_back(std::move(n));
    return r;
  }
  std::vector<schema::PeerReportT> peers(TenantId tenant) override {
    std::vector<schema::PeerReportT> parts(2);
    for (schema::PeerReportT& part : parts) {
      auto& peer = part.peers.emplace_back(std::make_unique<schema::PeerT>());
      peer->tenant = tenant.value;
    }
    parts[1].last = true;
    return parts;
  }
  schema::SessionUsageT session_usage(TenantId tenant, Seid session) override {
    schema::SessionUsageT usage;
    usage.found = session.value != 404;
    usage.uplink_packets = tenant.value;
    usage.downlink_packets = session.value;
    return usage;
  }
  void trace(uint64_t request, TenantId, uint32_t packets) override { traces.emplace_back(request, packets); }
  void capture(const schema::CaptureRequest& request) override {
    captures.push_back({request.request(), request.packets()});
  }
  void on_connected(uint64_t epoch) override { epochs.push_back(epoch); }
  void on_refused(const std::string& sentence) override { refusals.push_back(sentence); }
  void on_lost(const std::string& why) override { losses.push_back(why); }

  channel::EntryMap map;
  std::vector<std::pair<uint64_t, uint32_t>> captures;  // request, packets
  std::set<channel::EntryKey> refused;
  bool name_operation = true;
  size_t transactions = 0, applied = 0, reports = 0;
  std::vector<std::pair<uint64_t, uint32_t>> traces;
  std::vector<uint64_t> epochs;
  std::vector<std::string> refusals, losses;
};

inline channel::EntryKey key(uint32_t tenant, schema::EntryKind kind, uint64_t id) {
  return {TenantId(tenant), kind, id};
}

// Some bytes: the channel does not look into them.
inline channel::TableUpdate put_bytes(const channel::EntryKey& k, std::string value) {
  return {schema::OperationKind::put, k, std::move(value)};
}

// `count` routes of the tenant.
inline std::vector<channel::TableUpdate> routes(uint32_t tenant, uint64_t first, uint64_t count,
                                                const std::string& salt = "route") {
  std::vector<channel::TableUpdate> updates;
  for (uint64_t id = first; id < first + count; ++id)
    updates.push_back(put_bytes(key(tenant, schema::EntryKind::route, id), salt + std::to_string(id)));
  return updates;
}

inline bool same(const channel::EntryMap& a, const channel::EntryMap& b) {
  if (a.tenants() != b.tenants()) return false;
  for (TenantId t : a.tenants())
    if (a.summary(t) != b.summary(t)) return false;
  return true;
}

}  // namespace demarc::test
