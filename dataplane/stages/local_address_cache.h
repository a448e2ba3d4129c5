// Topology::local_address with the last answer remembered: neighbouring packets ask for the same address.
#pragma once

#include "dataplane/tables/topology.h"

namespace demarc::dp {

class LocalAddressCache {
 public:
  explicit LocalAddressCache(const Topology& topology) : topology_(topology) {}

  const LocalAddress& find(VrfSlot vrf, Be32 address) {
    if (!known_ || vrf != vrf_ || !(address == address_)) {
      answer_ = topology_.local_address(vrf, address);
      vrf_ = vrf;
      address_ = address;
      known_ = true;
    }
    return answer_;
  }

 private:
  const Topology& topology_;
  bool known_ = false;
  VrfSlot vrf_;
  Be32 address_;
  LocalAddress answer_;
};

}  // namespace demarc::dp
