// Sessions that carry no IP: Ethernet and unstructured PDU sessions (TS 23.501 clauses 5.6.10.2, 5.6.10.3), and the
// core VRFs that are Ethernet networks. Not for use outside of model/.
#pragma once

#include "common/base/result.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// What a PDR or FAR of a session of this type may not have, and the Ethernet filters.
Status check_pdr_type(const Pdr& pdr, PdnType type, const std::string& subject);
Status check_far_type(const Far& far, PdnType type, const std::string& subject);

// The rules of a session, which are valid each by itself, together; and the VRFs that they name: one with Ethernet
// sessions has no others and one attachment. Errors: `invalid`, `conflict`, `exhausted`.
Status check_session_type(const Model& model, const Session& session);

// Whether one attachment more may be in the VRF: a network of Ethernet sessions has one.
Status check_bridge_port(const Model& model, VrfId vrf, const std::string& subject);
// Whether the session's network has its attachment. Asked of a session that comes or changes, and not of one that the
// store has: what was lost meanwhile is no reason to start without it.
Status check_bridge_is_there(const Model& model, const Session& session);
// An Ethernet session whose frames come and go by the VRF's attachment; null: there is none.
const SessionKey* user_of_bridge(const Model& model, VrfId vrf);

}  // namespace demarc::cp
