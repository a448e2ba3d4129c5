#include "controlplane/api/http_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "controlplane/api/http_connection.h"
#include "controlplane/api/json_text.h"

namespace demarc::cp {
namespace {

namespace asio = boost::asio;
using Protocol = asio::generic::stream_protocol;
using boost::system::error_code;

constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

int family_of(int fd) {
  int family = AF_UNIX;
  socklen_t length = sizeof(family);
  getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &length);
  return family;
}

}  // namespace

struct HttpServer::Listener {
  Listener(asio::io_context& io, int fd, bool t) : acceptor(io, Protocol(family_of(fd), 0), fd), retry(io), tcp(t) {}
  asio::basic_socket_acceptor<Protocol> acceptor;
  asio::steady_timer retry;
  bool tcp;
  std::shared_ptr<size_t> connections = std::make_shared<size_t>(0);
};

namespace {

// Best effort, without waiting: into a new socket's empty buffer it fits.
void refuse_connection(Protocol::socket& socket, size_t most) {
  const std::string body = error_body("unavailable", "too many connections; the limit is " + std::to_string(most));
  const std::string answer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  (void)::send(socket.native_handle(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace

std::string error_body(const std::string& code, const std::string& message) {
  return json_text({{"error", {{"code", code}, {"message", message}}}}) + "\n";
}

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(asio::io_context& io, HttpLimits limits, Handle handle)
      : shared(std::make_shared<HttpShared>(HttpShared{io, limits, std::move(handle), {}})) {}
  void serve(int fd, bool tcp);
  void accept(std::shared_ptr<Listener> listener);
  void take(const Listener& listener, Protocol::socket socket);
  void stop();

  std::shared_ptr<HttpShared> shared;
  std::vector<std::shared_ptr<Listener>> listeners;
};

void HttpServer::Impl::serve(int fd, bool tcp) {
  listeners.push_back(std::make_shared<Listener>(shared->io, fd, tcp));
  accept(listeners.back());
}

void HttpServer::Impl::accept(std::shared_ptr<Listener> listener) {
  auto& acceptor = listener->acceptor;
  acceptor.async_accept([self = shared_from_this(), listener](error_code ec, Protocol::socket socket) {
    if (!self->shared->handle || ec == asio::error::operation_aborted) return;
    if (!ec) {
      self->take(*listener, std::move(socket));
      return self->accept(listener);
    }
    // Out of descriptors, most likely: trying again at once would only burn the processor.
    listener->retry.expires_after(kAcceptRetry);
    listener->retry.async_wait([self, listener](error_code stopped) {
      if (!stopped && self->shared->handle) self->accept(listener);
    });
  });
}

void HttpServer::Impl::take(const Listener& listener, Protocol::socket socket) {
  if (*listener.connections >= shared->limits.connections_max)
    return refuse_connection(socket, shared->limits.connections_max);
  const int yes = 1;  // the pieces of a streamed answer go out as they come, not when the one before is acknowledged
  if (listener.tcp) setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  serve_connection(shared, listener.connections, listener.tcp, std::move(socket));
}

void HttpServer::Impl::stop() {
  shared->handle = nullptr;
  for (const auto& listener : listeners) {
    error_code ignored;
    listener->acceptor.close(ignored);
    listener->retry.cancel();
  }
  for (HttpConnection* connection : shared->connections) connection->close();
}

HttpServer::HttpServer(asio::io_context& io, HttpLimits limits, Handle handle)
    : impl_(std::make_shared<Impl>(io, limits, std::move(handle))) {}
HttpServer::~HttpServer() { impl_->stop(); }
void HttpServer::serve_unix(int listening_fd) { impl_->serve(listening_fd, false); }
void HttpServer::serve_tcp(int listening_fd) { impl_->serve(listening_fd, true); }

}  // namespace demarc::cp
