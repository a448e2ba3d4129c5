#include "controlplane/api/dispatch.h"

#include <algorithm>

#include "controlplane/api/http_server.h"
#include "controlplane/api/route.h"
#include "controlplane/api/schema.h"
#include "controlplane/api/target.h"

namespace demarc::cp {
namespace {

// How long the answer to a change waits for the data plane.
constexpr uint64_t kFlushNs = 1'000'000'000;

// The same words whatever the path names, so that they tell nothing of other tenants.
Response out_of_scope(const Caller& caller) {
  return {.status = 403,
          .body = error_body("forbidden", "this key is for /v1/tenants/" + caller.tenant_name + " alone")};
}

Response unauthenticated(const std::string& sentence) {
  return {.status = 401,
          .body = error_body("unauthenticated", sentence),
          .headers = {{"WWW-Authenticate", "Bearer realm=\"demarc\""}}};
}

Response method_not_allowed(const std::string& method, const std::string& allowed) {
  return {.status = 405,
          .body = error_body("method_not_allowed", in_quotes(method) + " is not for this path; it knows " + allowed),
          .headers = {{"Allow", allowed}}};
}

// RFC 6585 4. In whole seconds, as Retry-After has them (RFC 9110 10.2.3).
Response too_many_calls(const Caller& caller, uint64_t wait_ns) {
  const std::string wait_s = std::to_string(wait_ns / 1'000'000'000 + 1);
  return {.status = 429,
          .body = error_body("too_many_calls", "the keys of tenant " + caller.tenant_name + " may make " +
                                                   std::to_string(caller.calls_per_second) +
                                                   " API calls a second; try again in " + wait_s + " s"),
          .headers = {{"Retry-After", wait_s}}};
}

// Whether a tenant's key calls too often; operators may as often as they like.
std::optional<Response> count_call(Backend& backend, const Caller& caller) {
  if (caller.role == KeyRole::operator_) return std::nullopt;
  const auto wait_ns = backend.api_calls.take(caller.tenant, caller.calls_per_second, backend.clock.monotonic_ns());
  if (!wait_ns) return std::nullopt;
  return too_many_calls(caller, *wait_ns);
}

// Finds the route, or answers with what is wrong. Fills in the call's route and path parameters.
std::optional<Response> find_route(const std::string& method, const Target& target, Call& call) {
  std::string allowed;
  for (const ApiRoute& route : routes()) {
    if (!matches(route, target.segments, call)) continue;
    if (route.method == method) call.route = &route;
    allowed += (allowed.empty() ? "" : ", ") + std::string(route.method);
  }
  const bool everyone = call.route != nullptr && call.route->permission == Permission::everyone;
  if (!everyone && !in_scope(call.caller, target.segments)) return out_of_scope(call.caller);
  if (allowed.empty())
    return error_response({ErrorCode::not_found, "there is nothing at this path; /v1/openapi.json describes what is"});
  if (call.route == nullptr) return method_not_allowed(method, allowed);
  if (!may_use(call.caller, call.route->permission))
    return error_response({ErrorCode::forbidden, "this is for operators; a tenant's key cannot do it"});
  return std::nullopt;
}

Status take_query(const Target& target, Call& call) {
  const auto known = words(call.route->query, ' ');
  for (const auto& [name, value] : target.query) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return fail(ErrorCode::invalid,
                  "unknown query parameter " + in_quotes(name) +
                      (known.empty() ? "; there are none here" : "; known here: " + std::string(call.route->query)));
    call.params[name] = value;
  }
  return {};
}

Status take_body(const std::string& body, Call& call) {
  if (call.route->request.empty()) {
    if (body.empty() || body == "{}") return {};
    return fail(ErrorCode::invalid, "this request takes no body");
  }
  auto parsed = parse_json(body);
  if (!parsed) return tl::unexpected(parsed.error());
  if (auto right = check_schema(schema_ref(call.route->request), *parsed); !right) return right;
  call.body = std::move(*parsed);
  return {};
}

// A handler that throws has met our own fault: that request fails, and nothing else does.
template <class Handler, class Subject>
auto guarded(Handler handler, Subject& subject, const Call& call) -> decltype(handler(subject, call)) {
  try {
    return handler(subject, call);
  } catch (const std::exception& e) {
    return fail(ErrorCode::internal, std::string("demarcd failed at this request: ") + e.what());
  }
}

void answer(const CallPtr& call, const Result<json>& result) {
  call->reply->send(result ? json_response(call->route->status, *result) : error_response(result.error()));
}

void read(const CallPtr& call, ReadHandler handler) {
  read_then(
      call, [call, handler](const Model& model) { return guarded(handler, model, *call); },
      [call](const Result<json>& result) { answer(call, result); });
}

// On the render thread, from rows to text.
void render(const CallPtr& call, const Rows& rows) {
  Response response;
  try {
    response = json_response(call->route->status, rows());
  } catch (const std::exception& e) {
    response = error_response({ErrorCode::internal, std::string("demarcd failed at this request: ") + e.what()});
  }
  call->backend->post([call, response = std::move(response)]() mutable { call->reply->send(std::move(response)); });
}

void list(const CallPtr& call, ListHandler handler) {
  call->backend->core.read([call, handler](const Model& model) {
    auto rows = guarded(handler, model, *call);
    if (rows)
      return call->backend->render(owner_of(call->caller), [call, rows = std::move(*rows)] { render(call, rows); });
    call->backend->post([call, error = rows.error()] { call->reply->send(error_response(error)); });
  });
}

void answer_change(const CallPtr& call, json body, const char* state, const std::string& error = {}) {
  body["data_plane"] = state;
  if (!error.empty()) body["data_plane_error"] = error;
  answer(call, body);
}

// What a change leaves behind: of the core thread until it is stored, then of the io thread.
struct Changed {
  json body;
  TenantId tenant;  // whose tables it touches; 0: nobody's
};

// The tenant that a change is about: the path's, before it may be removed, or the one that was just added.
TenantId tenant_before(const Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  return tenant ? (*tenant)->id : TenantId{};
}
TenantId tenant_after(const Edit& edit) {
  if (edit.changes().empty() || !edit.changes().front().after) return {};
  const auto* added = std::get_if<Tenant>(&*edit.changes().front().after);
  return added != nullptr ? added->id : TenantId{};
}

// The change is stored. Says how far it got: to the data plane, or not yet.
void after_change(const CallPtr& call, const std::shared_ptr<const Changed>& changed) {
  if (changed->tenant == TenantId{}) return answer_change(call, changed->body, "applied");  // nothing to carry
  const auto flushed = [call, changed](const Result<bool>& done) {
    if (done) return answer_change(call, changed->body, *done ? "applied" : "pending");
    if (done.error().code == ErrorCode::unavailable) return answer_change(call, changed->body, "pending");
    answer_change(call, changed->body, "refused", done.error().message);
  };
  call->backend->link->flush(changed->tenant, kFlushNs, hop<Result<bool>>(call, flushed));
}

void change(const CallPtr& call, ChangeHandler handler) {
  auto changed = std::make_shared<Changed>();
  call->backend->core.write(
      [call, handler, changed](Edit& edit) -> Status {
        changed->tenant = tenant_before(edit, *call);
        auto result = guarded(handler, edit, *call);
        if (!result) return tl::unexpected(result.error());
        if (changed->tenant == TenantId{}) changed->tenant = tenant_after(edit);
        changed->body = std::move(*result);
        return {};
      },
      [call, changed](const Status& status) {
        call->backend->post([call, changed, status] {
          if (!status) return call->reply->send(error_response(status.error()));
          after_change(call, changed);
        });
      });
}

struct Run {
  CallPtr call;
  void operator()(ReadHandler handler) const { read(call, handler); }
  void operator()(ListHandler handler) const { list(call, handler); }
  void operator()(ChangeHandler handler) const { change(call, handler); }
  void operator()(OtherHandler handler) const { handler(call); }
};

// The caller is known.
void dispatch_for(const std::shared_ptr<Call>& call, const Request& request) {
  const auto target = parse_target(request.target);
  if (!target) return call->reply->send(error_response(target.error()));
  if (auto refused = find_route(request.method, *target, *call)) return call->reply->send(std::move(*refused));
  if (auto right = take_query(*target, *call); !right) return call->reply->send(error_response(right.error()));
  if (auto right = take_body(request.body, *call); !right) return call->reply->send(error_response(right.error()));
  std::visit(Run{call}, call->route->handler);
}

}  // namespace

void admit(const std::shared_ptr<Backend>& backend, std::string authorization, HttpServer::Then then) {
  backend->core.look([backend, authorization = std::move(authorization), then = std::move(then)](const Edit& edit) {
    auto found = authenticate(edit.model(), authorization);
    if (found && found->role == KeyRole::tenant)
      found->calls_per_second = edit.quota(found->tenant, Shared::api_calls).limit;
    backend->post([then, caller = std::move(found)] {
      if (!caller) return then(tl::unexpected(unauthenticated(caller.error())));
      then(Admitted{std::make_shared<const Caller>(*caller), owner_of(*caller)});
    });
  });
}

void dispatch(const std::shared_ptr<Backend>& backend, Request request, std::shared_ptr<Reply> reply) {
  auto call = std::make_shared<Call>();
  call->backend = backend;
  call->reply = std::move(reply);
  call->caller = request.caller ? *request.caller : local_operator();
  if (auto refused = count_call(*backend, call->caller)) return call->reply->send(std::move(*refused));
  dispatch_for(call, request);
}

}  // namespace demarc::cp
