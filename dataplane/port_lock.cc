#include "dataplane/port_lock.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <functional>
#include <thread>

namespace demarc::dp {
namespace {

struct Name {
  sockaddr_un address{};
  socklen_t size = 0;
};

// "@demarc/port/iface:dmc0"; an identity that is too long for a socket's name is put in by its hash.
Name name_of(const std::string& identity) {
  std::string text = "demarc/port/" + identity;
  Name name;
  if (text.size() > sizeof(name.address.sun_path) - 1) {
    text = fmt::format("demarc/port/hash:{:016x}", std::hash<std::string>{}(identity));
  }
  name.address.sun_family = AF_UNIX;
  std::memcpy(name.address.sun_path + 1, text.data(), text.size());  // byte 0 stays 0: an abstract name
  name.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  return name;
}

const sockaddr* as_sockaddr(const Name& name) { return reinterpret_cast<const sockaddr*>(&name.address); }

// The process that listens there; 0 when it does not say.
pid_t holder(const Name& name) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return 0;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (connect(fd, as_sockaddr(name), name.size) != 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    peer.pid = 0;
  }
  close(fd);
  return peer.pid;
}

}  // namespace

Result<PortLock> PortLock::take(const std::string& identity) {
  const Name name = name_of(identity);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(ErrorCode::unavailable, fmt::format("no unix socket can be made: {}", std::strerror(errno)));
  PortLock lock(fd);
  for (int tries = 0; tries < 30; ++tries) {
    if (bind(fd, as_sockaddr(name), name.size) == 0) {
      listen(fd, 1);  // nobody is ever accepted: it only lets others ask who holds the lock
      return lock;
    }
    if (errno != EADDRINUSE) return fail(ErrorCode::unavailable, std::strerror(errno));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const pid_t pid = holder(name);
  const std::string who = pid > 0 ? fmt::format("another demarc-dp (pid {})", pid) : "another demarc-dp";
  return fail(ErrorCode::conflict, fmt::format("{} uses this device already", who));
}

PortLock::~PortLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace demarc::dp
