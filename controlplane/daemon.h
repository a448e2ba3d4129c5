// What demarcd is made of, put together: core (store and model), link (channel), API.
#pragma once

#include "common/base/result.h"
#include "controlplane/config.h"

namespace demarc::cp {

// Opens everything, runs until SIGTERM or SIGINT, closes everything. Errors: what could not be opened or bound, and
// why; then all that was opened before it is closed again.
Status run_daemon(const DaemonConfig& config);

}  // namespace demarc::cp
