#include "controlplane/auth/caller.h"

#include <strings.h>

#include "controlplane/auth/token.h"

namespace demarc::cp {
namespace {

constexpr std::string_view kScheme = "bearer ";  // RFC 6750 2.1; the scheme's case does not matter (RFC 9110 11.1)

const ApiKey* find_key(const Model& model, std::string_view hash) {
  const ApiKey* found = nullptr;
  // All are looked at, so that the time says nothing about which key it was.
  for (const auto& [id, key] : model.keys)
    if (same_hash(key.token_hash, hash)) found = &key;
  return found;
}

}  // namespace

Caller local_operator() { return Caller{}; }

tl::expected<Caller, std::string> authenticate(const Model& model, std::string_view authorization) {
  if (authorization.empty())
    return tl::unexpected<std::string>(
        "this socket needs a credential: send the header \"Authorization: Bearer TOKEN\"");
  if (authorization.size() < kScheme.size() || strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0)
    return tl::unexpected<std::string>(
        "the Authorization header must be \"Bearer TOKEN\"; no other scheme is known here");
  authorization.remove_prefix(kScheme.size());
  while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
  const auto hash = hash_token(authorization);
  const ApiKey* key = hash ? find_key(model, *hash) : nullptr;
  if (key == nullptr)
    return tl::unexpected<std::string>("the token is not one of a key here; an operator makes keys at POST /v1/keys");
  Caller caller{.role = key->role, .tenant = key->tenant, .tenant_name = {}, .key_name = key->name};
  if (key->role != KeyRole::tenant) return caller;
  const auto tenant = model.tenants.find(key->tenant);
  if (tenant == model.tenants.end()) return tl::unexpected<std::string>("the tenant of this key was removed");
  caller.tenant_name = tenant->second.name;
  return caller;
}

std::string owner_of(const Caller& caller) {
  if (caller.role == KeyRole::tenant) return "tenant " + std::to_string(caller.tenant.value);
  return "key " + caller.key_name;
}

bool in_scope(const Caller& caller, std::span<const std::string> segments) {
  if (caller.role == KeyRole::operator_) return true;
  return segments.size() >= 3 && segments[0] == "v1" && segments[1] == "tenants" && segments[2] == caller.tenant_name;
}

bool may_use(const Caller& caller, Permission permission) {
  return caller.role == KeyRole::operator_ || permission != Permission::operators;
}

}  // namespace demarc::cp
