#include "controlplane/api/api.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "controlplane/api/dispatch.h"
#include "controlplane/api/http_server.h"
#include "controlplane/api/listen_socket.h"
#include "controlplane/api/render_thread.h"
#include "controlplane/api/route.h"

namespace demarc::cp {

namespace {

HttpLimits limits_of(const ApiConfig& config) {
  HttpLimits limits;
  limits.request_timeout_ns = config.request_timeout_ns;
  limits.idle_timeout_ns = config.idle_timeout_ns;
  limits.connections_max = config.connections_max;
  limits.stranger_timeout_ns = config.stranger_timeout_ns;
  limits.strangers_per_address_max = config.strangers_per_address_max;
  limits.connections_per_owner_max = config.connections_per_owner_max;
  limits.requests_per_owner_max = config.requests_per_owner_max;
  return limits;
}

}  // namespace

struct Api::Impl {
  std::shared_ptr<bool> alive = std::make_shared<bool>(true);  // of the io thread
  std::optional<UnixListener> unix_listener;
  std::shared_ptr<RenderThread> renderer = std::make_shared<RenderThread>();
  std::unique_ptr<HttpServer> server;
  uint16_t tcp_port = 0;
};

Result<std::unique_ptr<Api>> Api::open(boost::asio::io_context& io, ApiConfig config, Core& core,
                                       std::unique_ptr<LinkView> link, const Clock& clock) {
  auto impl = std::make_unique<Impl>();
  auto unix_listener = UnixListener::open(config.unix_path);
  if (!unix_listener) return tl::unexpected(unix_listener.error());
  impl->unix_listener.emplace(std::move(*unix_listener));
  int tcp_fd = -1;
  if (config.tcp) {
    const auto fd = listen_tcp(config.tcp->address, config.tcp->port);
    if (!fd) return tl::unexpected(fd.error());
    tcp_fd = *fd;
    impl->tcp_port = bound_port(tcp_fd);
  }
  openapi();  // whatever is wrong in the schemas shows at once
  auto post = [&io, alive = impl->alive](std::function<void()> fn) {
    boost::asio::post(io, [alive, fn = std::move(fn)] {
      if (*alive) fn();
    });
  };
  auto backend = std::make_shared<Backend>(
      Backend{core,
              std::move(link),
              clock,
              config.store_schema,
              std::move(post),
              [renderer = impl->renderer](const std::string& owner, std::function<void()> job) {
                renderer->submit(owner, std::move(job));
              },
              {}});
  impl->server = std::make_unique<HttpServer>(
      io, limits_of(config),
      [backend](std::string authorization, HttpServer::Then then) {
        admit(backend, std::move(authorization), std::move(then));
      },
      [backend](Request request, std::shared_ptr<Reply> reply) {
        dispatch(backend, std::move(request), std::move(reply));
      });
  impl->server->serve_unix(impl->unix_listener->release_fd());
  if (tcp_fd >= 0) impl->server->serve_tcp(tcp_fd);
  std::unique_ptr<Api> api(new Api);
  api->impl_ = std::move(impl);
  return api;
}

Api::~Api() {
  if (!impl_) return;
  *impl_->alive = false;
  impl_->renderer->stop();
}

uint16_t Api::tcp_port() const { return impl_->tcp_port; }

}  // namespace demarc::cp
