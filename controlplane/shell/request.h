// From a checked command to the HTTP request of its row.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "controlplane/shell/parse.h"

namespace demarc::shell {

struct Request {
  std::string method;
  std::string target;                // path and query, percent-encoded
  std::string body;                  // JSON; empty: none
  std::chrono::seconds patience{0};  // demarcd may be silent for so long besides the usual
};

inline constexpr size_t kBodyMax = 1 << 20;  // bytes; what the API takes

// Reads the file of an is_body option ("-": standard input). Errors: that file cannot be read, is too big, is not a
// JSON object.
Result<Request> make_request(const Invocation& invocation);

// Everything but letters, digits and -._~ becomes %XX; '/' stays when it separates segments of a prefix.
std::string percent_encode(std::string_view text, bool keep_slash = false);

}  // namespace demarc::shell
