// session_compile: a session's entry to what SessionTable holds: ids become slots, QERs are folded into the PDRs, PDRs
// stand in order of precedence.
#pragma once

#include "dataplane/agent/decode.h"
#include "dataplane/agent/slots.h"
#include "dataplane/agent/topology_model.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {

// Does what it names exist in its tenant, and has it the right role? A PDR's GTP-U endpoint must be in the PDR's
// network instance, a FAR's in the FAR's; source or destination interface access wants an access VRF, core a core VRF.
Check check_session(const channel::EntryKey& key, const SessionValue& session, const TopologyModel& model);

// Of a session that check_session() accepts, when everything in `model` has its slot.
SessionSpec compile_session(const channel::EntryKey& key, const SessionValue& session, const TopologyModel& model,
                            const Slots& slots);

}  // namespace demarc::dp
