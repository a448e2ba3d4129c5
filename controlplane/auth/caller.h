// Who asks, and what they may: the tenant of a request comes from its credential, never from its body.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "controlplane/model/model.h"
#include "controlplane/model/objects.h"

namespace demarc::cp {

struct Caller {
  KeyRole role = KeyRole::operator_;
  TenantId tenant;          // for KeyRole::tenant
  std::string tenant_name;  // for KeyRole::tenant
  std::string key_name;     // empty: who opened the unix socket
  // For KeyRole::tenant: what all keys of the tenant may make together. Not authenticate()'s to know.
  uint64_t calls_per_second = 0;
};

// Who may use a route.
enum class Permission : uint8_t {
  operators,  // operators alone
  tenant,     // operators, and the tenant whose name is in the path
  everyone,   // whoever has a valid credential
};

// Whoever may open the unix socket is an operator.
Caller local_operator();

// Who holds the key of an Authorization header's value. The error is the sentence of a 401.
tl::expected<Caller, std::string> authenticate(const Model& model, std::string_view authorization);

// What all credentials of one tenant have in common; an operator's stands for itself. Never empty.
std::string owner_of(const Caller& caller);

// Whether the path, in decoded segments, lies in what the caller may see at all: everything for an operator,
// /v1/tenants/<its own name>/… for a tenant's key. Looks at names alone, so that the answer does not depend on what
// exists.
bool in_scope(const Caller& caller, std::span<const std::string> segments);

// Whether the caller may use a route of this permission; the path is in scope.
bool may_use(const Caller& caller, Permission permission);

}  // namespace demarc::cp
