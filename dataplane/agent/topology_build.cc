#include "dataplane/agent/topology_build.h"

#include <algorithm>
#include <vector>

namespace demarc::dp {

using schema::EntryKind;

Result<std::shared_ptr<const Fib>> build_fib(const TopologyModel& model, const Slots& slots, TenantId tenant_id,
                                             VrfId vrf) {
  std::vector<FibRoute> routes;
  const TopologyModel::Tenant* tenant = model.tenant(tenant_id);
  if (tenant != nullptr && tenant->in_vrf.contains(vrf)) {
    const TopologyModel::InVrf& in_vrf = tenant->in_vrf.at(vrf);
    routes.reserve(in_vrf.routes.size() + in_vrf.attachments.size());
    for (const auto& [prefix, length, id] : in_vrf.routes) {
      const RouteValue& route = tenant->routes.at(id);
      const NextHop next_hop{slots.attachment(tenant_id, route.attachment), Be32::from_host(route.gateway.value)};
      routes.push_back({prefix, length, next_hop});
    }
    // Of two with one prefix Fib takes the later: the link itself is nearer than any gateway.
    for (const auto& [start, id] : in_vrf.attachments) {
      const Ipv4Prefix prefix = tenant->attachments.at(id).address.prefix();
      routes.push_back({prefix.value, prefix.length, {slots.attachment(tenant_id, id), Be32{}}});
    }
  }
  auto fib = Fib::build(routes);
  if (!fib) return tl::unexpected(std::move(fib.error()));
  return std::shared_ptr<const Fib>(std::move(*fib));
}

namespace {

AttachmentRow make_attachment(const AttachmentValue& value, TenantSlot tenant, VrfSlot vrf, bool core, bool suspended,
                              std::span<const AgentPort> ports) {
  AttachmentRow row;
  row.tenant = tenant;
  row.vrf = vrf;
  row.port = value.port;
  row.vlan = value.vlan;
  row.ipv4 = Be32::from_host(value.address.address.value);
  row.prefix_length = value.address.prefix_length;
  row.valid = true;
  row.core = core;
  row.suspended = suspended;
  const auto port = std::ranges::find(ports, value.port, &AgentPort::index);
  if (port != ports.end()) {
    row.mac = port->mac;
    row.mtu = port->mtu;
  }
  return row;
}

void add_tenant(TenantId id, const TopologyModel::Tenant& tenant, const Slots& slots, const FibCache& fibs,
                std::span<const AgentPort> ports, TopologySpec& spec) {
  const TenantSlot slot = slots.tenant(id);
  const bool suspended = tenant.value->suspended;
  spec.tenants[slot.value] = {id, suspended};
  for (const auto& [vrf, value] : tenant.vrfs)
    spec.vrfs[slots.vrf(id, vrf).value] = {slot, true, value.core, fibs.at({id, vrf})};
  for (const auto& [attachment, value] : tenant.attachments)
    spec.attachments[slots.attachment(id, attachment).value] =
        make_attachment(value, slot, slots.vrf(id, value.vrf), tenant.vrfs.at(value.vrf).core, suspended, ports);
  for (const auto& [endpoint, value] : tenant.endpoints)
    spec.endpoints[slots.endpoint(id, endpoint).value] = {slot, slots.vrf(id, value.vrf),
                                                          Be32::from_host(value.ipv4.value), true};
}

}  // namespace

TopologySpec make_topology_spec(const TopologyModel& model, const Slots& slots, const FibCache& fibs,
                                std::span<const AgentPort> ports) {
  TopologySpec spec;
  for (const AgentPort& port : ports) spec.ports = std::max<uint16_t>(spec.ports, port.index.value + 1);
  spec.tenants.resize(slots.of(EntryKind::tenant).end());
  spec.vrfs.resize(slots.of(EntryKind::vrf).end());
  spec.attachments.resize(slots.of(EntryKind::attachment).end());
  spec.endpoints.resize(slots.of(EntryKind::gtpu_endpoint).end());
  for (const auto& [id, tenant] : model.tenants()) add_tenant(id, tenant, slots, fibs, ports, spec);
  return spec;
}

}  // namespace demarc::dp
