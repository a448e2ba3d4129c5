// What the status handlers show: tenants' names from the core, counters and state from the link, asked one after the
// other.
#pragma once

#include <functional>

#include "controlplane/api/call.h"
#include "controlplane/exporter/exporter.h"

namespace demarc::cp {

using Names = std::map<TenantId, std::string>;

// Which tenants a request is about. Errors: the tenant of the path is not there.
Result<Names> all_tenants(const Model& model, const Call& call);
Result<Names> tenant_of_path(const Model& model, const Call& call);

// `then` gets, on the io thread, the snapshot with a fresh report. When there is none (the data plane does not answer)
// the request is answered with the error, unless `without_report` is true.
void with_snapshot(const CallPtr& call, Result<Names> (*tenants)(const Model&, const Call&),
                   std::function<void(const Snapshot&)> then, bool without_report = false);

// 16 hexadecimal digits.
std::string hex64(uint64_t value);
// Hexadecimal, two digits a byte.
std::string hex_bytes(const std::vector<uint8_t>& bytes, std::string_view separator = "");
// 2026-01-31T13:45:09Z; empty for 0.
std::string utc_time(uint64_t wall_ns);

}  // namespace demarc::cp
