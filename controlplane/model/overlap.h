// Which prefix of a VRF overlaps another. Prefixes of one kind never overlap each other, so there are two candidates at
// most: the last that begins at or before the new one, and the next.
#pragma once

#include "controlplane/model/model.h"

namespace demarc::cp {

// Null when none overlaps.
const Attachment* overlapping_attachment(const Model& model, VrfId vrf, const Ipv4Prefix& prefix);
const UePool* overlapping_pool(const Model& model, VrfId vrf, const Ipv4Prefix& prefix);

}  // namespace demarc::cp
