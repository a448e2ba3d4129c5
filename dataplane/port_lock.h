// PortLock: this process alone uses a device. An abstract unix socket in its name (unix(7)): it is of the network
// namespace, as a TAP interface is, leaves no file behind, and the kernel drops it when the process dies in whatever
// way.
#pragma once

#include <string>
#include <utility>

#include "common/base/result.h"

namespace demarc::dp {

class PortLock {
 public:
  // `identity`: PortConfig::identity(). Tries for 300 ms, since the kernel may still be burying the last holder.
  // Errors: `conflict`, with the pid of the process that holds it where the kernel tells.
  static Result<PortLock> take(const std::string& identity);
  ~PortLock();
  PortLock(PortLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  PortLock& operator=(PortLock&&) = delete;

 private:
  explicit PortLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace demarc::dp
