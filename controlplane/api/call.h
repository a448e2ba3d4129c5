// Call: one request on its way through a handler, and what the handlers stand on.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "controlplane/api/api_calls.h"
#include "controlplane/api/http.h"
#include "controlplane/api/json_text.h"
#include "controlplane/api/link_view.h"
#include "controlplane/api/load_window.h"
#include "controlplane/api/under_way.h"
#include "controlplane/auth/caller.h"
#include "controlplane/core/core.h"

namespace demarc::cp {

// Everything behind the API. What follows `render` is for the io thread alone.
struct Backend {
  Core& core;
  std::unique_ptr<LinkView> link;
  const Clock& clock;
  uint32_t store_schema;
  // Runs the function on the io thread; never after the Api is gone. Thread-safe.
  std::function<void(std::function<void()>)> post;
  // Runs the function on a thread where it keeps nobody waiting but other answers; owners (auth/caller.h) take turns.
  // Thread-safe.
  std::function<void(const std::string& owner, std::function<void()>)> render;
  LoadWindow load;
  std::map<std::pair<TenantId, KeyRole>, size_t> traces = {};  // under way
  UnderWay captures = {};
  ApiCalls api_calls = {};  // with tenants' keys
};

struct ApiRoute;

// An answer that is yet to be made of rows that were copied out of the model: called once, on any thread.
using Rows = std::function<json()>;

// Does not change once the handler has it, so that any thread may read it.
struct Call {
  std::shared_ptr<Backend> backend;
  std::shared_ptr<Reply> reply;  // used on the io thread
  const ApiRoute* route = nullptr;
  Caller caller;
  std::map<std::string, std::string, std::less<>> params;  // of the path and the query; a query's may be missing
  json body;                                               // right by the route's schema

  // Empty when it is not there.
  const std::string& param(std::string_view name) const;
  // A query parameter that is true or false; false when it is not there.
  Result<bool> flag(std::string_view name) const;
  // A parameter that is a decimal number from `least` to `most`.
  Result<uint64_t> number(std::string_view name, uint64_t least, uint64_t most) const;
  // The tenant of the path. Errors: not_found; forbidden when a tenant's key outlived its tenant and another took its
  // name.
  Result<const Tenant*> tenant(const Model& model) const;
};
using CallPtr = std::shared_ptr<const Call>;

// ---- answers ----

Response json_response(int status, const json& body);
Response error_response(const Error& error);
int http_status(ErrorCode code);
// {"items": […]}
json items(json list);

// ---- hops between threads ----

// Looks at the model on the core thread, and hands what it found to `then` on the io thread.
template <class Look, class Then>
void read_then(const CallPtr& call, Look look, Then then) {
  call->backend->core.read([call, look = std::move(look), then = std::move(then)](const Model& model) mutable {
    call->backend->post([then = std::move(then), found = look(model)]() mutable { then(std::move(found)); });
  });
}

// A function of the link's thread that carries its argument to `then` on the io thread.
template <class Value, class Then>
auto hop(const CallPtr& call, Then then) {
  return [call, then = std::move(then)](Value value) {
    call->backend->post([then, value = std::move(value)]() mutable { then(std::move(value)); });
  };
}

}  // namespace demarc::cp
