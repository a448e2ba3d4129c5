// Api: the northbound HTTP API, on a unix socket and, when configured, on TCP. See README.md for the routes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace boost::asio {
class io_context;
}

namespace demarc::cp {

class Core;
class Link;
class LinkView;

struct TcpListen {
  std::string address;  // an IPv4 or IPv6 address in text; 0.0.0.0 for all
  uint16_t port = 0;    // 0: the kernel picks one, see Api::tcp_port()
};

struct ApiConfig {
  std::string unix_path = "/run/demarc/api.sock";  // the directory is made (0755) when it is missing
  std::optional<TcpListen> tcp;                    // none: no TCP
  uint32_t store_schema = 0;                       // of the store, for GET /v1/version

  // For tests to shorten.
  uint64_t request_timeout_ns = 10'000'000'000;  // from a request's first byte to its last; also to take an answer
  uint64_t idle_timeout_ns = 60'000'000'000;     // between requests of one connection
  size_t connections_max = 256;                  // of each of the two sockets
  // Over TCP; http_server.h says what they are.
  uint64_t stranger_timeout_ns = 5'000'000'000;
  size_t strangers_per_address_max = 64;
  size_t connections_per_owner_max = 64;
  size_t requests_per_owner_max = 8;
};

class Api {
 public:
  // Binds and starts to accept on `io`, which one thread runs. `io`, `core`, `link` and `clock` outlive the Api; `io`
  // also outlives the threads of `core` and `link`. The Api is destroyed on the thread that runs `io`, or after it.
  //
  // Errors: conflict when another process listens on the unix socket ("another demarcd listens at …"; a socket that
  // a dead process left is replaced); invalid or unavailable when an address cannot be bound, and why.
  static Result<std::unique_ptr<Api>> open(boost::asio::io_context& io, ApiConfig config, Core& core, Link& link,
                                           const Clock& clock);
  // The same for what stands in for a Link.
  static Result<std::unique_ptr<Api>> open(boost::asio::io_context& io, ApiConfig config, Core& core,
                                           std::unique_ptr<LinkView> link, const Clock& clock);
  // Closes every connection and removes the unix socket.
  ~Api();

  uint16_t tcp_port() const;  // 0 without TCP

 private:
  Api() = default;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::cp
