// OwnAddresses: every address that is ours in any VRF of a tenant, of attachments and of GTP-U endpoints. A UE has no
// business with any of them, also where its own VRF knows nothing of the address and would send the packet to a router.
// Built with the Topology, then immutable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/byte_order.h"
#include "common/base/ids.h"
#include "common/base/ipv6.h"
#include "dataplane/tables/local_addresses.h"

namespace demarc::dp {

class OwnAddresses {
 public:
  // Room for so many addresses; empty.
  void reset(size_t ipv4, size_t ipv6) {
    ipv4_.reset(ipv4);
    ipv6_.reset(ipv6);
  }
  void add(TenantSlot tenant, Be32 a) { ipv4_.row(key(tenant), a).ours = true; }
  void add(TenantSlot tenant, const Ipv6Address& a) { ipv6_.row(key(tenant), a).ours = true; }
  // Any value is safe.
  bool has(TenantSlot tenant, Be32 a) const { return ipv4_.find(key(tenant), a).ours; }
  bool has(TenantSlot tenant, const Ipv6Address& a) const { return ipv6_.find(key(tenant), a).ours; }
  size_t memory_bytes() const { return ipv4_.memory_bytes() + ipv6_.memory_bytes(); }

  // One of 64 bits. Those of all of a tenant's addresses together say of most others, without a lookup, that they are
  // none of them.
  static uint64_t bit(Be32 a) { return uint64_t{1} << (a.raw() * kMultiplier >> 58); }
  static uint64_t bit(const Ipv6Address& a) {
    uint64_t words[2];
    std::memcpy(words, a.bytes.data(), sizeof words);
    return uint64_t{1} << ((words[0] * kMultiplier ^ words[1]) * kMultiplier >> 58);
  }

 private:
  static constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15u;
  // As a VRF's addresses, but of the whole tenant.
  static VrfSlot key(TenantSlot tenant) { return VrfSlot{tenant.value}; }

  LocalAddresses<Be32> ipv4_;
  LocalAddresses<Ipv6Address> ipv6_;
};

}  // namespace demarc::dp
