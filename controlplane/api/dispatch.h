// dispatch: from a request to its handler. The one place where credentials, permissions, methods, queries and bodies
// are checked.
#pragma once

#include <memory>

#include "controlplane/api/call.h"
#include "controlplane/api/http_server.h"

namespace demarc::cp {

// Finds out who shows this credential, over TCP. On the io thread, now and when it answers.
void admit(const std::shared_ptr<Backend>& backend, std::string authorization, HttpServer::Then then);

// On the io thread.
void dispatch(const std::shared_ptr<Backend>& backend, Request request, std::shared_ptr<Reply> reply);

}  // namespace demarc::cp
