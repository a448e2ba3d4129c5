// Topology: everything of the tables that is small, as one immutable object: tenants, VRFs with their Fibs,
// attachments, GTP-U endpoints and our addresses. A transaction that touches any of it builds the next Topology aside
// and swaps one pointer, so that workers see all of it or nothing. Sessions and neighbors are not in here: they change
// entry by entry.
//
// Rows are found by slots that the agent gives and that stay the same while the entry lives, whatever is rebuilt.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/result.h"
#include "dataplane/tables/fib.h"

namespace demarc::dp {

using MacAddress = std::array<uint8_t, 6>;

struct TenantRow {
  TenantId id;  // 0: the slot is free
  bool suspended = false;
};

struct VrfRow {
  TenantSlot tenant;
  bool valid = false;
  bool core = false;               // else access
  std::shared_ptr<const Fib> fib;  // shared with the next Topology when the VRF did not change; never copied by workers
};

struct AttachmentRow {
  TenantSlot tenant;
  VrfSlot vrf;
  PortIndex port;
  VlanId vlan;
  Be32 ipv4;  // ours
  uint8_t prefix_length = 0;
  bool valid = false;
  bool core = false;       // role of the VRF
  bool suspended = false;  // of the tenant
  MacAddress mac{};        // of the port
  uint16_t mtu = 1500;     // of the port: largest IP packet
};

struct GtpuEndpointRow {
  TenantSlot tenant;
  VrfSlot vrf;
  Be32 ipv4;
  bool valid = false;
};

// What one of our addresses is for. An address may be of an attachment and of a GTP-U endpoint at once.
struct LocalAddress {
  bool ours = false;
  bool has_gtpu_endpoint = false;
  GtpuEndpointSlot endpoint;
};

// What a Topology is built from. Vectors are indexed by slot; rows that are not `valid` are free.
struct TopologySpec {
  uint16_t ports = 0;
  std::vector<TenantRow> tenants;  // slot 0 is the house
  std::vector<VrfRow> vrfs;
  std::vector<AttachmentRow> attachments;
  std::vector<GtpuEndpointRow> endpoints;
};

class Topology {
 public:
  // Errors: `conflict`: two attachments at one (port, VLAN), two GTP-U endpoints with one address in one VRF;
  // `invalid`: an attachment at a port that does not exist or with a VLAN over 4094.
  static Result<std::unique_ptr<const Topology>> build(TopologySpec spec);

  // The attachment at (port, VLAN), or null. `vlan` 0: untagged or priority-tagged. Any value is safe. `slot` may be
  // null, and is written only when there is one.
  const AttachmentRow* attachment_at(PortIndex port, VlanId vlan, AttachmentSlot* slot) const {
    if (port.value >= spec_.ports || vlan.value > kVlanMax.value) return nullptr;
    const uint32_t found = demux_[size_t{port.value} * kVlansPerPort + vlan.value];
    if (found == 0) return nullptr;
    if (slot != nullptr) *slot = AttachmentSlot{found - 1};
    return &spec_.attachments[found - 1];
  }
  // `s` must be one that attachment_at() gave, from this same Topology.
  const AttachmentRow& attachment(AttachmentSlot s) const { return spec_.attachments[s.value]; }
  // Null when the slot is free or out of range: a session may outlive its VRF by a moment.
  const VrfRow* vrf(VrfSlot s) const {
    return s.value < spec_.vrfs.size() && spec_.vrfs[s.value].valid ? &spec_.vrfs[s.value] : nullptr;
  }
  const AttachmentRow* attachment_or_null(AttachmentSlot s) const {
    return s.value < spec_.attachments.size() && spec_.attachments[s.value].valid ? &spec_.attachments[s.value]
                                                                                  : nullptr;
  }
  const GtpuEndpointRow* endpoint(GtpuEndpointSlot s) const {
    return s.value < spec_.endpoints.size() && spec_.endpoints[s.value].valid ? &spec_.endpoints[s.value] : nullptr;
  }
  // What `ipv4` is in the VRF, if it is ours. Any value is safe.
  LocalAddress local_address(VrfSlot vrf, Be32 ipv4) const {
    const uint64_t key = local_key(vrf, ipv4);
    // At most half full, so a free row ends the walk.
    for (size_t at = local_home(key);; at = (at + 1) & local_mask_) {
      const LocalRow& row = local_[at];
      if (!row.value.ours) return {};
      if (row.key == key) return row.value;
    }
  }
  const TopologySpec& spec() const { return spec_; }
  size_t memory_bytes() const;  // without the Fibs

 private:
  static constexpr size_t kVlansPerPort = 4096;
  struct LocalRow {
    uint64_t key = 0;
    LocalAddress value;  // not `ours`: the row is free
  };

  explicit Topology(TopologySpec spec) : spec_(std::move(spec)) {}
  static uint64_t local_key(VrfSlot vrf, Be32 ipv4) { return uint64_t{vrf.value} << 32 | ipv4.raw(); }
  // Multiplicative hashing; the best bits of the product are the upper ones.
  size_t local_home(uint64_t key) const { return key * 0x9e3779b97f4a7c15u >> local_shift_; }
  Status add_attachments();
  Status add_local_addresses();
  LocalAddress& local_row(VrfSlot vrf, Be32 ipv4);

  TopologySpec spec_;
  std::vector<uint32_t> demux_;  // [port * 4096 + vlan]: attachment slot + 1
  std::vector<LocalRow> local_;  // open addressing, size a power of two, at most half full
  size_t local_mask_ = 0;        // size - 1
  unsigned local_shift_ = 0;     // 64 - log2 of the size
};

}  // namespace demarc::dp
