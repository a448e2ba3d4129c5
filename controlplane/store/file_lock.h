// FileLock: exclusive ownership of the store among processes, for as long as the object (or the process) lives.
#pragma once

#include <string>

#include "common/base/result.h"

namespace demarc::cp {

class FileLock {
 public:
  // Locks `path` (made when it is not there, never removed) with flock(2) and writes our pid into it. The kernel lets
  // go when the process ends, however it ends. Errors: `conflict` when another process has it, naming its pid;
  // `unavailable` when the file cannot be made.
  static Result<FileLock> take(const std::string& path, const std::string& of_what);

  FileLock(FileLock&& o) noexcept : fd_(o.fd_) { o.fd_ = -1; }
  FileLock& operator=(FileLock&& o) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace demarc::cp
