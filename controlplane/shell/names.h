// The names that exist, for completion: asked of the API, with little patience and without complaint.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "controlplane/shell/command.h"
#include "controlplane/shell/http_client.h"

namespace demarc::shell {

// `values` are those that the line has already, for example the tenant.
using NameLookup =
    std::function<std::vector<std::string>(Source source, const std::map<std::string, std::string>& values)>;

inline constexpr size_t kNamesMax = 10'000;  // more than anybody looks through

// Empty when demarcd cannot be reached within a second, refuses, or the tenant is not in the line yet.
NameLookup names_from(const Target& target);

}  // namespace demarc::shell
