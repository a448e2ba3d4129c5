// The channel's ZeroMQ sockets, made the same way at both ends. The directory of an ipc:// socket is ours alone (0700);
// tcp:// is CURVE on both sides or nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "common/base/result.h"
#include "common/channel/curve.h"
#include "common/channel/envelope.h"

namespace demarc::channel {

inline constexpr int kMessagesAtATime = 64;

// Names one life of a program; never 0.
uint64_t random_boot_id();

class Socket {
 public:
  enum class Sent {
    ok,
    full,         // the queue to this peer is full
    unreachable,  // nobody there
  };
  struct Incoming {
    std::string from;  // at a ROUTER: the routing id of the peer's connection. At a DEALER: empty
    Bytes bytes;
  };

  // Errors: a bad endpoint; a directory that is not ours; another process that serves it (conflict); missing keys.
  static Result<std::unique_ptr<Socket>> bind_router(const std::string& endpoint, const CurveFiles& curve);
  // Does not wait for the other end: it connects when that is there, and again whenever it was lost.
  static Result<std::unique_ptr<Socket>> connect_dealer(const std::string& endpoint, const CurveFiles& curve);
  ~Socket();

  // Never waits. `to` is an Incoming::from at a ROUTER, empty at a DEALER.
  Sent send(const std::string& to, std::span<const uint8_t> bytes);
  // Never waits. Messages of more than one part are thrown away and counted.
  std::optional<Incoming> receive();
  // What is there, at most kMessagesAtATime: then the caller's other work has its turn.
  template <class Take>
  void receive_some(Take take) {
    for (int i = 0; i < kMessagesAtATime; ++i) {
      const auto incoming = receive();
      if (!incoming) return;
      take(*incoming);
    }
  }
  // Until a message may be there, or `fd` (-1: none) is readable, or `timeout_ms` is over.
  void wait(int timeout_ms, int fd = -1);

  uint64_t discarded() const;  // messages of a wrong number of parts

 private:
  Socket();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace demarc::channel
