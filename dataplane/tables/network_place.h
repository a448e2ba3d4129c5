// NetworkPlace: what putting a session does to the Ethernet networks. A part of SessionTable::put.
#pragma once

#include <optional>
#include <utility>

#include "common/base/result.h"
#include "dataplane/tables/ethernet_networks.h"
#include "dataplane/tables/opaque_rules.h"

namespace demarc::dp {

// The place of an Ethernet session in the network of its VRF: the one that it has already, or another, which it leaves
// again unless it is kept.
class NetworkPlace {
 public:
  explicit NetworkPlace(EthernetNetworks& networks) : networks_(networks) {}
  ~NetworkPlace() {
    if (joined_) networks_.leave(vrf_, place_.place);
  }
  NetworkPlace(const NetworkPlace&) = delete;
  NetworkPlace& operator=(const NetworkPlace&) = delete;

  Status find(const OpaqueRules* before, const std::optional<OpaqueRules>& after) {
    if (!after || after->vrf == OpaqueRules::kNoNetwork) return {};
    if (before != nullptr && before->network != nullptr && before->vrf == after->vrf) {
      place_ = {before->network, before->place};
      return {};
    }
    auto place = networks_.join(after->vrf);
    if (!place) return tl::unexpected<Error>(std::move(place.error()));
    place_ = *place;
    vrf_ = after->vrf;
    joined_ = true;
    return {};
  }
  const EthernetNetworks::Place& place() const { return place_; }
  // From here on workers see `session` there, and the one before, if it had another place, no more.
  void keep(const Session& session, const OpaqueRules* before) {
    joined_ = false;
    if (place_.network != nullptr) place_.network->set(place_.place, &session);
    if (before == nullptr || before->network == nullptr) return;
    if (before->network != place_.network || before->place != place_.place) networks_.leave(before->vrf, before->place);
  }

 private:
  EthernetNetworks& networks_;
  EthernetNetworks::Place place_{nullptr, 0};
  VrfSlot vrf_;
  bool joined_ = false;
};

}  // namespace demarc::dp
