// Framed routes: the prefixes behind a UE besides its own addresses. Not for use outside of model/.
#pragma once

#include <string>

#include "common/base/result.h"
#include "controlplane/model/model.h"
#include "controlplane/model/session_keys.h"

namespace demarc::cp {

// Different lengths of one family that the framed routes of a VRF may have: dataplane/tables/framed_routes.h.
inline constexpr size_t kFramedLengthsMax = 8;

// Of a PDR by itself; its UE addresses are valid. `subject`: "PDR 1". Error `invalid`.
Status check_framed_routes(const Pdr& pdr, const std::string& subject);

// Of a session, whose keys are `keys`, beside what else there is in its VRFs. A session of the model with the key `own`
// is the one to be replaced. Errors: `invalid` for more than a session may have, `conflict`, `exhausted` for a ninth
// length.
Status check_framed_keys(const Model& model, const Session& session, const SessionKeys& keys);

// That a prefix which is about to be something else's in the VRF overlaps no framed route. Error `conflict`.
Status check_no_framed_route(const Model& model, VrfId vrf, const IpPrefix& prefix, const std::string& subject);

}  // namespace demarc::cp
