// How long tenants' packets take, and what they cost. Not for use outside of exporter/.
#pragma once

#include "controlplane/exporter/exporter.h"
#include "controlplane/exporter/families.h"

namespace demarc::cp {

// Of a snapshot that has a report.
void collect_latency(const Snapshot& snapshot, Families& out);
void collect_worker_cycles(const Snapshot& snapshot, Families& out);

}  // namespace demarc::cp
