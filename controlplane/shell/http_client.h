// One HTTP request to demarcd and its answer. Beast is in http_client.cc alone.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "controlplane/shell/request.h"
#include "controlplane/shell/target.h"

namespace demarc::shell {

struct ClientLimits {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds silence{30'000};  // between two pieces of the answer
  size_t answer_max = size_t{256} << 20;      // bytes of an answer that is not a stream
  size_t line_max = size_t{1} << 20;          // bytes of a line of a stream
};

struct Response {
  unsigned status = 0;  // of HTTP
  std::string content_type;
  std::string body;  // empty when it went to a sink
};

struct ClientError {
  enum class Kind : uint8_t {
    unreachable,  // not there, gone in the middle of its answer, silent, not HTTP, or more than we take
    interrupted,  // the person at the keyboard gave up
  };
  Kind kind = Kind::unreachable;
  std::string message;
};

// Gets each line (without its end) of an answer of type application/x-ndjson as it comes. False ends the answer.
using LineSink = std::function<bool(std::string_view line)>;
// Gets each piece of an answer of type application/x-pcapng as it comes. False ends the answer.
using ByteSink = std::function<bool(std::string_view piece)>;

class HttpClient {
 public:
  // `interrupt_fd` becomes readable when the request is to be given up; -1: never.
  HttpClient(Target target, ClientLimits limits = {}, int interrupt_fd = -1);

  const Target& target() const { return target_; }
  const ClientLimits& limits() const { return limits_; }

  // An answer with any HTTP status is a value. Waits at most limits().silence and the request's patience for each
  // piece.
  tl::expected<Response, ClientError> perform(const Request& request, const LineSink& on_line = nullptr,
                                              const ByteSink& on_bytes = nullptr) const;

 private:
  Target target_;
  ClientLimits limits_;
  int interrupt_fd_;
};

}  // namespace demarc::shell
