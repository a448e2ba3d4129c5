// TopologyModel: the entries that make up a Topology, decoded, with the indices that judge them. Agent only.
//
// set() changes one entry and gives back what was there, so a transaction is undone by setting every touched key to
// what it was before; order does not matter. What must hold between entries (references, uniqueness) is asked after
// the last change of a transaction, not between: check().
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tl/expected.hpp>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/channel/table_update.h"
#include "dataplane/agent/decode.h"

namespace demarc::dp {

// What is wrong with an entry, and the other entry (kind none: there is no other) whose change may be the cause: of an
// attachment that names a VRF which is gone, the VRF.
struct Complaint {
  Error error;
  channel::EntryKey because_of;
};
using Check = tl::expected<void, Complaint>;

inline IpAddress first_of(const Ipv4Interface& i) { return ip_of(Ipv4Address{i.prefix().value}); }
inline IpAddress first_of(const Ipv6Interface& i) { return i.prefix().address; }

class TopologyModel {
 public:
  // All that names a VRF, whether or not the VRF is there. Ordered so that neighbours in the order are the only
  // candidates for an overlap or a duplicate.
  struct InVrf {
    // First address of the prefix; an entry with addresses of both families stands here twice.
    std::set<std::pair<IpAddress, AttachmentId>> attachments;
    std::set<std::pair<IpAddress, GtpuEndpointId>> endpoints;  // address
    std::set<std::tuple<IpAddress, uint8_t, RouteId>> routes;  // prefix, length
    bool empty() const { return attachments.empty() && endpoints.empty() && routes.empty(); }
  };
  struct Tenant {
    std::optional<TenantValue> value;
    std::map<VrfId, VrfValue> vrfs;
    std::map<AttachmentId, AttachmentValue> attachments;
    std::map<GtpuEndpointId, GtpuEndpointValue> endpoints;
    std::map<RouteId, RouteValue> routes;
    std::map<VrfId, InVrf> in_vrf;
    bool empty() const;
  };

  // Puts (or with nullopt removes) an entry. `key.kind` is not session and names the alternative of `value`.
  // Returns the value before.
  std::optional<SmallValue> set(const channel::EntryKey& key, std::optional<SmallValue> value);
  std::optional<SmallValue> get(const channel::EntryKey& key) const;

  // Of an entry that is there: does all that it names exist, and does it contradict no other? Errors: `not_found`,
  // `conflict`, `invalid`. Nothing of another tenant is ever named.
  Check check(const channel::EntryKey& key) const;
  // check() of every entry of the tenant.
  Check check_tenant(TenantId tenant) const;

  // Null when the tenant has no entry here at all.
  const Tenant* tenant(TenantId id) const;
  const std::map<TenantId, Tenant>& tenants() const { return tenants_; }
  const VrfValue* vrf(TenantId tenant, VrfId id) const;
  const AttachmentValue* attachment(TenantId tenant, AttachmentId id) const;
  const GtpuEndpointValue* endpoint(TenantId tenant, GtpuEndpointId id) const;
  size_t count(schema::EntryKind kind) const { return counts_[static_cast<size_t>(kind)]; }

  // "vrf 9 does not exist in this tenant", and for sessions alike.
  static Check missing(const channel::EntryKey& key, const char* prefix, const channel::EntryKey& named);

 private:
  using DemuxKey = std::tuple<uint16_t, uint16_t, uint16_t, TenantId, AttachmentId>;  // port, outer VLAN, VLAN

  template <class Map, class Value>
  std::optional<SmallValue> exchange(Map& map, const channel::EntryKey& key, std::optional<SmallValue>& value);
  std::optional<SmallValue> exchange_tenant(Tenant& tenant, std::optional<SmallValue>& value);
  void index(const channel::EntryKey& key, const SmallValue& value, bool add);
  Check check_attachment(const channel::EntryKey& key, const Tenant& tenant, const AttachmentValue& value) const;
  Check check_endpoint(const channel::EntryKey& key, const Tenant& tenant, const GtpuEndpointValue& value) const;
  Check check_route(const channel::EntryKey& key, const Tenant& tenant, const RouteValue& value) const;
  template <class Interface>
  Check check_overlap(const channel::EntryKey& key, const Tenant& tenant, VrfId vrf, const Interface& own) const;
  Check check_endpoint_address(const channel::EntryKey& key, const Tenant& tenant, VrfId vrf,
                               const IpAddress& address) const;
  static Check check_gateway(const channel::EntryKey& key, const RouteHop& hop, const AttachmentValue& attachment);
  static Check check_next_hop(const channel::EntryKey& key, const Tenant& tenant, VrfId vrf, const RouteHop& hop);
  Check check_demux(const channel::EntryKey& key, const AttachmentValue& value) const;

  std::map<TenantId, Tenant> tenants_;
  std::set<DemuxKey> demux_;
  std::array<size_t, 7> counts_{};  // by EntryKind
};

}  // namespace demarc::dp
