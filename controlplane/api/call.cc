#include "controlplane/api/call.h"

#include <charconv>

#include "controlplane/api/http_server.h"
#include "controlplane/api/target.h"

namespace demarc::cp {

const std::string& Call::param(std::string_view name) const {
  static const std::string kNone;
  const auto it = params.find(name);
  return it != params.end() ? it->second : kNone;
}

Result<bool> Call::flag(std::string_view name) const {
  const auto it = params.find(name);
  if (it == params.end() || it->second == "false") return false;
  if (it->second == "true") return true;
  return fail(ErrorCode::invalid, std::string(name) + ": " + in_quotes(it->second) + " is neither true nor false");
}

Result<uint64_t> Call::number(std::string_view name, uint64_t least, uint64_t most) const {
  const std::string& text = param(name);
  uint64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size() || value < least || value > most)
    return fail(ErrorCode::invalid, std::string(name) + ": " + in_quotes(text) + " is not a whole number from " +
                                        std::to_string(least) + " to " + std::to_string(most));
  return value;
}

Result<const Tenant*> Call::tenant(const Model& model) const {
  const std::string& name = param("t");
  const Tenant* found = model.tenant(name);
  if (found == nullptr) return fail(ErrorCode::not_found, "there is no tenant " + in_quotes(name));
  if (caller.role == KeyRole::tenant && caller.tenant != found->id)
    return fail(ErrorCode::forbidden, "this key's tenant was removed");
  return found;
}

Response json_response(int status, const json& body) { return {.status = status, .body = json_text(body) + "\n"}; }

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid: return 400;
    case ErrorCode::forbidden: return 403;
    case ErrorCode::not_found: return 404;
    case ErrorCode::conflict: return 409;
    case ErrorCode::exhausted: return 507;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::internal: return 500;
  }
  return 500;
}

Response error_response(const Error& error) {
  return {.status = http_status(error.code), .body = error_body(error_code_name(error.code), error.message)};
}

json items(json list) { return {{"items", std::move(list)}}; }

}  // namespace demarc::cp
