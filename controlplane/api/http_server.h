// HttpServer: HTTP/1.1 on a unix socket and on TCP. Knows nothing of routes: each whole request goes to one handler.
//
// Bounded against whatever comes: header and body sizes, the time from a request's first byte to its last, the time a
// client may take to read, idle time, and the connections of each socket (a flood on TCP leaves the unix socket alone).
// Requests of one connection are answered one after the other, so pipelined ones wait in the socket.
//
// Over TCP, whoever has not shown a credential is a stranger: strangers have little time, each address has few of them,
// and where there is no room the oldest makes place. A request's credential is looked at before its body is read.
// Whoever has shown one has a number of connections and of requests under way; more requests wait for their turn.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "common/base/result.h"
#include "controlplane/api/http.h"

namespace boost::asio {
class io_context;
}

namespace demarc::cp {

inline constexpr size_t kBodyBytesMax = 1024 * 1024;
inline constexpr size_t kHeaderBytesMax = 16 * 1024;
// A streamed answer that the client does not take is cut when this much waits.
inline constexpr size_t kStreamBacklogBytesMax = 4 * 1024 * 1024;

struct HttpLimits {
  uint64_t request_timeout_ns = 10'000'000'000;
  uint64_t idle_timeout_ns = 60'000'000'000;
  size_t connections_max = 256;
  // Over TCP.
  uint64_t stranger_timeout_ns = 5'000'000'000;  // to send a request's header
  size_t strangers_per_address_max = 64;
  size_t connections_per_owner_max = 64;
  size_t requests_per_owner_max = 8;
};

// Who may go on: the caller, and by what its connections and requests are counted (a tenant, or an operator's key).
struct Admitted {
  std::shared_ptr<const Caller> caller;
  std::string owner;
};

class HttpServer {
 public:
  using Handle = std::function<void(Request, std::shared_ptr<Reply>)>;

  // Looks at the value of an Authorization header (empty without one) of a request over TCP. The answer, now or later
  // on the thread that runs `io`: who it is, or what to answer.
  using Then = std::function<void(tl::expected<Admitted, Response>)>;
  using Admit = std::function<void(std::string authorization, Then then)>;

  // Both are called on the thread that runs `io`. The listening sockets become the server's own.
  HttpServer(boost::asio::io_context& io, HttpLimits limits, Admit admit, Handle handle);
  ~HttpServer();

  // Starts to accept on a listening socket (listen_socket.h).
  void serve_unix(int listening_fd);
  void serve_tcp(int listening_fd);

 private:
  struct Impl;
  struct Listener;
  std::shared_ptr<Impl> impl_;
};

// The body of an error that the server itself answers with, and the dispatcher too.
std::string error_body(const std::string& code, const std::string& message);

}  // namespace demarc::cp
