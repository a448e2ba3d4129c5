#include "dataplane/tables/topology.h"

#include <algorithm>
#include <string>

#include "common/base/ip_address.h"
#include "common/wire/nd.h"

namespace demarc::dp {
namespace {

std::string at_text(const AttachmentRow& a) {
  const std::string outer = a.outer_vlan.value == 0 ? "" : std::to_string(a.outer_vlan.value) + ".";
  return "port " + std::to_string(a.port.value) + ", VLAN " + outer + std::to_string(a.vlan.value);
}

// False: another endpoint has the address.
bool add_endpoint(LocalAddress& row, GtpuEndpointSlot endpoint) {
  if (row.has_gtpu_endpoint) return false;
  row = {.ours = true, .has_gtpu_endpoint = true, .endpoint = endpoint};
  return true;
}

Status two_endpoints(const IpAddress& address) {
  return fail(ErrorCode::conflict,
              "two GTP-U endpoints have the address " + demarc::to_string(address) + " in one VRF; there can be one");
}

}  // namespace

Result<std::unique_ptr<const Topology>> Topology::build(TopologySpec spec) {
  std::unique_ptr<Topology> made(new Topology(std::move(spec)));
  if (Status s = made->add_attachments(); !s) return tl::unexpected<Error>(s.error());
  if (Status s = made->add_local_addresses(); !s) return tl::unexpected<Error>(s.error());
  const auto limited = [](const auto& row) { return row.limits.state != nullptr; };
  made->has_limits_ =
      std::ranges::any_of(made->spec_.tenants, limited) || std::ranges::any_of(made->spec_.vrfs, limited);
  return made;
}

Status Topology::add_attachments() {
  demux_.assign(size_t{spec_.ports} * kVlansPerPort, 0);
  for (size_t slot = 0; slot < spec_.attachments.size(); ++slot) {
    const AttachmentRow& a = spec_.attachments[slot];
    if (!a.valid) continue;
    if (a.port.value >= spec_.ports)
      return fail(ErrorCode::invalid, "attachment at " + at_text(a) + ": there are " + std::to_string(spec_.ports) +
                                          " ports, counted from 0");
    if (a.vlan > kVlanMax || a.outer_vlan > kVlanMax)
      return fail(ErrorCode::invalid, "attachment at " + at_text(a) + ": a VLAN is from 1 to 4094, or 0 for untagged");
    uint32_t& cell = demux_cell(a);
    if (cell != 0) return fail(ErrorCode::conflict, "two attachments at " + at_text(a) + "; there can be one");
    cell = static_cast<uint32_t>(slot) + 1;
  }
  return {};
}

// Of an attachment whose port and VLANs there are.
uint32_t& Topology::demux_cell(const AttachmentRow& a) {
  if (a.outer_vlan.value != 0) return double_tagged_[double_tag_key(a.port, a.outer_vlan, a.vlan)];
  return demux_[size_t{a.port.value} * kVlansPerPort + a.vlan.value];
}

Status Topology::add_local_addresses() {
  size_t ipv4 = 0;
  size_t ipv6 = 0;
  for (const AttachmentRow& a : spec_.attachments) {
    ipv4 += a.valid && a.has_ipv4();
    ipv6 += a.valid && a.has_ipv6() ? 4 : 0;  // itself, two solicited-node groups, all nodes
  }
  for (const GtpuEndpointRow& e : spec_.endpoints) {
    ipv4 += e.valid && e.ipv4 != Be32{};
    ipv6 += e.valid && !is_unspecified(e.ipv6) ? 3 : 0;
  }
  local_.reset(ipv4);
  local_ipv6_.reset(ipv6);
  add_own_addresses(ipv4, ipv6);

  for (VrfRow& vrf : spec_.vrfs) vrf.attachments = 0;
  for (size_t slot = 0; slot < spec_.attachments.size(); ++slot) {
    const AttachmentRow& a = spec_.attachments[slot];
    if (!a.valid) continue;
    note_attachment(AttachmentSlot{static_cast<uint32_t>(slot)}, a);
    if (a.has_ipv4()) local_.row(a.vrf, a.ipv4).ours = true;
    if (!a.has_ipv6()) continue;
    local_ipv6_.row(a.vrf, a.ipv6).ours = true;
    add_groups(a.vrf, a.ipv6);
    add_groups(a.vrf, a.ipv6_link_local);
  }
  for (size_t slot = 0; slot < spec_.endpoints.size(); ++slot) {
    const GtpuEndpointRow& e = spec_.endpoints[slot];
    if (!e.valid) continue;
    const GtpuEndpointSlot own{static_cast<uint32_t>(slot)};
    if (e.ipv4 != Be32{} && !add_endpoint(local_.row(e.vrf, e.ipv4), own)) return two_endpoints(e.ipv4);
    if (is_unspecified(e.ipv6)) continue;
    if (!add_endpoint(local_ipv6_.row(e.vrf, e.ipv6), own)) return two_endpoints(e.ipv6);
    add_groups(e.vrf, e.ipv6);
  }
  return {};
}

// At most so many of each family.
void Topology::add_own_addresses(size_t ipv4, size_t ipv6) {
  own_.reset(ipv4, ipv6);
  std::vector<uint64_t> bits(spec_.tenants.size());
  const auto add = [&](const auto& row) {
    if (!row.valid || row.tenant.value >= bits.size()) return;
    if (row.ipv4 != Be32{}) {
      own_.add(row.tenant, row.ipv4);
      bits[row.tenant.value] |= OwnAddresses::bit(row.ipv4);
    }
    if (is_unspecified(row.ipv6)) return;
    own_.add(row.tenant, row.ipv6);
    bits[row.tenant.value] |= OwnAddresses::bit(row.ipv6);
  };
  for (const AttachmentRow& a : spec_.attachments) add(a);
  for (const GtpuEndpointRow& e : spec_.endpoints) add(e);
  for (VrfRow& vrf : spec_.vrfs)
    vrf.own_bits = vrf.valid && vrf.tenant.value < bits.size() ? bits[vrf.tenant.value] : 0;
}

void Topology::note_attachment(AttachmentSlot slot, const AttachmentRow& a) {
  if (a.vrf.value >= spec_.vrfs.size()) return;
  VrfRow& vrf = spec_.vrfs[a.vrf.value];
  if (vrf.ipv4 == Be32{}) vrf.ipv4 = a.ipv4;
  if (is_unspecified(vrf.ipv6)) vrf.ipv6 = a.ipv6;
  ++vrf.attachments;
  vrf.bridge_port = slot;
}

// The multicast groups that an address obliges us to listen to (RFC 4291 section 2.8).
void Topology::add_groups(VrfSlot vrf, const Ipv6Address& ipv6) {
  for (const Ipv6Address& group : {wire::kAllNodes, wire::solicited_node(ipv6)}) {
    LocalAddress& row = local_ipv6_.row(vrf, group);
    row.ours = row.group = true;
  }
}

size_t Topology::memory_bytes() const {
  return sizeof(Topology) + spec_.tenants.capacity() * sizeof(TenantRow) + spec_.vrfs.capacity() * sizeof(VrfRow) +
         spec_.attachments.capacity() * sizeof(AttachmentRow) + spec_.endpoints.capacity() * sizeof(GtpuEndpointRow) +
         demux_.capacity() * sizeof(uint32_t) + double_tagged_.size() * 4 * sizeof(void*) + local_.memory_bytes() +
         local_ipv6_.memory_bytes() + own_.memory_bytes();
}

}  // namespace demarc::dp
