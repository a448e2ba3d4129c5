// The file system's side of an ipc:// endpoint: who may reach it, and who serves it.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"

namespace demarc::channel {

struct Endpoint {
  std::string text;  // as ZeroMQ wants it
  std::string path;  // of the socket for ipc://, empty for tcp://
  bool is_ipc() const { return !path.empty(); }
};

// ipc:///ABSOLUTE/PATH (at most 107 bytes of path), or tcp://HOST:PORT with a port of 1..65535.
Result<Endpoint> parse_endpoint(const std::string& text);

// Makes the socket's directory (0700, and what is missing above it 0755), or checks the one that is there: it must be a
// directory, belong to this process's user, and let nobody else in.
Status prepare_ipc_directory(const Endpoint& endpoint);

// Held by the one process that serves an endpoint. While it lives nobody else gets it; the kernel lets go of it when
// the process dies in whatever way.
class IpcLock {
 public:
  // Errors: conflict when another process serves the endpoint; invalid when something that is not a socket has its
  // path. Removes a socket that a dead process left.
  static Result<std::unique_ptr<IpcLock>> take(const Endpoint& endpoint);
  // Removes the socket, which ZeroMQ leaves behind, and the lock's file. Close the socket before.
  ~IpcLock();
  IpcLock(const IpcLock&) = delete;

 private:
  IpcLock(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_;
  std::string path_;
  std::string socket_path_;  // ours to remove; empty until its path has been cleared
};

}  // namespace demarc::channel
