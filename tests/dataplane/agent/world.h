// A data plane's tables with an Applier, without workers that run, and short ways to write entries.
#pragma once

#include <rte_ring.h>
#include <rte_ring_elem.h>

#include <memory>
#include <string>
#include <vector>

#include "dataplane/agent/apply.h"
#include "tests/dataplane/eal_fixture.h"

namespace demarc::dp::test {

using channel::EntryKey;
using channel::TableUpdate;
using schema::EntryKind;

inline constexpr uint32_t ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }

inline EntryKey key(uint32_t tenant, EntryKind kind, uint64_t id) { return {TenantId(tenant), kind, id}; }

inline TableUpdate put_tenant(uint32_t tenant, bool suspended = false) {
  schema::TenantEntryT e;
  e.name = "tenant" + std::to_string(tenant);
  e.suspended = suspended;
  return channel::put(key(tenant, EntryKind::tenant, tenant), e);
}
inline TableUpdate put_vrf(uint32_t tenant, uint32_t id, bool core) {
  schema::VrfEntryT e;
  e.name = core ? "internet" : "access";
  e.role = core ? schema::VrfRole::core : schema::VrfRole::access;
  return channel::put(key(tenant, EntryKind::vrf, id), e);
}
inline TableUpdate put_attachment(uint32_t tenant, uint32_t id, uint32_t vrf, uint16_t vlan, uint32_t ipv4,
                                  uint8_t length = 24, const char* port = "uplink") {
  schema::AttachmentEntryT e;
  e.port = port;
  e.vlan = vlan;
  e.vrf = vrf;
  e.ipv4 = ipv4;
  e.ipv4_prefix_length = length;
  return channel::put(key(tenant, EntryKind::attachment, id), e);
}
inline TableUpdate put_endpoint(uint32_t tenant, uint32_t id, uint32_t vrf, uint32_t ipv4) {
  schema::GtpuEndpointEntryT e;
  e.vrf = vrf;
  e.ipv4 = ipv4;
  return channel::put(key(tenant, EntryKind::gtpu_endpoint, id), e);
}
inline TableUpdate put_route(uint32_t tenant, uint32_t id, uint32_t vrf, uint32_t prefix, uint8_t length,
                             uint32_t attachment, uint32_t gateway) {
  schema::RouteEntryT e;
  e.vrf = vrf;
  e.prefix = prefix;
  e.prefix_length = length;
  e.attachment = attachment;
  e.gateway = gateway;
  return channel::put(key(tenant, EntryKind::route, id), e);
}

// An uplink and a downlink PDR, a FAR each and a QER.
inline schema::SessionEntryT session_entry(uint32_t access_vrf, uint32_t core_vrf, uint32_t endpoint, uint32_t teid,
                                           uint32_t ue, uint8_t qfi = 9) {
  schema::SessionEntryT s;
  auto ul = std::make_unique<schema::PdrEntryT>();
  ul->pdr_id = 1;
  ul->precedence = 200;
  ul->source_interface = schema::SourceInterface::access;
  ul->vrf = access_vrf;
  ul->gtpu_endpoint = endpoint;
  ul->teid = teid;
  ul->outer_header_removal = true;
  ul->ue_ipv4 = ue;
  ul->far_id = 1;
  ul->qer_ids = {1};
  auto dl = std::make_unique<schema::PdrEntryT>();
  dl->pdr_id = 2;
  dl->precedence = 100;
  dl->source_interface = schema::SourceInterface::core;
  dl->vrf = core_vrf;
  dl->ue_ipv4 = ue;
  dl->far_id = 2;
  dl->qer_ids = {1};
  auto to_core = std::make_unique<schema::FarEntryT>();
  to_core->far_id = 1;
  to_core->apply_action = schema::ApplyAction::forward;
  to_core->destination_interface = schema::DestinationInterface::core;
  to_core->vrf = core_vrf;
  auto to_access = std::make_unique<schema::FarEntryT>();
  to_access->far_id = 2;
  to_access->apply_action = schema::ApplyAction::forward;
  to_access->destination_interface = schema::DestinationInterface::access;
  to_access->vrf = access_vrf;
  to_access->outer_header_creation = true;
  to_access->gtpu_endpoint = endpoint;
  to_access->teid = teid + 1;
  to_access->peer_ipv4 = ip(10, 1, 0, 2);
  auto qer = std::make_unique<schema::QerEntryT>();
  qer->qer_id = 1;
  qer->qfi = qfi;
  s.pdrs.push_back(std::move(ul));
  s.pdrs.push_back(std::move(dl));
  s.fars.push_back(std::move(to_core));
  s.fars.push_back(std::move(to_access));
  s.qers.push_back(std::move(qer));
  return s;
}
inline TableUpdate put_session(uint32_t tenant, uint64_t seid, const schema::SessionEntryT& entry) {
  return channel::put(key(tenant, EntryKind::session, seid), entry);
}
// Makes a session_entry() in the tables of base() one of N9: in place of the core VRF a tunnel (TEID 0x1002) from and
// to `anchor` (0x2002).
inline void lead_into_tunnels(schema::SessionEntryT& s, uint32_t anchor) {
  s.pdrs[1]->vrf = s.fars[0]->vrf = 1;
  s.pdrs[1]->gtpu_endpoint = s.fars[0]->gtpu_endpoint = 1;
  s.pdrs[1]->teid = 0x1002;
  s.pdrs[1]->outer_header_removal = true;
  s.fars[0]->outer_header_creation = true;
  s.fars[0]->teid = 0x2002;
  s.fars[0]->peer_ipv4 = anchor;
}
// In the tables of base().
inline TableUpdate put_session(uint32_t tenant, uint64_t seid, uint32_t teid, uint32_t ue) {
  return put_session(tenant, seid, session_entry(1, 2, 1, teid, ue));
}
inline TableUpdate drop(uint32_t tenant, EntryKind kind, uint64_t id) { return channel::remove(key(tenant, kind, id)); }

// One tenant with an access VRF (1) on VLAN `vlan`, a core VRF (2) on VLAN `vlan` + 1, a GTP-U endpoint and a default
// route. Every tenant has the same ids and addresses.
inline std::vector<TableUpdate> base(uint32_t tenant, uint16_t vlan) {
  return {put_tenant(tenant),
          put_vrf(tenant, 1, false),
          put_vrf(tenant, 2, true),
          put_attachment(tenant, 1, 1, vlan, ip(10, 1, 0, 1)),
          put_attachment(tenant, 2, 2, static_cast<uint16_t>(vlan + 1), ip(10, 2, 0, 1)),
          put_endpoint(tenant, 1, 1, ip(10, 1, 0, 1)),
          put_route(tenant, 1, 2, 0, 0, 2, ip(10, 2, 0, 254))};
}

class World {
 public:
  explicit World(Capacities c = small(), unsigned worker_count = 2, uint32_t spare_tenant_slots = 8,
                 unsigned session_owners = 1)
      : capacities(c), reclaimer(worker_count), worker_rows(new WorkerShared[worker_count]) {
    static int number = 0;
    const std::string name = "w" + std::to_string(number++);
    sessions = std::move(*SessionTable::create(c.sessions, reclaimer, (name + "s").c_str(), session_owners));
    neighbors = std::move(*NeighborTable::create(c.neighbors, reclaimer, (name + "n").c_str()));
    tables.sessions = sessions.get();
    tables.neighbors = neighbors.get();
    workers = {worker_rows.get(), worker_count};
    for (unsigned i = 0; i < worker_count; ++i) {
      WorkerShared& w = workers[i];
      w.index = static_cast<uint16_t>(i);
      w.tenant_slots = c.tenants + 1 + spare_tenant_slots;
      w.tenants = std::make_unique<TenantCounters[]>(w.tenant_slots);
      w.loads = std::make_unique<TenantLoad[]>(w.tenant_slots);
      w.trace = std::make_unique<TraceControl>(w.tenant_slots);
      w.to_agent_taken = std::make_unique<OwnedCounter[]>(w.tenant_slots);
      w.to_agent = ring(name + "t" + std::to_string(i), sizeof(ToAgent));
      w.from_agent = ring(name + "f" + std::to_string(i), sizeof(ToWorker));
      w.trace_ring = ring(name + "r" + std::to_string(i), sizeof(TraceRecord));
    }
    for (const char* port : {"uplink", "core0"}) {
      AgentPort p;
      p.name = port;
      p.index = PortIndex(static_cast<uint16_t>(ports.size()));
      p.mac = {2, 0, 0, 0, 0, static_cast<uint8_t>(ports.size() + 1)};
      ports.push_back(p);
    }
    applier = std::move(*Applier::create(capacities, ports, tables, reclaimer, workers));
  }
  ~World() {
    applier.reset();
    for (WorkerShared& w : workers) {
      rte_ring_free(w.to_agent);
      rte_ring_free(w.from_agent);
      rte_ring_free(w.trace_ring);
    }
    while (reclaimer.reclaim() > 0) {
    }
  }
  World(const World&) = delete;

  static Capacities small() {
    Capacities c;
    c.tenants = 8;
    c.vrfs = c.attachments = c.gtpu_endpoints = 32;
    c.routes = 64;
    c.sessions = 128;
    c.neighbors = 256;
    return c;
  }

  ApplyResult apply(const std::vector<TableUpdate>& updates) { return applier->apply(updates); }
  const Topology& topology() const { return *tables.topology.load(); }
  // What the agent does between transactions.
  void settle() {
    while (reclaimer.reclaim() > 0) {
    }
    applier->slots().free_cooled(workers);
  }
  VrfSlot vrf(uint32_t tenant, uint32_t id) const { return state().slots.vrf(TenantId(tenant), VrfId(id)); }
  TenantSlot tenant(uint32_t id) const { return state().slots.tenant(TenantId(id)); }
  const TableState& state() const { return applier->state(); }
  const Session* session(uint32_t t, uint64_t seid) const { return sessions->find(tenant(t), Seid(seid)); }

  // Everything that a worker or the other end could notice, as text: digests, entries, the Topology with routes,
  // sessions and what their keys find. Slots are in it: they must not move either.
  std::string snapshot() const;

  Capacities capacities;
  Reclaimer reclaimer;
  std::unique_ptr<SessionTable> sessions;
  std::unique_ptr<NeighborTable> neighbors;
  SharedTables tables;
  std::unique_ptr<WorkerShared[]> worker_rows;
  std::span<WorkerShared> workers;
  std::vector<AgentPort> ports;
  std::unique_ptr<Applier> applier;

 private:
  static rte_ring* ring(const std::string& name, unsigned element_bytes) {
    return rte_ring_create_elem(name.c_str(), element_bytes, 1024, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
  }
};

}  // namespace demarc::dp::test
