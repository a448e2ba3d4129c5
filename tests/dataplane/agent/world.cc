#include "tests/dataplane/agent/world.h"

#include <fmt/format.h>

namespace demarc::dp::test {
namespace {

void dump_fib(std::string& out, const Fib* fib) {
  if (fib == nullptr) {
    out += " no fib";
    return;
  }
  out += fmt::format(" routes {}", fib->route_count());
  for (const uint32_t to : {ip(10, 1, 0, 9), ip(10, 2, 0, 9), ip(10, 9, 0, 9), ip(192, 0, 2, 1), ip(8, 8, 8, 8)}) {
    const NextHop* hop = fib->lookup(to);
    out += hop == nullptr ? " -" : fmt::format(" {}/{:x}", hop->egress.value, hop->gateway.host());
  }
}

void dump_topology(std::string& out, const Topology& topology) {
  const TopologySpec& spec = topology.spec();
  out += fmt::format("ports {}\n", spec.ports);
  for (size_t i = 0; i < spec.tenants.size(); ++i)
    out += fmt::format("tenant[{}] {} {}\n", i, spec.tenants[i].id.value, spec.tenants[i].suspended);
  for (size_t i = 0; i < spec.vrfs.size(); ++i) {
    const VrfRow& r = spec.vrfs[i];
    out += fmt::format("vrf[{}] {} {} {}", i, r.tenant.value, r.valid, r.core);
    dump_fib(out, r.fib.get());
    out += "\n";
  }
  for (size_t i = 0; i < spec.attachments.size(); ++i) {
    const AttachmentRow& r = spec.attachments[i];
    AttachmentSlot slot{~0u};
    const AttachmentRow* found = topology.attachment_at(r.port, r.vlan, &slot);
    out += fmt::format("attachment[{}] {} {} {} {} {:x}/{} {} {} {} mac {:x} mtu {} found {}\n", i, r.tenant.value,
                       r.vrf.value, r.port.value, r.vlan.value, r.ipv4.host(), r.prefix_length, r.valid, r.core,
                       r.suspended, r.mac[5], r.mtu, found == nullptr ? ~0u : slot.value);
  }
  for (size_t i = 0; i < spec.endpoints.size(); ++i) {
    const GtpuEndpointRow& r = spec.endpoints[i];
    const LocalAddress local = topology.local_address(r.vrf, r.ipv4);
    out += fmt::format("endpoint[{}] {} {} {:x} {} local {} {} {}\n", i, r.tenant.value, r.vrf.value, r.ipv4.host(),
                       r.valid, local.ours, local.has_gtpu_endpoint, local.endpoint.value);
  }
}

void dump_session(std::string& out, const SessionTable& table, const Session& s) {
  const UsageReading used = s.usage->read();
  out += fmt::format("session {} tenant {} used {} {} {} {}\n", s.up_seid.value, s.tenant.value, used.uplink_packets,
                     used.uplink_bytes, used.downlink_packets, used.downlink_bytes);
  for (unsigned i = 0; i < s.pdr_count; ++i) {
    const Pdr& p = s.pdrs()[i];
    const Session* found = nullptr;
    const uint64_t key =
        p.teid == Teid{0} ? SessionTable::downlink_key(p.vrf, p.ue_ipv4) : SessionTable::uplink_key(p.endpoint, p.teid);
    if (p.teid == Teid{0}) {
      table.lookup_downlink(&key, 1, &found);
    } else {
      table.lookup_uplink(&key, 1, &found);
    }
    out += fmt::format("  pdr {} {} far {} core {} vrf {} ep {} teid {:x} ue {:x} qfi {} mark {} gate {} found {}\n",
                       p.pdr_id, p.precedence, p.far_index, p.source_core, p.vrf.value, p.endpoint.value, p.teid.value,
                       p.ue_ipv4.host(), p.qfi_match, p.qfi_mark, p.gate_closed, found == &s);
  }
  for (unsigned i = 0; i < s.far_count; ++i) {
    const Far& f = s.fars()[i];
    out += fmt::format("  far {} {} {} vrf {} teid {:x} {:x} -> {:x}\n", f.far_id, f.forward, f.outer_header_creation,
                       f.vrf.value, f.teid.value, f.local_ipv4.host(), f.peer_ipv4.host());
  }
}

}  // namespace

std::string World::snapshot() const {
  std::string out;
  const channel::EntryMap& entries = state().entries;
  out += fmt::format("entries {} sessions {}\n", entries.size(), sessions->size());
  for (const TenantId t : entries.tenants()) {
    const channel::TenantSummary summary = entries.summary(t);
    out += fmt::format("tenant {}: {} entries, {:x}\n", t.value, summary.entries, summary.digest);
    for (const auto& [local, entry] : entries.entries(t)) {
      out += fmt::format("  {} {} {:x} {} bytes\n", static_cast<int>(local.kind), local.id, entry.digest,
                         entry.value.size());
      if (local.kind != EntryKind::session) continue;
      const Session* s = session(t.value, local.id);
      if (s == nullptr) {
        out += "  missing in the table\n";
      } else {
        dump_session(out, *sessions, *s);
      }
    }
  }
  for (const EntryKind kind : {EntryKind::tenant, EntryKind::vrf, EntryKind::attachment, EntryKind::gtpu_endpoint})
    out += fmt::format("slots {} {}, model {}\n", static_cast<int>(kind), state().slots.of(kind).size(),
                       state().model.count(kind));
  out += fmt::format("fibs {}\n", state().fibs.size());
  dump_topology(out, topology());
  return out;
}

}  // namespace demarc::dp::test
