#include "controlplane/channel/link.h"

#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "common/channel/socket.h"
#include "controlplane/channel/conversation.h"
#include "controlplane/channel/flushes.h"
#include "controlplane/channel/outbox.h"
#include "controlplane/channel/requests.h"

namespace demarc::cp {
namespace {

constexpr int kTurnMs = 20;  // the longest that a timer can be late

}  // namespace

struct Link::Impl {
  Impl(std::unique_ptr<channel::Socket> s, const Clock& clock, OnHello on_hello, OnEvent on_event)
      : socket(std::move(s)),
        conversation(
            clock, channel::random_boot_id(), outbox,
            {[this](const std::string& route, const channel::Bytes& bytes) { return socket->send(route, bytes); },
             std::move(on_hello), std::move(on_event),
             [this](schema::CountersReportT report) { keep_counters(std::move(report)); },
             [this](const std::string& sentence) { log_refusal(sentence); }}),
        flushes(clock, outbox, conversation) {}
  ~Impl() {
    if (wake_fd >= 0) ::close(wake_fd);
  }

  void post(std::function<void()> job);
  void run();
  void run_jobs();
  void keep_counters(schema::CountersReportT report);
  void log_connection();
  void log_refusal(const std::string& sentence);

  std::unique_ptr<channel::Socket> socket;
  // The four of the link's thread.
  Outbox outbox;
  Conversation conversation;
  Flushes flushes;
  // What the log was told last: the same is not said twice in a row.
  uint64_t logged_epoch = 0;  // 0: not connected
  std::string logged_why;
  std::string logged_refusal;
  std::thread thread;

  int wake_fd = -1;
  std::atomic<bool> stopping{false};
  mutable std::mutex mutex;
  std::vector<std::function<void()>> jobs;  // guarded by mutex, as is last_counters
  CountersWindow last_counters{std::make_shared<const schema::CountersReportT>(),
                               std::make_shared<const schema::CountersReportT>()};
};

void Link::Impl::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex);
    jobs.push_back(std::move(job));
  }
  const uint64_t one = 1;
  // Can only fail when the counter is full, and then the thread is woken anyway.
  if (::write(wake_fd, &one, sizeof(one)) < 0) return;
}

void Link::Impl::run_jobs() {
  std::vector<std::function<void()>> taken;
  {
    const std::lock_guard lock(mutex);
    taken.swap(jobs);
  }
  for (auto& job : taken) job();
}

void Link::Impl::keep_counters(schema::CountersReportT report) {
  auto kept = std::make_shared<const schema::CountersReportT>(std::move(report));
  const std::lock_guard lock(mutex);
  last_counters.before = std::exchange(last_counters.newest, std::move(kept));
}

void Link::Impl::log_connection() {
  const uint64_t epoch = conversation.connected() ? conversation.epoch() : 0;
  if (epoch == logged_epoch && (epoch != 0 || conversation.why_lost() == logged_why)) return;
  if (epoch != 0) {
    spdlog::info("channel: demarc-dp {} is connected, epoch {}", conversation.data_plane_version(), epoch);
  } else {
    spdlog::warn("channel: {}", conversation.why_lost());
  }
  logged_epoch = epoch;
  logged_why = conversation.why_lost();
  logged_refusal.clear();
}

void Link::Impl::log_refusal(const std::string& sentence) {
  if (sentence == logged_refusal) return;
  logged_refusal = sentence;
  spdlog::warn("channel: the data plane refused a change: {}", sentence);
}

void Link::Impl::run() {
  logged_why = conversation.why_lost();
  while (!stopping) {
    socket->wait(kTurnMs, wake_fd);
    uint64_t woken = 0;
    if (::read(wake_fd, &woken, sizeof(woken)) < 0) woken = 0;  // nobody called
    run_jobs();
    socket->receive_some([this](const channel::Socket::Incoming& in) { conversation.receive(in.from, in.bytes); });
    conversation.tick();
    flushes.check();
    log_connection();
  }
  conversation.stop();
  run_jobs();
  flushes.fail_all("demarcd is stopping");
}

Result<std::unique_ptr<Link>> Link::open(LinkConfig config, OnHello on_hello, OnEvent on_event) {
  auto socket = channel::Socket::bind_router(config.endpoint, config.curve);
  if (!socket) return tl::unexpected(socket.error());
  std::unique_ptr<Link> link(new Link);
  link->impl_ = std::make_unique<Impl>(std::move(*socket), *config.clock, std::move(on_hello), std::move(on_event));
  Impl& impl = *link->impl_;
  impl.wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (impl.wake_fd < 0)
    return fail(ErrorCode::unavailable, std::string("channel: cannot make an eventfd: ") + std::strerror(errno));
  impl.thread = std::thread([&impl] { impl.run(); });
  return link;
}

Link::~Link() {
  if (impl_ == nullptr || !impl_->thread.joinable()) return;
  impl_->stopping = true;
  impl_->post([] {});
  impl_->thread.join();
}

void Link::apply(std::vector<channel::TableUpdate> updates) {
  impl_->post([impl = impl_.get(), updates = std::move(updates)] { impl->outbox.apply(updates); });
}

void Link::flush(uint64_t wait_ns, std::function<void(Result<bool>)> done) {
  impl_->post([impl = impl_.get(), wait_ns, done = std::move(done)]() mutable {
    impl->flushes.add(std::nullopt, wait_ns, std::move(done));
  });
}

void Link::flush(TenantId tenant, uint64_t wait_ns, std::function<void(Result<bool>)> done) {
  impl_->post([impl = impl_.get(), tenant, wait_ns, done = std::move(done)]() mutable {
    impl->flushes.add(tenant, wait_ns, std::move(done));
  });
}

void Link::status(std::function<void(const LinkStatus&)> done) {
  impl_->post([impl = impl_.get(), done = std::move(done)] { done(impl->conversation.status()); });
}

void Link::counters(std::function<void(Result<schema::CountersReportT>)> done) {
  impl_->post([impl = impl_.get(), done = std::move(done)]() mutable {
    impl->conversation.requests().counters(std::move(done));
  });
}

void Link::neighbors(TenantId tenant, std::function<void(Result<schema::NeighborReportT>)> done) {
  impl_->post([impl = impl_.get(), tenant, done = std::move(done)]() mutable {
    impl->conversation.requests().neighbors(tenant, std::move(done));
  });
}

void Link::peers(TenantId tenant, std::function<void(Result<schema::PeerReportT>)> done) {
  impl_->post([impl = impl_.get(), tenant, done = std::move(done)]() mutable {
    impl->conversation.requests().peers(tenant, std::move(done));
  });
}

void Link::session_usage(TenantId tenant, Seid session, std::function<void(Result<schema::SessionUsageT>)> done) {
  impl_->post([impl = impl_.get(), tenant, session, done = std::move(done)]() mutable {
    impl->conversation.requests().session_usage(tenant, session, std::move(done));
  });
}

void Link::trace(TenantId tenant, uint32_t packets, uint64_t wait_ns, std::stop_token stop,
                 std::function<void(Result<schema::TraceReportT>)> on_packets) {
  impl_->post([impl = impl_.get(), tenant, packets, wait_ns, stop = std::move(stop),
               on_packets = std::move(on_packets)]() mutable {
    impl->conversation.requests().trace(tenant, packets, wait_ns, std::move(stop), std::move(on_packets));
  });
}

void Link::capture(schema::CaptureRequestT order, std::stop_token stop,
                   std::function<void(Result<schema::CaptureReportT>)> on_packets) {
  impl_->post([impl = impl_.get(), order = std::move(order), stop = std::move(stop),
               on_packets = std::move(on_packets)]() mutable {
    impl->conversation.requests().capture(std::move(order), std::move(stop), std::move(on_packets));
  });
}

CountersWindow Link::last_counters() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->last_counters;
}

}  // namespace demarc::cp
