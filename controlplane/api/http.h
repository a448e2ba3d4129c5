// A request and its answer, as the handlers see them. What speaks HTTP is in http_connection.cc alone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace demarc::cp {

struct Caller;

struct Request {
  std::string method;  // as sent: "GET"
  std::string target;  // as sent: path and query, still percent-encoded
  std::string body;
  std::shared_ptr<const Caller> caller;  // over TCP: whose credential came with it; none over the unix socket
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Takes the one answer to one request. Its members are called on the io thread; it may be dropped on any: a request
// whose Reply is dropped unanswered gets a 503.
class Reply {
 public:
  virtual ~Reply() = default;
  virtual void send(Response response) = 0;
  // A body that comes in pieces: begin, then chunks, then end. `response.body` is the first piece.
  virtual void begin(Response response) = 0;
  virtual void chunk(std::string data) = 0;
  virtual void end() = 0;
  // Of the pieces, what the client has not taken yet. Somebody with too much of it is closed.
  virtual size_t backlog_bytes() const = 0;
  // `gone` is called once, on the io thread, when the client closes the connection before the answer has ended.
  virtual void watch(std::function<void()> gone) = 0;
};

}  // namespace demarc::cp
