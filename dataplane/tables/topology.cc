#include "dataplane/tables/topology.h"

#include <bit>
#include <string>

#include "common/base/ipv4.h"

namespace demarc::dp {
namespace {

std::string at_text(const AttachmentRow& a) {
  return "port " + std::to_string(a.port.value) + ", VLAN " + std::to_string(a.vlan.value);
}

std::string text_of(Be32 ipv4) { return demarc::to_string(Ipv4Address{ipv4.host()}); }

}  // namespace

Result<std::unique_ptr<const Topology>> Topology::build(TopologySpec spec) {
  std::unique_ptr<Topology> made(new Topology(std::move(spec)));
  if (Status s = made->add_attachments(); !s) return tl::unexpected<Error>(s.error());
  if (Status s = made->add_local_addresses(); !s) return tl::unexpected<Error>(s.error());
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
    if (a.vlan > kVlanMax)
      return fail(ErrorCode::invalid, "attachment at " + at_text(a) + ": a VLAN is from 1 to 4094, or 0 for untagged");
    uint32_t& cell = demux_[size_t{a.port.value} * kVlansPerPort + a.vlan.value];
    if (cell != 0) return fail(ErrorCode::conflict, "two attachments at " + at_text(a) + "; there can be one");
    cell = static_cast<uint32_t>(slot) + 1;
  }
  return {};
}

Status Topology::add_local_addresses() {
  size_t addresses = 1;
  for (const AttachmentRow& a : spec_.attachments) addresses += a.valid;
  for (const GtpuEndpointRow& e : spec_.endpoints) addresses += e.valid;
  const size_t size = std::bit_ceil(2 * addresses);
  local_.assign(size, {});
  local_mask_ = size - 1;
  local_shift_ = 64 - static_cast<unsigned>(std::countr_zero(size));

  for (const AttachmentRow& a : spec_.attachments) {
    // 0.0.0.0: the attachment has no address of its own.
    if (a.valid && a.ipv4 != Be32{}) local_row(a.vrf, a.ipv4).ours = true;
  }
  for (size_t slot = 0; slot < spec_.endpoints.size(); ++slot) {
    const GtpuEndpointRow& e = spec_.endpoints[slot];
    if (!e.valid) continue;
    LocalAddress& row = local_row(e.vrf, e.ipv4);
    if (row.has_gtpu_endpoint)
      return fail(ErrorCode::conflict,
                  "two GTP-U endpoints have the address " + text_of(e.ipv4) + " in one VRF; there can be one");
    row = {.ours = true, .has_gtpu_endpoint = true, .endpoint = GtpuEndpointSlot{static_cast<uint32_t>(slot)}};
  }
  return {};
}

// The row of the address, free or not; a free one gets its key and must be made `ours`.
LocalAddress& Topology::local_row(VrfSlot vrf, Be32 ipv4) {
  const uint64_t key = local_key(vrf, ipv4);
  size_t at = local_home(key);
  while (local_[at].value.ours && local_[at].key != key) at = (at + 1) & local_mask_;
  local_[at].key = key;
  return local_[at].value;
}

size_t Topology::memory_bytes() const {
  return sizeof(Topology) + spec_.tenants.capacity() * sizeof(TenantRow) + spec_.vrfs.capacity() * sizeof(VrfRow) +
         spec_.attachments.capacity() * sizeof(AttachmentRow) + spec_.endpoints.capacity() * sizeof(GtpuEndpointRow) +
         demux_.capacity() * sizeof(uint32_t) + local_.capacity() * sizeof(LocalRow);
}

}  // namespace demarc::dp
