#include "tests/controlplane/api/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace demarc::cp::test {

HttpClient::HttpClient(int fd) : fd_(fd) {
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

HttpClient HttpClient::to_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    throw std::runtime_error("cannot connect to " + path);
  return HttpClient(fd);
}

HttpClient HttpClient::to_tcp(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0)
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  return HttpClient(fd);
}

HttpClient::HttpClient(HttpClient&& o) noexcept : fd_(std::exchange(o.fd_, -1)), buffer_(std::move(o.buffer_)) {}
HttpClient::~HttpClient() { close(); }
void HttpClient::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool HttpClient::send(const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

bool HttpClient::fill() {
  char piece[4096];
  const ssize_t n = recv(fd_, piece, sizeof(piece), 0);
  if (n > 0) buffer_.append(piece, static_cast<size_t>(n));
  return n > 0;
}

std::string HttpClient::take_line() {
  size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos)
    if (!fill()) return "";
  const std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string HttpClient::take_bytes(size_t count) {
  while (buffer_.size() < count)
    if (!fill()) break;
  const std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return bytes;
}

Answer HttpClient::read_head() {
  Answer answer;
  const std::string first = take_line();
  if (first.size() < 12) return answer;
  answer.status = std::stoi(first.substr(9, 3));
  for (std::string line = take_line(); !line.empty(); line = take_line()) {
    const size_t colon = line.find(": ");
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(tolower(c));
    answer.headers[name] = colon == std::string::npos ? "" : line.substr(colon + 2);
  }
  return answer;
}

std::string HttpClient::read_chunk() {
  const std::string size = take_line();
  if (size.empty()) return "";
  const std::string data = take_bytes(std::stoul(size, nullptr, 16));
  take_line();
  return data;
}

Answer HttpClient::read() {
  Answer answer = read_head();
  if (answer.headers.contains("content-length")) {
    answer.body = take_bytes(std::stoul(answer.headers["content-length"]));
  } else if (answer.headers["transfer-encoding"] == "chunked") {
    for (std::string piece = read_chunk(); !piece.empty(); piece = read_chunk()) answer.body += piece;
  }
  return answer;
}

bool HttpClient::closed_by_peer() {
  char byte;
  const ssize_t n = buffer_.empty() ? recv(fd_, &byte, 1, 0) : 1;
  return n == 0 || (n < 0 && errno == ECONNRESET);
}

Answer HttpClient::request(const std::string& method, const std::string& target, const std::string& body,
                           const std::string& headers) {
  send(request_text(method, target, body, headers));
  return read();
}

std::string request_text(const std::string& method, const std::string& target, const std::string& body,
                         const std::string& headers) {
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: demarc\r\n" + headers;
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

}  // namespace demarc::cp::test
