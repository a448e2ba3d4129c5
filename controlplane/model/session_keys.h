// What a session occupies and what it stands on, gathered from its rules.
#pragma once

#include <utility>
#include <vector>

#include "controlplane/model/objects.h"

namespace demarc::cp {

struct SessionKeys {
  std::vector<std::pair<GtpuEndpointId, Teid>> f_teids;  // local: no other session may have them
  std::vector<std::pair<VrfId, IpPrefix>> ues;           // UE addresses and prefixes in their core VRFs: the same
  std::vector<std::pair<VrfId, IpPrefix>> framed;        // framed routes in their core VRFs: the same
  std::vector<VrfId> vrfs;                               // every VRF that a rule names
  std::vector<GtpuEndpointId> endpoints;                 // every endpoint that a rule names
};

// Sorted, each once.
SessionKeys session_keys(const Session& session);

// The core VRF in which the UE address of a PDR lives: for source interface core the PDR's own, for access the one to
// which its FAR leads. None for an access PDR whose FAR leads to no core VRF.
VrfId ue_vrf(const Session& session, const Pdr& pdr);

// The core VRF that is an Ethernet session's network; VrfId{}: it has none, or is of another type.
VrfId ethernet_network_of(const Session& session);

const Far* find_far(const Session& session, uint32_t far_id);
const Qer* find_qer(const Session& session, uint32_t qer_id);

}  // namespace demarc::cp
