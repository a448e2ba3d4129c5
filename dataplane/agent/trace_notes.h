// trace_notes: one step of a traced packet in words, with the names that the operator gave.
#pragma once

#include <span>
#include <string>

#include "dataplane/agent/apply.h"
#include "dataplane/worker/trace.h"

namespace demarc::dp {

// What the stage of a `step` found or did; `port` is the one on which the packet was received, `head` its first bytes.
std::string stage_note(const TraceRecord& step, PortIndex port, std::span<const uint8_t> head, const TableState& state);

// What became of the packet at its `end`: sent, held, consumed or dropped, and why.
std::string fate_note(const TraceRecord& end, const TableState& state);

}  // namespace demarc::dp
