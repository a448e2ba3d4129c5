#include "controlplane/api/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
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

namespace {

template <class Which>
size_t count_tcp(const HttpShared& shared, Which which) {
  return static_cast<size_t>(std::count_if(shared.connections.begin(), shared.connections.end(),
                                           [&](const HttpConnection* c) { return c->open && c->tcp && which(*c); }));
}

// Closes the one that has been silent for longest among those that are waiting. False: there is none.
template <class Which>
bool close_oldest(const HttpShared& shared, Which which) {
  HttpConnection* oldest = nullptr;
  for (HttpConnection* c : shared.connections)
    if (c->open && c->tcp && c->waiting && which(*c) && (oldest == nullptr || c->turn < oldest->turn)) oldest = c;
  if (oldest == nullptr) return false;
  oldest->close();
  return true;
}

}  // namespace

struct HttpServer::Listener {
  Listener(asio::io_context& io, int fd, bool t) : acceptor(io, Protocol(family_of(fd), 0), fd), retry(io), tcp(t) {}
  asio::basic_socket_acceptor<Protocol> acceptor;
  asio::steady_timer retry;
  bool tcp;
};

namespace {

// The other end's, without its port; empty when it has gone already.
std::string address_of(Protocol::socket& socket) {
  sockaddr_storage peer{};
  socklen_t length = sizeof(peer);
  char text[INET6_ADDRSTRLEN] = "";
  if (getpeername(socket.native_handle(), reinterpret_cast<sockaddr*>(&peer), &length) != 0) return text;
  if (peer.ss_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, text, sizeof(text));
  // Whoever has one IPv6 address has the 2^64 of its link: the network counts.
  in6_addr network = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  if (peer.ss_family == AF_INET6) {
    if (IN6_IS_ADDR_V4MAPPED(&network) == 0) std::fill(network.s6_addr + 8, network.s6_addr + 16, uint8_t{0});
    inet_ntop(AF_INET6, &network, text, sizeof(text));
  }
  return text;
}

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

size_t HttpShared::open_connections(bool tcp) const {
  return static_cast<size_t>(std::count_if(connections.begin(), connections.end(),
                                           [tcp](const HttpConnection* c) { return c->open && c->tcp == tcp; }));
}

bool HttpShared::make_room_for_stranger(const std::string& address) {
  auto stranger = [](const HttpConnection& c) { return c.owner.empty(); };
  auto neighbour = [&](const HttpConnection& c) { return stranger(c) && c.address == address; };
  if (count_tcp(*this, neighbour) >= limits.strangers_per_address_max && !close_oldest(*this, neighbour)) return false;
  return open_connections(true) < limits.connections_max || close_oldest(*this, stranger);
}

bool HttpShared::make_room_for_owner(HttpConnection& connection) {
  auto other = [&](const HttpConnection& c) { return &c != &connection && c.owner == connection.owner; };
  return count_tcp(*this, other) < limits.connections_per_owner_max || close_oldest(*this, other);
}

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(asio::io_context& io, HttpLimits limits, Admit admit, Handle handle)
      : shared(std::make_shared<HttpShared>(
            HttpShared{io, limits, std::move(admit), std::move(handle), {}, Turns(limits.requests_per_owner_max)})) {}
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
  std::string address = listener.tcp ? address_of(socket) : "";
  const bool room = listener.tcp ? shared->make_room_for_stranger(address)
                                 : shared->open_connections(false) < shared->limits.connections_max;
  if (!room) return refuse_connection(socket, shared->limits.connections_max);
  const int yes = 1;  // the pieces of a streamed answer go out as they come, not when the one before is acknowledged
  if (listener.tcp) setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  serve_connection(shared, listener.tcp, std::move(address), std::move(socket));
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

HttpServer::HttpServer(asio::io_context& io, HttpLimits limits, Admit admit, Handle handle)
    : impl_(std::make_shared<Impl>(io, limits, std::move(admit), std::move(handle))) {}
HttpServer::~HttpServer() { impl_->stop(); }
void HttpServer::serve_unix(int listening_fd) { impl_->serve(listening_fd, false); }
void HttpServer::serve_tcp(int listening_fd) { impl_->serve(listening_fd, true); }

}  // namespace demarc::cp
