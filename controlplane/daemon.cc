#include "controlplane/daemon.h"

#include <spdlog/spdlog.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "controlplane/api/api.h"
#include "controlplane/channel/link.h"
#include "controlplane/core/core.h"
#include "controlplane/store/store.h"

namespace demarc::cp {
namespace {

// The core speaks to the link and the link to the core. The link is the last to go; this keeps it from calling a core
// that has gone.
class CoreHandle {
 public:
  // While it lives the core can be reached.
  class Guard {
   public:
    Guard(CoreHandle& handle, Core& core) : handle_(handle) { handle_.set(&core); }
    ~Guard() { handle_.set(nullptr); }
    Guard(const Guard&) = delete;

   private:
    CoreHandle& handle_;
  };
  void set_limits(DataPlaneLimits limits) {
    const std::lock_guard lock(mutex_);
    if (core_ != nullptr) core_->set_limits(std::move(limits));
  }

 private:
  void set(Core* core) {
    const std::lock_guard lock(mutex_);
    core_ = core;
  }

  std::mutex mutex_;
  Core* core_ = nullptr;
};

ApiConfig api_config(const DaemonConfig& config) {
  ApiConfig api;
  api.unix_path = config.api_socket;
  if (config.api_tcp) api.tcp = TcpListen{config.api_tcp->address, config.api_tcp->port};
  api.store_schema = static_cast<uint32_t>(Store::schema_version());
  return api;
}

}  // namespace

Status run_daemon(const DaemonConfig& config) {
  // In order of construction; destroyed the other way round: the API first, then the core (its thread still has the
  // link to speak to), then the link.
  const SystemClock clock;
  boost::asio::io_context io;
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&io](const boost::system::error_code& error, int) {
    if (!error) io.stop();
  });
  CoreHandle core_handle;
  std::unique_ptr<Link> link;

  // The store before the channel: it is the store's lock that says who is demarcd here.
  auto core = Core::open(
      config.store_path, [&link](std::vector<channel::TableUpdate> updates) { link->apply(std::move(updates)); }, {},
      config.tenant_share);
  if (!core) return tl::unexpected(core.error());
  const CoreHandle::Guard reachable(core_handle, **core);

  auto opened = Link::open(
      {config.channel_endpoint, config.curve, &clock},
      [&core_handle](DataPlaneLimits limits) { core_handle.set_limits(std::move(limits)); },
      [](const schema::EventT& event) { spdlog::info("data plane: {} (tenant {})", event.text, event.tenant); });
  if (!opened) return tl::unexpected(opened.error());
  link = std::move(*opened);

  auto api = Api::open(io, api_config(config), **core, *link, clock);
  if (!api) return tl::unexpected(api.error());

  (*core)->start();
  spdlog::info("demarcd " DEMARC_VERSION " is ready: store {}, channel {}, API {}", config.store_path,
               config.channel_endpoint, config.api_socket);
  io.run();
  spdlog::info("stopped");
  return {};
}

}  // namespace demarc::cp
