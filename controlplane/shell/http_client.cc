#include "controlplane/shell/http_client.h"

#include <unistd.h>

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <vector>

namespace demarc::shell {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Code = boost::system::error_code;
using Stream = beast::basic_stream<net::generic::stream_protocol>;
using Outcome = tl::expected<Response, ClientError>;

constexpr uint32_t kHeaderMax = 64 * 1024;  // bytes
constexpr size_t kPiece = 64 * 1024;        // bytes read at once

// One request and its answer, on a connection of its own.
class Exchange {
 public:
  Exchange(const Target& target, const ClientLimits& limits, int interrupt_fd, const Request& request,
           const LineSink& on_line, const ByteSink& on_bytes)
      : target_(target),
        limits_(limits),
        request_(request),
        on_line_(on_line),
        on_bytes_(on_bytes),
        stream_(io_),
        keyboard_(io_) {
    parser_.header_limit(kHeaderMax);
    parser_.body_limit(boost::none);  // counted in take()
    if (interrupt_fd >= 0) watch_keyboard(::dup(interrupt_fd));
  }

  Outcome run() {
    if (const auto failed = connect()) return tl::unexpected(*failed);
    const Code write_error = send();
    // A server that refuses early closes before it has read all; its answer may be there all the same.
    if (const Code e = read_header()) return tl::unexpected(broken(write_error ? write_error : e));
    response_.status = parser_.get().result_int();
    response_.content_type = std::string(parser_.get()[http::field::content_type]);
    const bool lines = on_line_ && response_.content_type.starts_with("application/x-ndjson");
    const bool bytes = on_bytes_ && response_.content_type.starts_with("application/x-pcapng");
    while (!parser_.is_done() && !enough_) {
      if (const Code e = read_piece()) return tl::unexpected(broken(e));
      if (bytes) {
        enough_ = !on_bytes_({piece_.data(), piece_.size() - parser_.get().body().size});
        continue;
      }
      if (const auto failed = take(lines)) return tl::unexpected(*failed);
    }
    if (lines && !enough_ && !pending_.empty()) on_line_(pending_);
    return std::move(response_);
  }

 private:
  void watch_keyboard(int fd) {
    if (fd < 0) return;
    keyboard_.assign(fd);
    keyboard_.async_wait(net::posix::stream_descriptor::wait_read, [this](Code e) {
      if (e) return;
      interrupted_ = true;
      stream_.close();
    });
  }

  // Starts an operation and runs until it has ended; what watches the keyboard runs meanwhile.
  template <class Start>
  Code wait_for(std::chrono::milliseconds limit, Start start) {
    std::optional<Code> ended;
    stream_.expires_after(limit);
    start([&ended](Code e, auto&&...) { ended = e; });
    while (!ended) {
      io_.restart();
      io_.run_one();
    }
    stream_.expires_never();
    return interrupted_ ? Code(net::error::operation_aborted) : *ended;
  }

  std::chrono::milliseconds silence() const { return limits_.silence + request_.patience; }

  std::optional<ClientError> connect() {
    std::vector<net::generic::stream_protocol::endpoint> endpoints;
    if (!target_.socket_path.empty()) {
      endpoints.emplace_back(net::local::stream_protocol::endpoint(target_.socket_path));
    } else {
      Code e;
      net::ip::tcp::resolver resolver(io_);
      for (const auto& found : resolver.resolve(target_.host, target_.port, e))
        endpoints.emplace_back(found.endpoint());
      if (e) return failure("host " + target_.host + " is not known: " + e.message());
    }
    Code error = net::error::host_not_found;
    for (const auto& endpoint : endpoints) {
      error = wait_for(limits_.connect, [&](auto done) { stream_.async_connect(endpoint, done); });
      if (!error) return std::nullopt;
      if (interrupted_) break;
      stream_.close();
    }
    return interrupted_ ? broken(error) : cannot_connect(error);
  }

  Code send() {
    http::request<http::string_body> out;
    out.method_string(request_.method);
    out.target(request_.target);
    out.version(11);
    out.set(http::field::host, target_.socket_path.empty() ? target_.host : "demarcd");
    out.set(http::field::user_agent, "demarc/" DEMARC_VERSION);
    out.set(http::field::accept, "application/json, application/x-ndjson, application/x-pcapng");
    out.set(http::field::connection, "close");
    if (!target_.token.empty()) out.set(http::field::authorization, "Bearer " + target_.token);
    if (!request_.body.empty()) out.set(http::field::content_type, "application/json");
    out.body() = request_.body;
    out.prepare_payload();
    return wait_for(silence(), [&](auto done) { http::async_write(stream_, out, done); });
  }

  Code read_header() {
    return wait_for(silence(), [&](auto done) { http::async_read_header(stream_, input_, parser_, done); });
  }

  Code read_piece() {
    parser_.get().body().data = piece_.data();
    parser_.get().body().size = piece_.size();
    const Code e = wait_for(silence(), [&](auto done) { http::async_read_some(stream_, input_, parser_, done); });
    return e == http::error::need_buffer ? Code() : e;
  }

  std::optional<ClientError> take(bool lines) {
    const size_t size = piece_.size() - parser_.get().body().size;
    (lines ? pending_ : response_.body).append(piece_.data(), size);
    if (lines) return take_lines();
    if (response_.body.size() <= limits_.answer_max) return std::nullopt;
    return failure("the answer of demarcd at " + target_.text() + " has more than " +
                   std::to_string(limits_.answer_max) + " bytes, and no more are taken");
  }

  std::optional<ClientError> take_lines() {
    size_t start = 0;
    for (size_t end; (end = pending_.find('\n', start)) != std::string::npos && !enough_; start = end + 1)
      if (end > start) enough_ = !on_line_(std::string_view(pending_).substr(start, end - start));
    pending_.erase(0, start);
    if (pending_.size() <= limits_.line_max) return std::nullopt;
    return failure("a line of the answer of demarcd at " + target_.text() + " has more than " +
                   std::to_string(limits_.line_max) + " bytes, and no more are taken");
  }

  static ClientError failure(std::string message) { return {ClientError::Kind::unreachable, std::move(message)}; }

  ClientError cannot_connect(const Code& e) const {
    const std::string at = target_.text();
    if (e == net::error::access_denied)
      return failure("the socket " + at + " may not be opened by this user; sudo, or --url with a key, may help");
    const std::string remedy = "; is demarcd running, and is this where it listens?";
    if (e == beast::error::timeout) return failure("demarcd does not answer at " + at + " (timed out)" + remedy);
    return failure("cannot reach demarcd at " + at + ": " + e.message() + remedy);
  }

  ClientError broken(const Code& e) const {
    if (interrupted_) return {ClientError::Kind::interrupted, "interrupted"};
    const std::string who = "demarcd at " + target_.text();
    if (e == beast::error::timeout)
      return failure(who + " was silent for " + std::to_string(silence().count() / 1000) +
                     " s; the command may or may not have been carried out");
    const bool gone = e == http::error::end_of_stream || e == http::error::partial_message ||
                      e == net::error::connection_reset || e == net::error::broken_pipe || e == net::error::eof;
    if (gone && parser_.is_header_done()) return failure(who + " went away in the middle of its answer");
    if (gone) return failure(who + " went away before it answered; the command may or may not have been carried out");
    return failure("what answers at " + target_.text() + " does not speak HTTP as demarcd does: " + e.message());
  }

  const Target& target_;
  const ClientLimits& limits_;
  const Request& request_;
  const LineSink& on_line_;
  const ByteSink& on_bytes_;
  net::io_context io_{1};
  Stream stream_;
  net::posix::stream_descriptor keyboard_;
  beast::flat_buffer input_;
  http::response_parser<http::buffer_body> parser_;
  std::array<char, kPiece> piece_;
  Response response_;
  std::string pending_;
  bool enough_ = false;
  bool interrupted_ = false;
};

}  // namespace

HttpClient::HttpClient(Target target, ClientLimits limits, int interrupt_fd)
    : target_(std::move(target)), limits_(limits), interrupt_fd_(interrupt_fd) {}

tl::expected<Response, ClientError> HttpClient::perform(const Request& request, const LineSink& on_line,
                                                        const ByteSink& on_bytes) const {
  try {
    return Exchange(target_, limits_, interrupt_fd_, request, on_line, on_bytes).run();
  } catch (const std::exception& e) {  // out of descriptors or memory
    return tl::unexpected(
        ClientError{ClientError::Kind::unreachable, std::string("no connection can be made: ") + e.what()});
  }
}

}  // namespace demarc::shell
