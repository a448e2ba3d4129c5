// Listening sockets, made so that what can go wrong is told in words.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "common/base/result.h"

namespace demarc::cp {

// A listening unix socket's file, removed at the end if it still is the one that was made.
class UnixListener {
 public:
  // Mode 0600. Makes the directory when missing. Replaces the socket of a process that is no more.
  // Errors: conflict when a live process listens there; invalid when the path is too long or names something that is no
  // socket; unavailable when the system refuses.
  static Result<UnixListener> open(const std::string& path);
  UnixListener(UnixListener&& o) noexcept;
  UnixListener& operator=(UnixListener&&) = delete;
  ~UnixListener();

  int fd() const { return fd_; }
  // The descriptor now belongs to the caller; the file is still removed.
  int release_fd() { return std::exchange(fd_, -1); }

 private:
  UnixListener() = default;
  std::string path_;
  int fd_ = -1;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
};

// A listening TCP socket; `address` is IPv4 or IPv6 in text.
Result<int> listen_tcp(const std::string& address, uint16_t port);
// The port that a TCP socket is bound to; 0 when it is not.
uint16_t bound_port(int fd);

}  // namespace demarc::cp
