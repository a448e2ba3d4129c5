// A server on a unix socket that gives each connection a prepared answer, byte for byte, to see what the client makes
// of it.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

namespace demarc::shell {

class FakeServer {
 public:
  // Sends `answer`, then closes, or with `hold` keeps the connection open until the client closes it.
  explicit FakeServer(std::string answer, bool hold = false) : answer_(std::move(answer)), hold_(hold) {
    char folder[] = "/tmp/demarc-test-XXXXXX";
    folder_ = ::mkdtemp(folder);
    path_ = folder_ + "/api.sock";
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener_, 8) != 0)
      std::abort();
    thread_ = std::thread([this] { serve(); });
  }

  ~FakeServer() {
    stop_ = true;
    thread_.join();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
  }

  const std::string& path() const { return path_; }
  // What the last connection sent; call after the client has its answer.
  std::string request() const { return request_; }

 private:
  bool wait_readable(int fd) const {
    for (pollfd p{fd, POLLIN, 0}; !stop_;)
      if (::poll(&p, 1, 20) > 0) return true;
    return false;
  }

  void serve() {
    while (wait_readable(listener_)) {
      const int peer = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (peer < 0) continue;
      read_request(peer);
      for (size_t sent = 0; sent < answer_.size() && !stop_;) {
        const ssize_t n = ::send(peer, answer_.data() + sent, answer_.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) break;
        sent += static_cast<size_t>(n);
      }
      char byte = 0;
      if (hold_)
        while (wait_readable(peer) && ::read(peer, &byte, 1) > 0) {
        }
      ::close(peer);
    }
  }

  void read_request(int peer) {
    std::string text;
    char buffer[4096];
    while (text.find("\r\n\r\n") == std::string::npos && wait_readable(peer)) {
      const ssize_t n = ::read(peer, buffer, sizeof buffer);
      if (n <= 0) break;
      text.append(buffer, static_cast<size_t>(n));
    }
    request_ = text;
  }

  std::string answer_;
  bool hold_;
  std::string folder_, path_;
  int listener_ = -1;
  std::atomic<bool> stop_{false};
  std::string request_;
  std::thread thread_;
};

}  // namespace demarc::shell
