// dispatch: from a request to its handler. The one place where credentials, permissions, methods, queries and bodies
// are checked.
#pragma once

#include <memory>

#include "controlplane/api/call.h"

namespace demarc::cp {

// On the io thread.
void dispatch(const std::shared_ptr<Backend>& backend, Request request, std::shared_ptr<Reply> reply);

}  // namespace demarc::cp
