// The one file that includes Beast: it takes long to compile.
#include "controlplane/api/http_connection.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <ctime>
#include <deque>
#include <optional>
#include <sstream>

namespace demarc::cp {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::generic::stream_protocol;
using Socket = Protocol::socket;
using Stream = beast::basic_stream<Protocol>;
using boost::system::error_code;

// After an error the client may still be sending: what it sends is read and thrown away for so long and so much, so
// that the answer is not lost to a reset (RFC 9112 9.6).
constexpr auto kDrainTime = std::chrono::seconds(2);
constexpr size_t kDrainBytesMax = 4 * 1024 * 1024;
constexpr size_t kReadPiece = 8 * 1024;

struct Refusal {
  int status;
  const char* code;
  const char* message;
};

Refusal refusal_of(error_code ec) {
  if (ec == http::error::body_limit) return {413, "too_large", "the body is larger than 1 MiB"};
  if (ec == http::error::header_limit) return {431, "too_large", "the request's header is larger than 16 KiB"};
  return {400, "invalid", "this is no HTTP/1.1 request"};
}

// RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[64];
  return std::string(text, std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &utc));
}

class Connection final : public HttpConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<HttpShared> shared, bool over_tcp, std::string from, Socket socket)
      : shared_(std::move(shared)), stream_(std::move(socket)), buffer_(kBufferMax) {
    tcp = over_tcp;
    address = std::move(from);
    turn = ++shared_->turn;
    shared_->connections.insert(this);
  }
  ~Connection() override {
    leave_turn();
    shared_->connections.erase(this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read_request();
  void close() override {
    gone_ = nullptr;  // it may hold what holds this connection
    open = false;
    stream_.close();
    leave_turn();
  }
  asio::io_context& io() { return shared_->io; }

  // From ReplyImpl.
  void send(Response response);
  void begin(Response response);
  void chunk(std::string data);
  size_t backlog_bytes() const { return backlog_bytes_; }
  void end();
  void watch(std::function<void()> gone);

 private:
  using Message = http::response<http::string_body>;
  static constexpr size_t kBufferMax = kHeaderBytesMax + 64 * 1024;

  void read_header();
  void admit();
  void admitted(tl::expected<Admitted, Response> who);
  void refuse(Response response);
  void after_header();
  void read_body();
  void take_turn();
  void leave_turn();
  void handle_request();
  void after_read(error_code ec);
  http::response_header<> header_of(const Response& response) const;
  void write_message();
  void after_answer(error_code ec);
  void push(std::string data);
  void write_pieces();
  void drain();
  void read_and_forget(std::shared_ptr<asio::steady_timer> deadline, size_t bytes);
  void client_gone();
  void look_whether_gone();
  bool stranger() const { return tcp && owner.empty(); }
  auto timeout() const { return std::chrono::nanoseconds(shared_->limits.request_timeout_ns); }
  auto stranger_timeout() const { return std::chrono::nanoseconds(shared_->limits.stranger_timeout_ns); }

  std::shared_ptr<HttpShared> shared_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::shared_ptr<const Caller> caller_;  // of the request under way
  std::string turn_of_;                   // the owner whose turn this request has; empty: none
  Message message_;
  bool head_ = false;  // HEAD: the answer has no body (RFC 9110 9.3.2)
  bool keep_alive_ = false;
  unsigned version_ = 11;
  // Of a streamed answer.
  bool chunked_ = false;
  bool ended_ = false;
  bool writing_ = false;
  size_t backlog_bytes_ = 0;
  std::deque<std::string> pieces_;
  std::function<void()> gone_;
};

// The handler's end of a connection. The connection itself always ends on the io thread.
class ReplyImpl final : public Reply {
 public:
  explicit ReplyImpl(std::shared_ptr<Connection> c) : connection_(std::move(c)) {}
  ~ReplyImpl() override {
    auto& io = connection_->io();
    asio::post(io, [c = std::move(connection_), answered = answered_, streaming = streaming_] {
      if (streaming) c->end();
      if (!answered) c->send({.status = 503, .body = error_body("unavailable", "demarcd gave up on this request")});
    });
  }
  void send(Response response) override {
    if (std::exchange(answered_, true)) return;
    connection_->send(std::move(response));
  }
  void begin(Response response) override {
    if (std::exchange(answered_, true)) return;
    streaming_ = true;
    connection_->begin(std::move(response));
  }
  void chunk(std::string data) override {
    if (streaming_) connection_->chunk(std::move(data));
  }
  void end() override {
    if (std::exchange(streaming_, false)) connection_->end();
  }
  size_t backlog_bytes() const override { return connection_->backlog_bytes(); }
  void watch(std::function<void()> gone) override {
    if (!answered_ || streaming_) connection_->watch(std::move(gone));
  }

 private:
  std::shared_ptr<Connection> connection_;
  bool answered_ = false;
  bool streaming_ = false;
};

// ---- reading ----

void Connection::read_request() {
  if (!shared_->handle) return close();
  waiting = true;
  turn = ++shared_->turn;
  if (buffer_.size() > 0) return read_header();  // pipelined
  stream_.expires_after(stranger() ? stranger_timeout() : std::chrono::nanoseconds(shared_->limits.idle_timeout_ns));
  stream_.async_read_some(buffer_.prepare(kReadPiece), [self = shared_from_this()](error_code ec, size_t bytes) {
    if (ec) return self->close();
    self->buffer_.commit(bytes);
    self->read_header();
  });
}

void Connection::read_header() {
  parser_.emplace();
  parser_->header_limit(kHeaderBytesMax);
  parser_->body_limit(kBodyBytesMax);
  waiting = stranger();
  stream_.expires_after(stranger() ? stranger_timeout() : timeout());
  http::async_read_header(stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, size_t) {
    self->waiting = false;
    if (ec) return self->after_read(ec);
    self->admit();
  });
}

// Before a byte of the body is taken: strangers have no room here.
void Connection::admit() {
  const auto& header = parser_->get();
  keep_alive_ = header.keep_alive();
  version_ = header.version();
  head_ = header.method() == http::verb::head;
  if (!tcp) return after_header();
  if (!shared_->handle) return close();
  stream_.expires_never();
  shared_->admit(std::string(header[http::field::authorization]),
                 [self = shared_from_this()](tl::expected<Admitted, Response> who) { self->admitted(std::move(who)); });
}

void Connection::admitted(tl::expected<Admitted, Response> who) {
  if (!open) return;
  if (!who) {
    owner.clear();
    return refuse(std::move(who.error()));
  }
  owner = std::move(who->owner);
  caller_ = std::move(who->caller);
  if (shared_->make_room_for_owner(*this)) return after_header();
  refuse({.status = 503,
          .body = error_body("unavailable", "too many connections with this credential; the limit is " +
                                                std::to_string(shared_->limits.connections_per_owner_max))});
  owner.clear();
}

// A body that was not read ends the connection: what follows would be taken for a request.
void Connection::refuse(Response response) {
  keep_alive_ = keep_alive_ && parser_->is_done();
  parser_.reset();
  send(std::move(response));
}

void Connection::after_header() {
  stream_.expires_after(timeout());
  const auto expect = parser_->get().find(http::field::expect);
  if (expect == parser_->get().end() || parser_->is_done()) return read_body();
  // RFC 9110 10.1.1: the client waits for a word before it sends its body.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(kContinue), [self = shared_from_this()](error_code ec, size_t) {
    if (ec) return self->close();
    self->read_body();
  });
}

void Connection::read_body() {
  http::async_read(stream_, buffer_, *parser_, [self = shared_from_this()](error_code ec, size_t) {
    if (ec) return self->after_read(ec);
    self->take_turn();
  });
}

void Connection::after_read(error_code ec) {
  // Only what the parser refuses gets an answer: with everything else there is nobody to answer.
  const bool refused = ec.category() == error_code(http::error::bad_method).category() &&
                       ec != http::error::end_of_stream && ec != http::error::partial_message;
  if (!refused) return close();
  const Refusal r = refusal_of(ec);
  keep_alive_ = false;
  head_ = false;
  version_ = 11;
  send({.status = r.status, .body = error_body(r.code, r.message)});
}

void Connection::take_turn() {
  stream_.expires_never();
  if (!tcp) return handle_request();
  shared_->turns.enter(owner, [self = shared_from_this(), of = owner] {
    self->turn_of_ = of;
    if (!self->open) return self->leave_turn();
    self->handle_request();
  });
}

void Connection::leave_turn() {
  if (turn_of_.empty()) return;
  shared_->turns.leave(std::exchange(turn_of_, {}));
}

void Connection::handle_request() {
  auto message = parser_->release();
  Request request{.method = std::string(message.method_string()),
                  .target = std::string(message.target()),
                  .body = std::move(message.body()),
                  .caller = std::move(caller_)};
  parser_.reset();
  if (!shared_->handle) return close();
  shared_->handle(std::move(request), std::make_shared<ReplyImpl>(shared_from_this()));
}

// ---- answering ----

http::response_header<> Connection::header_of(const Response& response) const {
  http::response_header<> header;
  header.version(version_);
  header.result(static_cast<unsigned>(response.status));
  header.set(http::field::server, "demarcd/" DEMARC_VERSION);
  header.set(http::field::date, http_date());
  header.set(http::field::content_type, response.content_type);
  header.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : response.headers) header.set(name, value);
  return header;
}

void Connection::send(Response response) {
  gone_ = nullptr;
  leave_turn();
  message_ = Message(header_of(response), std::move(response.body));
  message_.keep_alive(keep_alive_);
  message_.prepare_payload();
  if (head_) message_.body().clear();
  write_message();
}

void Connection::write_message() {
  stream_.expires_after(timeout());
  http::async_write(stream_, message_, [self = shared_from_this()](error_code ec, size_t) { self->after_answer(ec); });
}

void Connection::after_answer(error_code ec) {
  if (ec) return close();
  message_ = {};
  if (!keep_alive_) return drain();
  read_request();
}

// HTTP/1.0 knows no chunks: there the end of the connection is the end of the answer.
void Connection::begin(Response response) {
  http::response<http::empty_body> head(header_of(response));
  chunked_ = version_ >= 11;
  ended_ = false;
  if (chunked_) head.chunked(true);
  if (!chunked_) keep_alive_ = false;
  head.keep_alive(keep_alive_);
  std::ostringstream text;
  text << head.base();
  push(text.str());
  if (!response.body.empty()) chunk(std::move(response.body));
}

void Connection::chunk(std::string data) {
  if (data.empty() || head_) return;  // an empty chunk would be the last (RFC 9112 7.1)
  if (!chunked_) return push(std::move(data));
  std::ostringstream size;
  size << std::hex << data.size() << "\r\n";
  push(size.str() + data + "\r\n");
}

void Connection::end() {
  gone_ = nullptr;
  leave_turn();
  ended_ = true;
  push(chunked_ && !head_ ? "0\r\n\r\n" : "");
}

void Connection::push(std::string data) {
  backlog_bytes_ += data.size();
  if (backlog_bytes_ > kStreamBacklogBytesMax) return client_gone();
  pieces_.push_back(std::move(data));
  if (!writing_) write_pieces();
}

void Connection::write_pieces() {
  writing_ = true;
  stream_.expires_after(timeout());
  asio::async_write(stream_, asio::buffer(pieces_.front()), [self = shared_from_this()](error_code ec, size_t) {
    self->writing_ = false;
    if (ec) return self->client_gone();
    self->backlog_bytes_ -= self->pieces_.front().size();
    self->pieces_.pop_front();
    if (!self->pieces_.empty()) return self->write_pieces();
    self->stream_.expires_never();
    if (std::exchange(self->ended_, false)) self->after_answer({});
  });
}

// ---- ends ----

void Connection::client_gone() {
  const auto gone = std::exchange(gone_, nullptr);
  close();
  if (gone) gone();
}

void Connection::watch(std::function<void()> gone) {
  gone_ = std::move(gone);
  look_whether_gone();
}

void Connection::look_whether_gone() {
  stream_.socket().async_wait(Socket::wait_read, [weak = weak_from_this()](error_code ec) {
    const auto self = weak.lock();
    if (!self || ec || !self->gone_) return;
    char byte = 0;
    const ssize_t got = recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    // More bytes are the next request: it waits, and so does the look for the end behind it.
    if (got == 0) self->client_gone();
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) self->look_whether_gone();
    if (got < 0 && errno != EAGAIN && errno != EINTR) self->client_gone();
  });
}

void Connection::drain() {
  error_code ignored;
  stream_.socket().shutdown(Socket::shutdown_send, ignored);
  stream_.expires_never();
  auto deadline = std::make_shared<asio::steady_timer>(shared_->io, kDrainTime);
  deadline->async_wait([weak = weak_from_this()](error_code ec) {
    if (auto self = weak.lock(); self && !ec) self->close();
  });
  buffer_.clear();
  read_and_forget(std::move(deadline), 0);
}

void Connection::read_and_forget(std::shared_ptr<asio::steady_timer> deadline, size_t bytes) {
  if (bytes > kDrainBytesMax) return close();
  auto into = buffer_.prepare(kReadPiece);  // never committed: the same room again and again
  stream_.async_read_some(into, [self = shared_from_this(), deadline, bytes](error_code ec, size_t got) {
    if (ec) return self->close();
    self->read_and_forget(deadline, bytes + got);
  });
}

}  // namespace

void serve_connection(std::shared_ptr<HttpShared> shared, bool tcp, std::string address, Socket socket) {
  std::make_shared<Connection>(std::move(shared), tcp, std::move(address), std::move(socket))->read_request();
}

}  // namespace demarc::cp
