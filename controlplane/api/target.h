// The target of a request, taken apart: decoded path segments and query.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace demarc::cp {

inline constexpr size_t kSegmentsMax = 16;
inline constexpr size_t kQueryMax = 16;

struct Target {
  std::vector<std::string> segments;         // "/v1/tenants/a%63me" → "v1", "tenants", "acme"
  std::map<std::string, std::string> query;  // "?force=true" → force: "true"
};

// Percent-decoding comes first and once, so that every later check sees what is meant. Errors: invalid for what is not
// a path, for %-sequences that are wrong, and for control characters and '/' hidden in them.
Result<Target> parse_target(std::string_view text);

// For people: in quotes, cut at 64 bytes.
std::string in_quotes(std::string_view text);

}  // namespace demarc::cp
