// meter: packets that go beyond a rate are dropped: of the tenant, of the core VRF, of the session (AMBR) or of a QER
// of the PDR (MBR). All levels are asked first and then all are paid, so what one refuses has spent nothing at another.
//
// reads:  meta.session and PDR, meta.tenant, burst.uplink, burst.downlink, burst.inner_bytes
// drops:  rate_tenant, rate_vrf, rate_session, rate_qer
//
// Behind gtpu_decap and gtpu_encap, before the routes: what is counted as usage is what is metered, its inner bytes.
// What of it a route or a full port drops has paid. A packet from UE to UE pays as uplink of the one where it turns
// (ue_to_ue), and as downlink of the other.
#pragma once

#include "dataplane/stages/stage_context.h"
#include "dataplane/worker/burst.h"

namespace demarc::dp {

// Leaves in `lane` what conforms.
void meter(StageContext& context, Burst& burst, Lane& lane);

}  // namespace demarc::dp
