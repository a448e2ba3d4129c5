#include "dataplane/agent/topology_build.h"

#include <algorithm>
#include <vector>

#include "common/wire/nd.h"

namespace demarc::dp {

using schema::EntryKind;

Result<VrfFibs> build_fibs(const TopologyModel& model, const Slots& slots, TenantId tenant_id, VrfId vrf) {
  std::vector<FibRoute> ipv4;
  std::vector<FibRoute6> ipv6;
  const TopologyModel::Tenant* tenant = model.tenant(tenant_id);
  if (tenant != nullptr && tenant->in_vrf.contains(vrf)) {
    const TopologyModel::InVrf& in_vrf = tenant->in_vrf.at(vrf);
    ipv4.reserve(in_vrf.routes.size() + in_vrf.attachments.size());
    for (const auto& [prefix, length, id] : in_vrf.routes) {
      const RouteValue& route = tenant->routes.at(id);
      const AttachmentSlot egress = slots.attachment(tenant_id, route.attachment);
      if (route.is_ipv6) {
        ipv6.push_back({ipv6_value(prefix.ipv6()), length, {egress, route.gateway6}});
      } else {
        ipv4.push_back({route.prefix.value, length, {egress, Be32::from_host(route.gateway.value)}});
      }
    }
    // Of two with one prefix Fib takes the later: the link itself is nearer than any gateway.
    for (const auto& [first, id] : in_vrf.attachments) {
      const AttachmentValue& attachment = tenant->attachments.at(id);
      const AttachmentSlot egress = slots.attachment(tenant_id, id);
      if (first.is_ipv4()) {
        ipv4.push_back({first.ipv4().host(), attachment.address.prefix_length, {egress, Be32{}}});
      } else {
        ipv6.push_back({ipv6_value(first.ipv6()), attachment.ipv6.prefix_length, {egress, Ipv6Address{}}});
      }
    }
  }
  VrfFibs fibs;
  auto fib = Fib::build(ipv4);
  if (!fib) return tl::unexpected(std::move(fib.error()));
  fibs.ipv4 = std::move(*fib);
  if (ipv6.empty()) return fibs;
  auto fib6 = Fib6::build(ipv6);
  if (!fib6) return tl::unexpected(std::move(fib6.error()));
  fibs.ipv6 = std::move(*fib6);
  return fibs;
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
  if (value.has_ipv6()) {
    row.ipv6 = value.ipv6.address;
    row.ipv6_prefix_length = value.ipv6.prefix_length;
    row.ipv6_link_local = wire::link_local_of(row.mac);
  }
  return row;
}

void add_tenant(TenantId id, const TopologyModel::Tenant& tenant, const Slots& slots, const FibCache& fibs,
                std::span<const AgentPort> ports, TopologySpec& spec) {
  const TenantSlot slot = slots.tenant(id);
  const bool suspended = tenant.value->suspended;
  spec.tenants[slot.value] = {id, suspended};
  for (const auto& [vrf, value] : tenant.vrfs)
    spec.vrfs[slots.vrf(id, vrf).value] = {slot, true, value.core, fibs.at({id, vrf}).ipv4, fibs.at({id, vrf}).ipv6};
  for (const auto& [attachment, value] : tenant.attachments)
    spec.attachments[slots.attachment(id, attachment).value] =
        make_attachment(value, slot, slots.vrf(id, value.vrf), tenant.vrfs.at(value.vrf).core, suspended, ports);
  for (const auto& [endpoint, value] : tenant.endpoints)
    spec.endpoints[slots.endpoint(id, endpoint).value] = {slot, slots.vrf(id, value.vrf),
                                                          Be32::from_host(value.ipv4.value), true, value.ipv6};
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
