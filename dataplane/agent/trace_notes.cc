#include "dataplane/agent/trace_notes.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/ip_address.h"

namespace demarc::dp {
namespace {

using schema::EntryKind;

std::string port_name(const TableState& state, PortIndex index) {
  const auto port = std::ranges::find(state.ports, index, &AgentPort::index);
  return port == state.ports.end() ? fmt::format("#{}", index.value) : port->name;
}

std::string where(const TableState& state, PortIndex port, VlanId vlan) {
  if (vlan == kUntagged) return fmt::format("untagged on port {}", port_name(state, port));
  return fmt::format("VLAN {} on port {}", vlan.value, port_name(state, port));
}

std::string vrf_name(const TableState& state, VrfSlot slot) {
  const KindSlots::Owner owner = state.slots.of(EntryKind::vrf).owner(slot.value);
  const VrfValue* vrf = state.model.vrf(owner.tenant, VrfId(owner.id));
  if (vrf == nullptr) return "vrf that is gone";
  return fmt::format("{} vrf {}", vrf->core ? "core" : "access", vrf->name);
}

std::string tenant_name(const TableState& state, TenantSlot slot) {
  const KindSlots::Owner owner = state.slots.of(EntryKind::tenant).owner(slot.value);
  const TopologyModel::Tenant* tenant = state.model.tenant(owner.tenant);
  if (tenant == nullptr || !tenant->value) return "tenant that is gone";
  return fmt::format("tenant {}", tenant->value->name);
}

std::string attachment_name(const TableState& state, AttachmentSlot slot) {
  const KindSlots::Owner owner = state.slots.of(EntryKind::attachment).owner(slot.value);
  const AttachmentValue* attachment = state.model.attachment(owner.tenant, AttachmentId(owner.id));
  if (attachment == nullptr) return "attachment that is gone";
  return fmt::format("attachment {}, {}", owner.id, where(state, attachment->port, attachment->vlan));
}

std::string endpoint_name(const TableState& state, GtpuEndpointSlot slot) {
  const KindSlots::Owner owner = state.slots.of(EntryKind::gtpu_endpoint).owner(slot.value);
  const GtpuEndpointValue* endpoint = state.model.endpoint(owner.tenant, GtpuEndpointId(owner.id));
  if (endpoint == nullptr) return "GTP-U endpoint that is gone";
  if (!endpoint->has_ipv6()) return fmt::format("GTP-U endpoint {}", to_string(endpoint->ipv4));
  if (!endpoint->has_ipv4()) return fmt::format("GTP-U endpoint {}", to_string(endpoint->ipv6));
  return fmt::format("GTP-U endpoint {} or {}", to_string(endpoint->ipv4), to_string(endpoint->ipv6));
}

std::string next_hop(const TableState& state, const PacketMeta& meta) {
  return fmt::format("next hop {} on {}", to_string(meta.next_hop), attachment_name(state, meta.egress));
}

std::string tunnel_note(const TableState& state, const PacketMeta& meta) {
  const std::string qfi = meta.qfi <= 63 ? fmt::format(", QFI {}", meta.qfi) : "";
  return fmt::format("TEID {:#x}{} at {}", meta.teid.value, qfi, endpoint_name(state, meta.endpoint));
}

std::string session_note(const TraceRecord& step) {
  return step.up_seid == 0 ? "no session" : fmt::format("UP SEID {:#x}", step.up_seid);
}

std::string rules_note(const TraceRecord& step) {
  if (step.pdr_id == 0) return fmt::format("UP SEID {:#x}: no PDR", step.up_seid);
  return fmt::format("UP SEID {:#x}: PDR {}, FAR {}", step.up_seid, step.pdr_id, step.far_id);
}

std::string forwarded_note(const TableState& state, const PacketMeta& meta) {
  return fmt::format("now in {}", vrf_name(state, meta.vrf));
}

// The destination of the packet as it was received: the metadata has no room for what the tables do not know.
std::string elsewhere_note(const PacketMeta& meta, std::span<const uint8_t> head) {
  if (meta.ipv6) {
    const size_t at = meta.l3_offset + size_t{24};  // RFC 8200 section 3
    if (head.size() < at + 16) return "not to a GTP-U endpoint";
    return fmt::format("to {}, no GTP-U endpoint", to_string(ipv6_from_bytes(head.subspan(at, 16)).value()));
  }
  const size_t at = meta.l3_offset + size_t{16};  // RFC 791, 3.1
  if (head.size() < at + 4) return "not to a GTP-U endpoint";
  const uint32_t to =
      uint32_t{head[at]} << 24 | uint32_t{head[at + 1]} << 16 | uint32_t{head[at + 2]} << 8 | head[at + 3];
  return fmt::format("to {}, no GTP-U endpoint", to_string(Ipv4Address{to}));
}

std::string found_note(const TraceRecord& step, PortIndex port, std::span<const uint8_t> head,
                       const TableState& state) {
  const PacketMeta& meta = step.meta;
  switch (step.stage) {
    case StageId::ethernet_input:
      return fmt::format("{}, EtherType {:#06x}", where(state, port, meta.vlan), meta.ethertype);
    case StageId::vlan_demux:
      return fmt::format("{} of {}, {}", attachment_name(state, meta.attachment), tenant_name(state, meta.tenant),
                         vrf_name(state, meta.vrf));
    case StageId::ipv4_input:
    case StageId::ipv6_input:
      return meta.endpoint == kNoEndpoint ? elsewhere_note(meta, head) : "to " + endpoint_name(state, meta.endpoint);
    case StageId::gtpu_input: return meta.teid.value == 0 ? "in no tunnel" : tunnel_note(state, meta);
    case StageId::session_uplink:
    case StageId::session_downlink: return session_note(step);
    case StageId::owner_handoff:
      return meta.fate == PacketFate::handed_over ? fmt::format("worker {} owns the session: handed over", step.owner)
                                                  : fmt::format("this worker, {}, owns the session", step.owner);
    case StageId::handoff_input: return fmt::format("from worker {}, which received it", step.worker);
    case StageId::pdr_match: return rules_note(step);
    case StageId::gtpu_decap:
    case StageId::gtpu_encap: return forwarded_note(state, meta);
    case StageId::router_advertise: return rules_note(step);
    case StageId::ipv4_route:
    case StageId::ipv6_route:
    case StageId::ipv4_fragment:
    case StageId::neighbor_output: return next_hop(state, meta);
    case StageId::bridge_output:
    case StageId::port_output: return attachment_name(state, meta.egress);
    case StageId::bridge_downlink:
    case StageId::bridge_uplink:
    case StageId::arp_input:
    case StageId::icmp_input:
    case StageId::icmpv6_input:
    case StageId::nd_input:
    case StageId::reassemble:
    case StageId::gtpu_peer_guard:
    case StageId::gtpu_end_marker:
    case StageId::meter:
    case StageId::ue_to_ue:
    case StageId::udp_input: break;
  }
  return {};
}

std::string drop_note(uint8_t drop) {
  if (drop >= kDropReasonCount) return "dropped";
  return fmt::format("dropped, {}: {}", kDropReasons[drop].name, kDropReasons[drop].sentence);
}

}  // namespace

std::string stage_note(const TraceRecord& step, PortIndex port, std::span<const uint8_t> head,
                       const TableState& state) {
  // What a stage that refused a packet has left in the metadata is half done: the reason says it better.
  if (step.meta.drop != kNotDropped) return drop_note(step.meta.drop);
  if (step.meta.fate == PacketFate::held && step.stage == StageId::reassemble)
    return "held until the other fragments come";
  if (step.meta.fate == PacketFate::held)
    return fmt::format("held until {} answers {}", to_string(step.meta.next_hop),
                       step.meta.next_hop.is_ipv4() ? "ARP" : "neighbor discovery");
  if (static_cast<size_t>(step.stage) >= kStageCount) return {};
  return found_note(step, port, head, state);
}

std::string fate_note(const TraceRecord& end, const TableState& state) {
  if (end.meta.drop != kNotDropped) return drop_note(end.meta.drop);
  switch (end.meta.fate) {
    case PacketFate::sent: return "sent by " + attachment_name(state, end.meta.egress);
    case PacketFate::held: return "held for the next hop's address; not traced further";
    case PacketFate::consumed: return "consumed: it was for demarc itself, or copies of it go on";
    case PacketFate::dropped: return drop_note(end.meta.drop);
    case PacketFate::cut: return "larger than the way out takes: cut, its fragments went on";
    case PacketFate::handed_over:
    case PacketFate::on_the_way: break;
  }
  return "its end was not seen";
}

}  // namespace demarc::dp
