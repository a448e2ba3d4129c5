// An Ethernet filter as the API has it: {"destination": "02:00:5e:00:53:01", "c_vlan": 7}.
#pragma once

#include <nlohmann/json.hpp>

#include "controlplane/model/objects.h"

namespace demarc::cp {

nlohmann::json ethernet_filter_json(const EthernetFilter& filter);
// Of a value that has the shape of the schema. Errors: `invalid`, for a MAC address.
Result<EthernetFilter> ethernet_filter_from(const nlohmann::json& value);

}  // namespace demarc::cp
