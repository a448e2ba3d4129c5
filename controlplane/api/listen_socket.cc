#include "controlplane/api/listen_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "common/base/text.h"

namespace demarc::cp {
namespace {

constexpr int kBacklog = 128;

Result<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path))
    return fail(ErrorCode::invalid, "unix socket path \"" + path + "\" has " + std::to_string(path.size()) +
                                        " bytes; it must have 1 to " + std::to_string(sizeof(address.sun_path) - 1));
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

Status make_directory(const std::string& path) {
  const auto directory = std::filesystem::path(path).parent_path();
  if (directory.empty()) return {};
  std::error_code ec;
  std::filesystem::create_directories(directory, ec);
  if (ec)
    return fail(ErrorCode::unavailable, "cannot make the directory of the unix socket " + path + ": " + ec.message());
  return {};
}

// What is at `path` gives way, or the reason why not.
Status clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return {};
    return fail(ErrorCode::unavailable, "cannot look at " + path + ": " + errno_text());
  }
  if (!S_ISSOCK(found.st_mode))
    return fail(ErrorCode::invalid, path + " exists and is no socket; remove it, or name another path");
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) return fail(ErrorCode::unavailable, "cannot make a unix socket: " + errno_text());
  const int connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int error = errno;
  close(probe);
  // EAGAIN: somebody listens, but the queue of connections is full.
  if (connected == 0 || error == EAGAIN) return fail(ErrorCode::conflict, "another demarcd listens at " + path);
  if (error != ECONNREFUSED)
    return fail(ErrorCode::unavailable, "cannot tell whether somebody listens at " + path + ": " +
                                            std::error_code(error, std::generic_category()).message());
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    return fail(ErrorCode::unavailable, "cannot remove the socket " + path + " of a dead process: " + errno_text());
  return {};
}

}  // namespace

Result<UnixListener> UnixListener::open(const std::string& path) {
  const auto address = unix_address(path);
  if (!address) return tl::unexpected(address.error());
  if (auto made = make_directory(path); !made) return tl::unexpected(made.error());
  if (auto cleared = clear_path(path, *address); !cleared) return tl::unexpected(cleared.error());
  UnixListener listener;
  listener.fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener.fd_ < 0) return fail(ErrorCode::unavailable, "cannot make a unix socket: " + errno_text());
  if (bind(listener.fd_, reinterpret_cast<const sockaddr*>(&*address), sizeof(*address)) != 0) {
    if (errno == EADDRINUSE) return fail(ErrorCode::conflict, "another demarcd listens at " + path);
    return fail(ErrorCode::unavailable, "cannot bind the unix socket " + path + ": " + errno_text());
  }
  listener.path_ = path;
  struct stat made {};
  if (lstat(path.c_str(), &made) == 0) {
    listener.device_ = made.st_dev;
    listener.inode_ = made.st_ino;
  }
  // Nobody can connect before listen(), so the mode is right before it matters.
  if (chmod(path.c_str(), 0600) != 0 || listen(listener.fd_, kBacklog) != 0)
    return fail(ErrorCode::unavailable, "cannot listen at " + path + ": " + errno_text());
  return listener;
}

UnixListener::UnixListener(UnixListener&& o) noexcept
    : path_(std::exchange(o.path_, {})), fd_(std::exchange(o.fd_, -1)), device_(o.device_), inode_(o.inode_) {}

UnixListener::~UnixListener() {
  if (fd_ >= 0) close(fd_);
  struct stat found {};
  if (path_.empty() || lstat(path_.c_str(), &found) != 0) return;
  if (found.st_dev == device_ && found.st_ino == inode_) unlink(path_.c_str());
}

Result<int> listen_tcp(const std::string& address, uint16_t port) {
  const std::string name = address + " port " + std::to_string(port);
  sockaddr_storage storage{};
  socklen_t length = 0;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    length = sizeof(*v4);
  } else if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    length = sizeof(*v6);
  } else {
    return fail(ErrorCode::invalid,
                "\"" + address + "\" is no IPv4 or IPv6 address to listen on; 127.0.0.1 would be one");
  }
  const int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return fail(ErrorCode::unavailable, "cannot make a TCP socket for " + name + ": " + errno_text());
  const int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (bind(fd, reinterpret_cast<sockaddr*>(&storage), length) != 0 || listen(fd, kBacklog) != 0) {
    const ErrorCode code = errno == EADDRINUSE ? ErrorCode::conflict : ErrorCode::unavailable;
    const auto refused = fail(code, "cannot listen on " + name + ": " + errno_text());
    close(fd);
    return refused;
  }
  return fd;
}

uint16_t bound_port(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return 0;
  if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in*>(&storage)->sin_port);
  if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port);
  return 0;
}

}  // namespace demarc::cp
