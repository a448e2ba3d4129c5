// A blocking HTTP client that sends whatever a test wants to send, right or wrong.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace demarc::cp::test {

struct Answer {
  int status = 0;                              // 0: the connection ended without an answer
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class HttpClient {
 public:
  static HttpClient to_unix(const std::string& path);
  static HttpClient to_tcp(uint16_t port);
  HttpClient(HttpClient&& o) noexcept;
  HttpClient& operator=(HttpClient&&) = delete;
  ~HttpClient();

  // False when the other end closed.
  bool send(const std::string& bytes);
  // The next answer, with a body by Content-Length or in chunks. Waits at most 10 s.
  Answer read();
  // The next line of a streamed body (after read_head); empty at its end.
  Answer read_head();
  std::string read_chunk();
  // Whether the other end closes within 10 s, without sending anything more.
  bool closed_by_peer();
  void close();
  Answer request(const std::string& method, const std::string& target, const std::string& body = "",
                 const std::string& headers = "");
  int fd() const { return fd_; }

 private:
  explicit HttpClient(int fd);
  bool fill();
  std::string take_line();
  std::string take_bytes(size_t count);
  int fd_;
  std::string buffer_;
};

// A whole request, ready to be sent.
std::string request_text(const std::string& method, const std::string& target, const std::string& body = "",
                         const std::string& headers = "");

}  // namespace demarc::cp::test
