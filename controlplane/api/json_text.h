// JSON text, in and out, without surprises: bounded depth, no member twice, answers that are always valid UTF-8.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace demarc::cp {

using json = nlohmann::json;

inline constexpr int kJsonDepthMax = 16;

// Errors: invalid, with the line and column.
Result<json> parse_json(std::string_view text);

// What is not UTF-8 in a string (it can only have come from a request) is written as U+FFFD.
std::string json_text(const json& value);

}  // namespace demarc::cp
