#include "controlplane/store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace demarc::cp {
namespace {

// The digits at the front of the lock file; "unknown" when there are none yet.
std::string read_pid(int fd) {
  char text[16];
  const ssize_t n = ::pread(fd, text, sizeof text, 0);
  std::string pid;
  for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; ++i) pid += text[i];
  return pid.empty() ? "unknown" : pid;
}

}  // namespace

Result<FileLock> FileLock::take(const std::string& path, const std::string& of_what) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ErrorCode::unavailable, "cannot open " + path + ": " + std::strerror(errno) +
                                            "; its directory must exist and be writable by demarcd");
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(ErrorCode::unavailable, "cannot lock " + path + ": " + std::strerror(errno));
    return fail(ErrorCode::conflict, of_what + " is in use by another demarcd (pid " + read_pid(fd) +
                                         "); stop that one, or configure another file");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  // Only people read the pid: ownership is the lock itself, so a full disk does not matter here.
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) return lock;
  return lock;
}

FileLock& FileLock::operator=(FileLock&& o) noexcept {
  std::swap(fd_, o.fd_);
  return *this;
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace demarc::cp
