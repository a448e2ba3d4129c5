// HttpServer: HTTP/1.1 on a unix socket and on TCP. Knows nothing of routes: each whole request goes to one handler.
//
// Bounded against whatever comes: header and body sizes, the time from a request's first byte to its last, the time a
// client may take to read, idle time, and the connections of each socket (a flood on TCP leaves the unix socket alone).
// Requests of one connection are answered one after the other, so pipelined ones wait in the socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

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
};

class HttpServer {
 public:
  using Handle = std::function<void(Request, std::shared_ptr<Reply>)>;

  // `handle` is called on the thread that runs `io`. The listening sockets become the server's own.
  HttpServer(boost::asio::io_context& io, HttpLimits limits, Handle handle);
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
