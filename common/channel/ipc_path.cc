#include "common/channel/ipc_path.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>

#include "common/base/text.h"

namespace demarc::channel {
namespace {

constexpr size_t kPathBytesMax = sizeof(sockaddr_un::sun_path) - 1;

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Does a process accept connections on the socket at `path`?
bool is_served(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int rc = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const bool served = rc == 0 || errno == EAGAIN || errno == EINPROGRESS;
  ::close(fd);
  return served;
}

Status clear_stale_socket(const Endpoint& endpoint) {
  struct stat st {};
  if (::lstat(endpoint.path.c_str(), &st) != 0) {
    if (errno == ENOENT) return {};
    return fail(ErrorCode::unavailable, "channel endpoint " + endpoint.text + ": " + errno_text());
  }
  if (!S_ISSOCK(st.st_mode))
    return fail(ErrorCode::invalid, "channel endpoint " + endpoint.text + ": " + endpoint.path +
                                        " exists and is not a socket; remove it or choose another path");
  if (is_served(endpoint.path))
    return fail(ErrorCode::conflict, "channel endpoint " + endpoint.text +
                                         ": another program listens there; stop it or choose another path");
  if (::unlink(endpoint.path.c_str()) != 0)
    return fail(ErrorCode::unavailable, "channel endpoint " + endpoint.text +
                                            ": cannot remove the socket that a dead process left: " + errno_text());
  return {};
}

std::string read_pid(int fd) {
  char text[24] = {};
  const ssize_t n = ::pread(fd, text, sizeof(text) - 1, 0);
  std::string pid(text, n > 0 ? static_cast<size_t>(n) : 0);
  while (!pid.empty() && pid.back() == '\n') pid.pop_back();
  return pid.empty() ? "?" : pid;
}

// The lock file may have been removed by its last holder between our open and our flock: then the lock is on a file
// that nobody else will find.
bool is_still_there(int fd, const std::string& path) {
  struct stat ours {
  }, theirs{};
  return ::fstat(fd, &ours) == 0 && ::stat(path.c_str(), &theirs) == 0 && ours.st_ino == theirs.st_ino &&
         ours.st_dev == theirs.st_dev;
}

}  // namespace

Result<Endpoint> parse_endpoint(const std::string& text) {
  const std::string what = "channel endpoint \"" + text + "\": ";
  if (text.starts_with("ipc://")) {
    const std::string path = text.substr(6);
    if (path.empty() || path[0] != '/' || path.back() == '/')
      return fail(ErrorCode::invalid, what + "after ipc:// must come the absolute path of a socket");
    if (path.size() > kPathBytesMax || path.find('\0') != std::string::npos)
      return fail(ErrorCode::invalid, what + "its path has " + std::to_string(path.size()) +
                                          " bytes; a socket's has at most " + std::to_string(kPathBytesMax));
    return Endpoint{text, path};
  }
  if (!text.starts_with("tcp://")) return fail(ErrorCode::invalid, what + "it must be ipc:///PATH or tcp://HOST:PORT");
  const size_t colon = text.rfind(':');
  unsigned port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (colon <= 6 || error != std::errc{} || rest != end || port == 0 || port > 65535)
    return fail(ErrorCode::invalid, what + "after tcp:// must come HOST:PORT with a port from 1 to 65535");
  return Endpoint{text, {}};
}

Status prepare_ipc_directory(const Endpoint& endpoint) {
  const std::string directory = directory_of(endpoint.path);
  const std::string what = "directory " + directory + " of channel endpoint " + endpoint.text + ": ";
  // Parents (/run/demarc) may be looked into; what is in the directory itself is ours alone.
  for (size_t slash = directory.find('/', 1); slash != std::string::npos; slash = directory.find('/', slash + 1))
    if (::mkdir(directory.substr(0, slash).c_str(), 0755) != 0 && errno != EEXIST) break;
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
    return fail(ErrorCode::unavailable, what + "cannot be made: " + errno_text());
  struct stat st {};
  if (::lstat(directory.c_str(), &st) != 0) return fail(ErrorCode::unavailable, what + errno_text());
  if (!S_ISDIR(st.st_mode)) return fail(ErrorCode::invalid, what + "it is not a directory");
  if (st.st_uid != ::geteuid())
    return fail(ErrorCode::forbidden, what + "it belongs to user " + std::to_string(st.st_uid) + ", not to user " +
                                          std::to_string(::geteuid()) +
                                          " who runs this; choose a directory of its own");
  if ((st.st_mode & 077) != 0) {
    char mode[8];
    std::snprintf(mode, sizeof(mode), "%04o", st.st_mode & 07777);
    return fail(ErrorCode::forbidden, what + "mode " + mode + " lets others in; it must be 0700");
  }
  return {};
}

Result<std::unique_ptr<IpcLock>> IpcLock::take(const Endpoint& endpoint) {
  const std::string path = endpoint.path + ".lock";
  for (int attempt = 0; attempt < 100; ++attempt) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
      return fail(ErrorCode::unavailable,
                  "lock " + path + " of channel endpoint " + endpoint.text + ": " + errno_text());
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const std::string pid = read_pid(fd);
      ::close(fd);
      return fail(ErrorCode::conflict, "channel endpoint " + endpoint.text + ": another demarcd (process " + pid +
                                           ") serves it; stop that one or choose another endpoint");
    }
    if (!is_still_there(fd, path)) {
      ::close(fd);
      continue;
    }
    std::unique_ptr<IpcLock> lock(new IpcLock(fd, path));
    if (auto cleared = clear_stale_socket(endpoint); !cleared) return tl::unexpected(cleared.error());
    lock->socket_path_ = endpoint.path;  // from here on: what was not cleared is not ours to remove
    const std::string pid = std::to_string(::getpid()) + "\n";
    // The number is for people alone; a full disk must not keep the channel away.
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) return lock;
    return lock;
  }
  return fail(ErrorCode::unavailable,
              "lock " + path + " of channel endpoint " + endpoint.text + ": it keeps vanishing");
}

IpcLock::~IpcLock() {
  if (!socket_path_.empty()) ::unlink(socket_path_.c_str());
  ::unlink(path_.c_str());
  ::close(fd_);
}

}  // namespace demarc::channel
