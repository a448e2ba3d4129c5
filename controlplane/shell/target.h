// Where demarcd is, and with what key: from the program's options and its environment.
#pragma once

#include <functional>
#include <string>

#include "common/base/result.h"
#include "controlplane/shell/parse.h"

namespace demarc::shell {

struct Target {
  std::string socket_path;  // of the unix socket; empty: TCP
  std::string host;
  std::string port;
  std::string token;  // for TCP; empty: none

  // For sentences: "/run/demarc/api.sock" or "http://10.0.0.1:8080".
  std::string text() const;
};

// Gives an environment variable's value, or nullptr.
using Environment = std::function<const char*(const char*)>;

// Options win over the environment. Errors (`invalid`): --socket and --url together, a URL that is not
// http://HOST:PORT, a token file that cannot be read, a token with characters that HTTP does not take, a key without
// --url.
Result<Target> choose_target(const Invocation& program, const Environment& environment);

}  // namespace demarc::shell
