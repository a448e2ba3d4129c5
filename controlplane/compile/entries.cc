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

std::string value_of(const Tenant& o, const Model&) {
  schema::TenantEntryT e;
  e.name = o.name;
  e.suspended = o.suspended;
  return channel::pack_entry(e);
}

std::string value_of(const Vrf& o, const Model&) {
  schema::VrfEntryT e;
  e.name = o.name;
  e.role = o.role == VrfRole::access ? schema::VrfRole::access : schema::VrfRole::core;
  return channel::pack_entry(e);
}

std::string value_of(const Attachment& o, const Model&) {
  schema::AttachmentEntryT e;
  e.port = o.port;
  e.vlan = o.vlan.value;
  e.vrf = o.vrf.value;
  e.ipv4 = o.address.address.value;
  e.ipv4_prefix_length = o.address.prefix_length;
  return channel::pack_entry(e);
}

std::string value_of(const GtpuEndpoint& o, const Model&) {
  schema::GtpuEndpointEntryT e;
  e.vrf = o.vrf.value;
  e.ipv4 = o.address.value;
  return channel::pack_entry(e);
}

std::string value_of(const Route& o, const Model& model) {
  const Attachment* link = model.attachment_holding(o.vrf, o.gateway);
  schema::RouteEntryT e;
  e.vrf = o.vrf.value;
  e.prefix = o.prefix.value;
  e.prefix_length = o.prefix.length;
  e.attachment = link == nullptr ? 0 : link->id.value;
  e.gateway = o.gateway.value;
  return channel::pack_entry(e);
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
  if (o.outer_header_creation) {
    e->outer_header_creation = true;
    e->gtpu_endpoint = o.outer_header_creation->endpoint.value;
    e->teid = o.outer_header_creation->teid.value;
    e->peer_ipv4 = o.outer_header_creation->peer.value;
  }
  return e;
}

std::unique_ptr<schema::QerEntryT> rule(const Qer& o) {
  auto gate = [](Gate g) { return g == Gate::open ? schema::Gate::open : schema::Gate::closed; };
  auto e = std::make_unique<schema::QerEntryT>();
  e->qer_id = o.qer_id;
  e->ul_gate = gate(o.ul_gate);
  e->dl_gate = gate(o.dl_gate);
  if (o.qfi) e->qfi = *o.qfi;  // else the schema's default: none
  return e;
}

std::string value_of(const Session& o, const Model&) {
  schema::SessionEntryT e;
  for (const Pdr& pdr : o.pdrs) e.pdrs.push_back(rule(pdr));
  for (const Far& far : o.fars) e.fars.push_back(rule(far));
  for (const Qer& qer : o.qers) e.qers.push_back(rule(qer));
  return channel::pack_entry(e);
}

std::string value_of(const UePool&, const Model&) { return {}; }
std::string value_of(const ApiKey&, const Model&) { return {}; }

}  // namespace

std::optional<EntryKey> entry_key(const Object& object) {
  return std::visit([](const auto& o) { return key_of(o); }, object);
}

TableUpdate entry_put(const Object& object, const Model& model) {
  return {schema::OperationKind::put, entry_key(object).value(),
          std::visit([&model](const auto& o) { return value_of(o, model); }, object)};
}

}  // namespace demarc::cp
