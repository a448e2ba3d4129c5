// compile: rows in, table updates out. Pure: no socket, no database, no clock.
#pragma once

#include <span>
#include <vector>

#include "common/channel/table_update.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// The updates that carry the data plane from before the changes to after them: removals in reverse order of dependence,
// then puts in its order. UE pools and API keys yield nothing: they are the
// control plane's own affair.
//
// Of an object that was changed several times the last state counts, one that came and went yields nothing. Sessions
// keep the order of their changes, so that a TEID given up by one is free before another takes it; one that came back
// after its removal, or that left a VRF or endpoint that is removed too, is removed before it is put again.
std::vector<channel::TableUpdate> compile(std::span<const Change> changes);

// Everything, as puts in order of dependence: what an empty data plane needs.
std::vector<channel::TableUpdate> compile_all(const Model& model);

}  // namespace demarc::cp
