#include "dataplane/agent/topology_build.h"

#include <rte_cycles.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/wire/nd.h"

namespace demarc::dp {

using schema::EntryKind;

namespace {

Be32 gateway_of(const IpAddress& gateway, const NextHop*) { return gateway.ipv4(); }
Ipv6Address gateway_of(const IpAddress& gateway, const NextHop6*) { return gateway.ipv6(); }

// The route's next hop, or the group of them that it makes in `groups`.
template <class Hop>
Hop next_hop(TenantId tenant, const RouteValue& route, const Slots& slots, std::vector<std::vector<Hop>>& groups) {
  const auto hop_of = [&](const RouteHop& hop) {
    return Hop{slots.attachment(tenant, hop.attachment), gateway_of(hop.gateway, static_cast<Hop*>(nullptr))};
  };
  const Hop first = hop_of({route.attachment, route.gateway_ip()});
  if (route.more.empty()) return first;
  std::vector<Hop> group{first};
  for (const RouteHop& hop : route.more) group.push_back(hop_of(hop));
  groups.push_back(std::move(group));
  return {group_egress(groups.size() - 1), {}};
}

}  // namespace

LimitsRow LimitsCache::row(Entry& entry, const Rates& rates, SharedLimits::Begin begin) const {
  entry.asked = true;
  if (entry.row.state == nullptr) {
    entry.row = {rates, share_rates(rates, workers_), std::make_shared<SharedLimits>(workers_, begin)};
  } else if (entry.row.rates != rates) {
    entry.row.state->settle(entry.row.shared, rte_rdtsc(), rte_get_tsc_hz());
    entry.row.rates = rates;
    entry.row.shared = share_rates(rates, workers_);
  }
  return entry.row;
}

LimitsRow LimitsCache::row(TenantId tenant, VrfId vrf, const Rates& rates) {
  return has_any(rates) ? row(entries_[{tenant, vrf}], rates, SharedLimits::Begin::with_one_packet) : LimitsRow{};
}

LimitsRow LimitsCache::guarantee(TenantId tenant, const Rates& rates) {
  return has_any(rates) ? row(guarantees_[tenant], rates, SharedLimits::Begin::full) : LimitsRow{};
}

void LimitsCache::forget_others() {
  const auto forget = [](auto& entries) {
    std::erase_if(entries, [](const auto& entry) { return !entry.second.asked; });
    for (auto& [owner, entry] : entries) entry.asked = false;
  };
  forget(entries_);
  forget(guarantees_);
}

Result<VrfFibs> build_fibs(const TopologyModel& model, const Slots& slots, TenantId tenant_id, VrfId vrf) {
  std::vector<FibRoute> ipv4;
  std::vector<FibRoute6> ipv6;
  NextHopGroups groups;
  const TopologyModel::Tenant* tenant = model.tenant(tenant_id);
  if (tenant != nullptr && tenant->in_vrf.contains(vrf)) {
    const TopologyModel::InVrf& in_vrf = tenant->in_vrf.at(vrf);
    ipv4.reserve(in_vrf.routes.size() + in_vrf.attachments.size());
    for (const auto& [prefix, length, id] : in_vrf.routes) {
      const RouteValue& route = tenant->routes.at(id);
      if (route.is_ipv6) {
        ipv6.push_back({ipv6_value(prefix.ipv6()), length, next_hop(tenant_id, route, slots, groups.ipv6)});
      } else {
        ipv4.push_back({route.prefix.value, length, next_hop(tenant_id, route, slots, groups.ipv4)});
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
  if (!groups.ipv4.empty() || !groups.ipv6.empty())
    fibs.groups = std::make_shared<const NextHopGroups>(std::move(groups));
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
  row.outer_vlan = value.outer_vlan;
  row.fragment_ipv4 = value.fragment_ipv4;
  row.ipv4 = Be32::from_host(value.address.address.value);
  row.prefix_length = value.address.prefix_length;
  row.valid = true;
  row.core = core;
  row.suspended = suspended;
  const auto port = std::ranges::find(ports, value.port, &AgentPort::index);
  if (port != ports.end()) {
    row.mac = port->mac;
    row.mtu = value.mtu == 0 ? port->mtu : std::min(value.mtu, port->mtu);
  }
  if (value.has_ipv6()) {
    row.ipv6 = value.ipv6.address;
    row.ipv6_prefix_length = value.ipv6.prefix_length;
    row.ipv6_link_local = wire::link_local_of(row.mac);
  }
  return row;
}

VrfRow make_vrf(const VrfValue& value, TenantSlot tenant, const VrfFibs& fibs, LimitsRow limits) {
  VrfRow row{tenant,    true,          value.core,         fibs.ipv4,          fibs.ipv6,     fibs.groups,
             value.mtu, value.tcp_mss, value.pass_options, value.pass_routing, value.ue_to_ue};
  row.limits = std::move(limits);
  return row;
}

void add_tenant(TenantId id, const TopologyModel::Tenant& tenant, const Slots& slots, const FibCache& fibs,
                LimitsCache& limits, std::span<const AgentPort> ports, TopologySpec& spec) {
  const TenantSlot slot = slots.tenant(id);
  const bool suspended = tenant.value->suspended;
  const TierValue& tier = tenant.value->tier;
  spec.tenants[slot.value] = {id, suspended, limits.row(id, {}, tenant.value->rates), tier.weight,
                              limits.guarantee(id, tier.guarantee)};
  for (const auto& [vrf, value] : tenant.vrfs)
    spec.vrfs[slots.vrf(id, vrf).value] =
        make_vrf(value, slot, fibs.at({id, vrf}), limits.row(id, vrf, value.core ? value.rates : Rates{}));
  for (const auto& [attachment, value] : tenant.attachments)
    spec.attachments[slots.attachment(id, attachment).value] =
        make_attachment(value, slot, slots.vrf(id, value.vrf), tenant.vrfs.at(value.vrf).core, suspended, ports);
  for (const auto& [endpoint, value] : tenant.endpoints)
    spec.endpoints[slots.endpoint(id, endpoint).value] = {
        slot, slots.vrf(id, value.vrf), Be32::from_host(value.ipv4.value), true, value.ipv6, value.outer_dont_fragment};
}

}  // namespace

TopologySpec make_topology_spec(const TopologyModel& model, const Slots& slots, const FibCache& fibs,
                                LimitsCache& limits, std::span<const AgentPort> ports) {
  TopologySpec spec;
  for (const AgentPort& port : ports) spec.ports = std::max<uint16_t>(spec.ports, port.index.value + 1);
  spec.tenants.resize(slots.of(EntryKind::tenant).end());
  spec.vrfs.resize(slots.of(EntryKind::vrf).end());
  spec.attachments.resize(slots.of(EntryKind::attachment).end());
  spec.endpoints.resize(slots.of(EntryKind::gtpu_endpoint).end());
  for (const auto& [id, tenant] : model.tenants()) add_tenant(id, tenant, slots, fibs, limits, ports, spec);
  limits.forget_others();
  return spec;
}

}  // namespace demarc::dp
