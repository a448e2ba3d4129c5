// Who may connect over CURVE: the peer whose public key is configured. Answers ZeroMQ's authentication requests
// (RFC 27, ZAP) inside one context.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"

namespace demarc::channel {

class ZapHandler {
 public:
  // `context` is a zmq context that outlives it. Make it before the socket that it guards.
  static Result<std::unique_ptr<ZapHandler>> open(void* context, const std::string& peer_public_key_z85);
  ~ZapHandler();
  ZapHandler(const ZapHandler&) = delete;

  void* socket() const { return socket_; }  // to poll for input
  void answer();                            // all requests that wait; never waits itself

 private:
  ZapHandler(void* socket, std::string key) : socket_(socket), peer_key_(std::move(key)) {}
  void* socket_;
  std::string peer_key_;  // 32 bytes
};

}  // namespace demarc::channel
