// Topology::local_address with the last answer remembered: neighbouring packets ask for the same address.
#pragma once

#include "dataplane/tables/topology.h"

namespace demarc::dp {

template <class Address>
class LocalAddressCache {
 public:
  explicit LocalAddressCache(const Topology& topology) : topology_(topology) {}

  const LocalAddress& find(VrfSlot vrf, const Address& address) {
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
  Address address_;
  LocalAddress answer_;
};

}  // namespace demarc::dp
