#include "controlplane/compile/entries.h"

namespace demarc::cp {
namespace {

using channel::EntryKey;
using channel::TableUpdate;
using schema::EntryKind;

std::optional<EntryKey> key_of(const Tenant& o) { return EntryKey{o.id, EntryKind::tenant, o.id.value}; }
std::optional<EntryKey> key_of(const Vrf& o) { return EntryKey{o.tenant, EntryKind::vrf, o.id.value}; }
std::optional<EntryKey> key_of(const Attachment& o) { return EntryKey{o.tenant, EntryKind::attachment, o.id.value}; }
std::optional<EntryKey> key_of(const GtpuEndpoint& o) {
  return EntryKey{o.tenant, EntryKind::gtpu_endpoint, o.id.value};
}
std::optional<EntryKey> key_of(const Route& o) { return EntryKey{o.tenant, EntryKind::route, o.id.value}; }
std::optional<EntryKey> key_of(const Session& o) { return EntryKey{o.tenant, EntryKind::session, o.up_seid.value}; }
std::optional<EntryKey> key_of(const UePool&) { return std::nullopt; }
std::optional<EntryKey> key_of(const ApiKey&) { return std::nullopt; }
std::optional<EntryKey> key_of(const EntryQuota&) { return std::nullopt; }

std::unique_ptr<schema::RatesT> rates_of(const Rates& o) {
  if (o == Rates{}) return nullptr;
  auto e = std::make_unique<schema::RatesT>();
  e->uplink_bps = o.uplink_bps;
  e->downlink_bps = o.downlink_bps;
  e->uplink_pps = o.uplink_pps;
  e->downlink_pps = o.downlink_pps;
  e->burst_ms = o.burst_ms;
  return e;
}

std::unique_ptr<schema::TierT> tier_of(const Tier& o) {
  if (o == Tier{}) return nullptr;
  auto e = std::make_unique<schema::TierT>();
  e->weight = o.weight;
  e->guaranteed_pps = o.guaranteed_pps;
  e->guaranteed_bps = o.guaranteed_bps;
  e->workers = o.workers;
  return e;
}

std::string value_of(const Tenant& o) {
  schema::TenantEntryT e;
  e.name = o.name;
  e.suspended = o.suspended;
  e.rates = rates_of(o.rates);
  e.tier = tier_of(o.tier);
  return channel::pack_entry(e);
}

std::vector<uint8_t> bytes_of(const Ipv6Address& a) { return {a.bytes.begin(), a.bytes.end()}; }

schema::HeaderPolicy policy(HeaderPolicy p) {
  return p == HeaderPolicy::pass ? schema::HeaderPolicy::pass : schema::HeaderPolicy::drop;
}

schema::PeerPolicy policy(PeerPolicy p) {
  return p == PeerPolicy::any     ? schema::PeerPolicy::any
         : p == PeerPolicy::learn ? schema::PeerPolicy::learn
                                  : schema::PeerPolicy::strict;
}

std::string value_of(const Vrf& o) {
  schema::VrfEntryT e;
  e.name = o.name;
  e.role = o.role == VrfRole::access ? schema::VrfRole::access : schema::VrfRole::core;
  e.mtu = o.options.mtu;
  e.tcp_mss = o.options.tcp_mss;
  e.ue_to_ue = o.options.ue_to_ue;
  e.ipv4_options = policy(o.options.ipv4_options);
  e.routing_headers = policy(o.options.routing_headers);
  e.rates = rates_of(o.options.rates);
  return channel::pack_entry(e);
}

std::string value_of(const Attachment& o) {
  schema::AttachmentEntryT e;
  e.port = o.port;
  e.vlan = o.vlan.value;
  e.vrf = o.vrf.value;
  if (o.address) {
    e.ipv4 = o.address->address.value;
    e.ipv4_prefix_length = o.address->prefix_length;
  }
  if (o.ipv6) {
    e.ipv6 = bytes_of(o.ipv6->address);
    e.ipv6_prefix_length = o.ipv6->prefix_length;
  }
  e.outer_vlan = o.outer_vlan.value;
  e.mtu = o.options.mtu;
  e.fragment_ipv4 = o.options.fragment_ipv4;
  return channel::pack_entry(e);
}

std::string value_of(const GtpuEndpoint& o) {
  schema::GtpuEndpointEntryT e;
  e.vrf = o.vrf.value;
  if (o.address) e.ipv4 = o.address->value;
  if (o.ipv6) e.ipv6 = bytes_of(*o.ipv6);
  e.peer_policy = policy(o.options.peer_policy);
  e.outer_dont_fragment = o.options.outer_dont_fragment;
  return channel::pack_entry(e);
}

std::string value_of(const Route& o) {
  // A gateway in the fields of its family; RouteEntry and RouteNextHop name them alike.
  auto set_next_hop = [](auto& e, const NextHop& hop) {
    e.attachment = hop.attachment.value;
    if (hop.gateway.is_ipv4()) {
      e.gateway = hop.gateway.ipv4().host();
    } else {
      e.gateway6 = bytes_of(hop.gateway.ipv6());
    }
  };
  schema::RouteEntryT e;
  e.vrf = o.vrf.value;
  e.prefix_length = o.prefix.length();
  if (o.prefix.is_ipv4()) {
    e.prefix = o.prefix.ipv4().value;
  } else {
    e.prefix6 = bytes_of(o.prefix.ipv6().address);
  }
  set_next_hop(e, o.next_hops.front());
  for (size_t i = 1; i < o.next_hops.size(); ++i)
    set_next_hop(*e.more_next_hops.emplace_back(std::make_unique<schema::RouteNextHopT>()), o.next_hops[i]);
  return channel::pack_entry(e);
}

std::unique_ptr<schema::FilterPrefixT> prefix_of(const IpPrefix& prefix) {
  auto e = std::make_unique<schema::FilterPrefixT>();
  e->prefix_length = prefix.length();
  if (prefix.is_ipv4()) {
    e->ipv4 = prefix.ipv4().value;
  } else {
    e->ipv6 = bytes_of(prefix.ipv6().address);
  }
  return e;
}

std::unique_ptr<schema::FilterPrefixT> prefix_of(const std::optional<FlowAddress>& address) {
  if (!address) return nullptr;
  auto e = std::visit([](const auto& prefix) { return prefix_of(IpPrefix(prefix)); }, address->prefix);
  e->negated = address->negated;
  return e;
}

std::unique_ptr<schema::SdfFilterT> filter_of(const SdfFilter& o) {
  auto e = std::make_unique<schema::SdfFilterT>();
  e->id = o.id;
  e->protocol = o.protocol;
  e->remote = prefix_of(o.remote);
  e->local = prefix_of(o.local);
  for (const FlowPorts& p : o.remote_ports) e->remote_ports.emplace_back(p.first, p.last);
  for (const FlowPorts& p : o.local_ports) e->local_ports.emplace_back(p.first, p.last);
  e->tos = o.tos;
  e->tos_mask = o.tos_mask;
  e->spi = o.spi;
  if (o.flow_label) e->flow_label = *o.flow_label;  // else the schema's default: any
  return e;
}

std::vector<uint8_t> bytes_of(const std::optional<Mac>& mac) {
  std::vector<uint8_t> out;
  for (int shift = 40; mac && shift >= 0; shift -= 8) out.push_back(static_cast<uint8_t>(mac->value >> shift));
  return out;
}

std::unique_ptr<schema::EthernetFilterT> filter_of(const EthernetFilter& o) {
  auto e = std::make_unique<schema::EthernetFilterT>();
  e->id = o.id;
  e->destination = bytes_of(o.destination);
  e->source = bytes_of(o.source);
  if (o.ethertype) e->ethertype = *o.ethertype;  // else the schema's default: any
  if (o.c_vlan) e->c_vlan = *o.c_vlan;           // the same
  return e;
}

std::unique_ptr<schema::PdrEntryT> rule(const Pdr& o) {
  auto e = std::make_unique<schema::PdrEntryT>();
  e->pdr_id = o.pdr_id;
  e->precedence = o.precedence;
  e->source_interface =
      o.source_interface == Interface::access ? schema::SourceInterface::access : schema::SourceInterface::core;
  e->vrf = o.network_instance.value;
  if (o.local_f_teid) {
    e->gtpu_endpoint = o.local_f_teid->endpoint.value;
    e->teid = o.local_f_teid->teid.value;
  }
  if (o.qfi) e->qfi = *o.qfi;  // else the schema's default: any
  e->outer_header_removal = o.outer_header_removal;
  if (o.ue_ip_address) e->ue_ipv4 = o.ue_ip_address->value;
  if (o.ue_ipv6) {
    e->ue_ipv6 = bytes_of(o.ue_ipv6->address);
    e->ue_ipv6_prefix_length = o.ue_ipv6->length;
  }
  e->qfis = o.qfis;
  for (const SdfFilter& filter : o.sdf_filters) e->sdf_filters.push_back(filter_of(filter));
  for (const IpPrefix& route : o.framed_routes) e->framed_routes.push_back(prefix_of(route));
  for (const EthernetFilter& filter : o.ethernet_filters) e->ethernet_filters.push_back(filter_of(filter));
  e->far_id = o.far_id;
  e->qer_ids = o.qer_ids;
  return e;
}

std::unique_ptr<schema::FarEntryT> rule(const Far& o) {
  auto e = std::make_unique<schema::FarEntryT>();
  e->far_id = o.far_id;
  e->apply_action = o.apply_action == ApplyAction::drop ? schema::ApplyAction::drop : schema::ApplyAction::forward;
  e->destination_interface = o.destination_interface == Interface::access ? schema::DestinationInterface::access
                                                                          : schema::DestinationInterface::core;
  e->vrf = o.network_instance.value;
  if (const auto& creation = o.outer_header_creation) {
    e->outer_header_creation = true;
    e->gtpu_endpoint = creation->endpoint.value;
    e->teid = creation->teid.value;
    if (creation->peer.is_ipv4()) {
      e->peer_ipv4 = creation->peer.ipv4().host();
    } else {
      e->peer_ipv6 = bytes_of(creation->peer.ipv6());
    }
  }
  if (o.marking) {
    e->tos = o.marking->tos;
    e->tos_mask = o.marking->mask;
  }
  e->copy_dscp = o.copy_dscp;
  return e;
}

std::unique_ptr<schema::QerEntryT> rule(const Qer& o) {
  auto gate = [](Gate g) { return g == Gate::open ? schema::Gate::open : schema::Gate::closed; };
  auto e = std::make_unique<schema::QerEntryT>();
  e->qer_id = o.qer_id;
  e->ul_gate = gate(o.ul_gate);
  e->dl_gate = gate(o.dl_gate);
  if (o.qfi) e->qfi = *o.qfi;  // else the schema's default: none
  e->rqi = o.rqi;
  if (o.paging_policy) e->paging_policy = *o.paging_policy;  // the same
  e->ul_mbr_bps = o.mbr.ul;
  e->dl_mbr_bps = o.mbr.dl;
  e->ul_gbr_bps = o.gbr.ul;
  e->dl_gbr_bps = o.gbr.dl;
  return e;
}

std::string value_of(const Session& o) {
  schema::SessionEntryT e;
  e.pdn_type = o.pdn_type == PdnType::ip         ? schema::PdnType::ip
               : o.pdn_type == PdnType::ethernet ? schema::PdnType::ethernet
                                                 : schema::PdnType::unstructured;
  for (const Pdr& pdr : o.pdrs) e.pdrs.push_back(rule(pdr));
  for (const Far& far : o.fars) e.fars.push_back(rule(far));
  for (const Qer& qer : o.qers) e.qers.push_back(rule(qer));
  e.ambr = rates_of(o.ambr);
  return channel::pack_entry(e);
}

std::string value_of(const UePool&) { return {}; }
std::string value_of(const ApiKey&) { return {}; }
std::string value_of(const EntryQuota&) { return {}; }

}  // namespace

std::optional<EntryKey> entry_key(const Object& object) {
  return std::visit([](const auto& o) { return key_of(o); }, object);
}

TableUpdate entry_put(const Object& object) {
  return {schema::OperationKind::put, entry_key(object).value(),
          std::visit([](const auto& o) { return value_of(o); }, object)};
}

}  // namespace demarc::cp
