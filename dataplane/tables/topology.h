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
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ipv6.h"
#include "common/base/result.h"
#include "common/wire/ethernet.h"
#include "dataplane/tables/fib.h"
#include "dataplane/tables/local_addresses.h"
#include "dataplane/tables/next_hop_groups.h"
#include "dataplane/tables/own_addresses.h"
#include "dataplane/tables/shared_limits.h"

namespace demarc::dp {

using MacAddress = std::array<uint8_t, 6>;

struct TenantRow {
  TenantId id;  // 0: the slot is free
  bool suspended = false;
  LimitsRow limits = {};
  // For workers that have more to do than they can (worker/admission.h). Of `guarantee` the rates of Direction::uplink
  // count, for packets of both directions.
  uint16_t weight = kWeightDefault;
  LimitsRow guarantee = {};
};

struct VrfRow {
  TenantSlot tenant;
  bool valid = false;
  bool core = false;  // else access
  // Shared with the next Topology when the VRF did not change; never copied by workers.
  std::shared_ptr<const Fib> fib;
  std::shared_ptr<const Fib6> fib6 = nullptr;             // null: no IPv6 route
  std::shared_ptr<const NextHopGroups> groups = nullptr;  // null: every route has one next hop
  // Of a core VRF, for its UEs.
  uint16_t mtu = 0;           // largest IP packet to and from a UE; 0: what the way out can carry
  uint16_t tcp_mss = 0;       // over IPv4, of IPv6 20 less; 0: not clamped
  bool pass_options = false;  // inner IPv4 options
  bool pass_routing = false;  // inner IPv6 routing headers
  bool ue_to_ue = false;      // a UE may reach another one of this VRF
  // An address of ours in it, for what we have to say there: of its first attachment. Topology::build finds them.
  Be32 ipv4 = {};  // 0: none
  Ipv6Address ipv6 = {};
  uint64_t own_bits = 0;  // OwnAddresses::bit of each of the tenant's; Topology::build finds them, too
  // By which the frames of its Ethernet sessions come and go, when it has one alone. Topology::build finds it.
  uint32_t attachments = 0;
  AttachmentSlot bridge_port = {};  // with attachments == 1
  LimitsRow limits = {};            // of a core VRF
};

struct alignas(64) AttachmentRow {
  TenantSlot tenant;
  VrfSlot vrf;
  PortIndex port;
  VlanId vlan;
  Be32 ipv4;  // ours; 0: none
  uint8_t prefix_length = 0;
  bool valid = false;
  bool core = false;       // role of the VRF
  bool suspended = false;  // of the tenant
  MacAddress mac{};        // of the port
  uint16_t mtu = 1500;     // largest IP packet out of it
  uint8_t ipv6_prefix_length = 0;
  Ipv6Address ipv6{};             // ours; ::: none, and no IPv6 here at all
  Ipv6Address ipv6_link_local{};  // ours too, with ipv6; of the MAC address (RFC 4291 appendix A)
  bool fragment_ipv4 = true;      // what is larger than mtu and may be fragmented is
  VlanId outer_vlan;              // S-tag around `vlan`; 0: none

  bool has_ipv4() const { return ipv4.raw() != 0; }
  bool has_ipv6() const { return !is_unspecified(ipv6); }
  wire::VlanTags tags() const { return {outer_vlan.value, vlan.value}; }
  bool in_ipv6_prefix(const Ipv6Address& a) const {
    return has_ipv6() && ipv6_network(a, ipv6_prefix_length) == ipv6_network(ipv6, ipv6_prefix_length);
  }
};
static_assert(sizeof(AttachmentRow) == 64);

struct GtpuEndpointRow {
  TenantSlot tenant;
  VrfSlot vrf;
  Be32 ipv4;  // 0: none
  bool valid = false;
  Ipv6Address ipv6{};  // ::: none
  bool outer_dont_fragment = false;
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
    return attachment_of(demux_[size_t{port.value} * kVlansPerPort + vlan.value], slot);
  }
  // The same behind an S-tag, or the outer one of two tags: never an attachment without one.
  const AttachmentRow* attachment_at(PortIndex port, VlanId outer, VlanId vlan, AttachmentSlot* slot) const {
    if (outer.value == 0) return attachment_at(port, vlan, slot);
    const auto found = double_tagged_.find(double_tag_key(port, outer, vlan));
    return attachment_of(found == double_tagged_.end() ? 0 : found->second, slot);
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
  // What the address is in the VRF, if it is ours. Any value is safe. Of IPv6 the solicited-node groups of our
  // addresses are here too; link-local addresses are not, for they are ours on their own link only.
  LocalAddress local_address(VrfSlot vrf, Be32 ipv4) const { return local_.find(vrf, ipv4); }
  LocalAddress local_address(VrfSlot vrf, const Ipv6Address& ipv6) const { return local_ipv6_.find(vrf, ipv6); }
  // Is the address ours in any VRF of the tenant's? `vrf` is one of them.
  template <class Address>
  bool is_own_anywhere(const VrfRow& vrf, const Address& address) const {
    return (vrf.own_bits & OwnAddresses::bit(address)) != 0 && own_.has(vrf.tenant, address);
  }
  // Has any tenant or VRF a rate?
  bool has_limits() const { return has_limits_; }
  // `t` must be one that attachment_at() gave in a row.
  const LimitsRow& tenant_limits(TenantSlot t) const { return spec_.tenants[t.value].limits; }
  // Any value is safe: of a tenant that is gone it is the default.
  const TenantRow& tenant(TenantSlot t) const {
    return t.value < spec_.tenants.size() ? spec_.tenants[t.value] : no_tenant_;
  }
  const TopologySpec& spec() const { return spec_; }
  size_t memory_bytes() const;  // without the Fibs

 private:
  static constexpr size_t kVlansPerPort = 4096;

  explicit Topology(TopologySpec spec) : spec_(std::move(spec)) {}
  static uint64_t double_tag_key(PortIndex port, VlanId outer, VlanId vlan) {
    return uint64_t{port.value} << 32 | uint64_t{outer.value} << 16 | vlan.value;
  }
  // `cell`: slot + 1, or 0.
  const AttachmentRow* attachment_of(uint32_t cell, AttachmentSlot* slot) const {
    if (cell == 0) return nullptr;
    if (slot != nullptr) *slot = AttachmentSlot{cell - 1};
    return &spec_.attachments[cell - 1];
  }
  uint32_t& demux_cell(const AttachmentRow& a);
  Status add_attachments();
  Status add_local_addresses();
  void note_attachment(AttachmentSlot slot, const AttachmentRow& a);
  void add_groups(VrfSlot vrf, const Ipv6Address& ipv6);
  void add_own_addresses(size_t ipv4, size_t ipv6);

  TopologySpec spec_;
  std::vector<uint32_t> demux_;                           // [port * 4096 + vlan]: attachment slot + 1
  std::unordered_map<uint64_t, uint32_t> double_tagged_;  // attachments with an S-tag: the same
  LocalAddresses<Be32> local_;
  LocalAddresses<Ipv6Address> local_ipv6_;
  OwnAddresses own_;
  bool has_limits_ = false;
  TenantRow no_tenant_;
};

}  // namespace demarc::dp
