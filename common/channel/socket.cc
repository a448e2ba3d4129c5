#include "common/channel/socket.h"

#include <sys/random.h>
#include <zmq.h>

#include "common/channel/channel_limits.h"
#include "common/channel/ipc_path.h"
#include "common/channel/zap.h"

namespace demarc::channel {
namespace {

// Messages, not bytes. Few come in at a time; going out, an entry list has several chunks and a trace many reports.
constexpr int kReceiveQueue = 64;
constexpr int kSendQueue = 256;

std::string reason() { return zmq_strerror(zmq_errno()); }

bool set(void* socket, int option, int value) { return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0; }

bool set_common(void* socket) {
  const int64_t largest = static_cast<int64_t>(kMessageBytesMax);
  return set(socket, ZMQ_LINGER, 0) && set(socket, ZMQ_RCVHWM, kReceiveQueue) && set(socket, ZMQ_SNDHWM, kSendQueue) &&
         set(socket, ZMQ_IMMEDIATE, 1) &&  // no queue for a peer that is not there: what is old is wrong
         set(socket, ZMQ_RECONNECT_IVL, 50) && set(socket, ZMQ_RECONNECT_IVL_MAX, 100) &&
         zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &largest, sizeof(largest)) == 0;
}

bool set_key(void* socket, int option, const std::string& key) {
  return zmq_setsockopt(socket, option, key.c_str(), key.size() + 1) == 0;
}

}  // namespace

struct Socket::Impl {
  ~Impl() {
    if (socket != nullptr) zmq_close(socket);
    zap.reset();
    if (context != nullptr) zmq_ctx_term(context);
  }

  Status make(int type, const Endpoint& endpoint, const CurveFiles& curve);
  Status secure(int type, const CurveFiles& curve);

  void* context = nullptr;
  void* socket = nullptr;
  int type = 0;
  std::unique_ptr<IpcLock> lock;  // given back after the socket is closed
  std::unique_ptr<ZapHandler> zap;
  uint64_t discarded = 0;
};

Status Socket::Impl::make(int of_type, const Endpoint& endpoint, const CurveFiles& curve) {
  type = of_type;
  context = zmq_ctx_new();
  socket = context == nullptr ? nullptr : zmq_socket(context, type);
  if (socket == nullptr || !set_common(socket) || (type == ZMQ_ROUTER && !set(socket, ZMQ_ROUTER_MANDATORY, 1)))
    return fail(ErrorCode::unavailable, "channel endpoint " + endpoint.text + ": " + reason());
  if (endpoint.is_ipc()) {
    if (!curve.empty())
      return fail(ErrorCode::invalid,
                  "channel endpoint " + endpoint.text + ": CURVE keys are for tcp://; ipc:// is kept by its directory");
    return prepare_ipc_directory(endpoint);
  }
  return secure(type, curve);
}

Status Socket::Impl::secure(int of_type, const CurveFiles& curve) {
  auto keys = read_curve_keys(curve);
  if (!keys) return tl::unexpected(keys.error());
  bool set_all =
      set_key(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key) && set_key(socket, ZMQ_CURVE_PUBLICKEY, keys->public_key);
  if (of_type == ZMQ_ROUTER) {
    auto handler = ZapHandler::open(context, keys->peer_public_key);
    if (!handler) return tl::unexpected(handler.error());
    zap = std::move(*handler);
    set_all = set_all && set(socket, ZMQ_CURVE_SERVER, 1) && set_key(socket, ZMQ_ZAP_DOMAIN, "demarc");
  } else {
    set_all = set_all && set_key(socket, ZMQ_CURVE_SERVERKEY, keys->peer_public_key);
  }
  if (!set_all) return fail(ErrorCode::unavailable, "CURVE keys of the channel: " + reason());
  return {};
}

uint64_t random_boot_id() {
  uint64_t id = 0;
  while (id == 0)
    if (getrandom(&id, sizeof(id), 0) != sizeof(id)) id = 0;
  return id;
}

Socket::Socket() : impl_(std::make_unique<Impl>()) {}
Socket::~Socket() = default;

Result<std::unique_ptr<Socket>> Socket::bind_router(const std::string& text, const CurveFiles& curve) {
  auto endpoint = parse_endpoint(text);
  if (!endpoint) return tl::unexpected(endpoint.error());
  std::unique_ptr<Socket> socket(new Socket);
  if (auto made = socket->impl_->make(ZMQ_ROUTER, *endpoint, curve); !made) return tl::unexpected(made.error());
  if (endpoint->is_ipc()) {
    auto lock = IpcLock::take(*endpoint);
    if (!lock) return tl::unexpected(lock.error());
    socket->impl_->lock = std::move(*lock);
  }
  if (zmq_bind(socket->impl_->socket, endpoint->text.c_str()) != 0)
    return fail(ErrorCode::unavailable, "channel endpoint " + endpoint->text + " cannot be bound: " + reason());
  return socket;
}

Result<std::unique_ptr<Socket>> Socket::connect_dealer(const std::string& text, const CurveFiles& curve) {
  auto endpoint = parse_endpoint(text);
  if (!endpoint) return tl::unexpected(endpoint.error());
  std::unique_ptr<Socket> socket(new Socket);
  if (auto made = socket->impl_->make(ZMQ_DEALER, *endpoint, curve); !made) return tl::unexpected(made.error());
  if (zmq_connect(socket->impl_->socket, endpoint->text.c_str()) != 0)
    return fail(ErrorCode::unavailable, "channel endpoint " + endpoint->text + " cannot be connected to: " + reason());
  return socket;
}

Socket::Sent Socket::send(const std::string& to, std::span<const uint8_t> bytes) {
  void* s = impl_->socket;
  int rc = 0;
  if (impl_->type == ZMQ_ROUTER) rc = zmq_send(s, to.data(), to.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT);
  if (rc >= 0) rc = zmq_send(s, bytes.data(), bytes.size(), ZMQ_DONTWAIT);
  if (rc >= 0) return Sent::ok;
  if (zmq_errno() != EAGAIN) return Sent::unreachable;
  // A DEALER without a connection says EAGAIN as well; to its user both mean that nothing was sent.
  return Sent::full;
}

std::optional<Socket::Incoming> Socket::receive() {
  const int parts_wanted = impl_->type == ZMQ_ROUTER ? 2 : 1;
  for (int attempt = 0; attempt < kReceiveQueue; ++attempt) {
    Incoming incoming;
    int parts = 0;
    bool more = true;
    while (more) {
      zmq_msg_t part;
      zmq_msg_init(&part);
      if (zmq_msg_recv(&part, impl_->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&part);
        return std::nullopt;
      }
      more = zmq_msg_more(&part) != 0;
      const auto* data = static_cast<const uint8_t*>(zmq_msg_data(&part));
      ++parts;
      if (parts == parts_wanted)
        incoming.bytes.assign(data, data + zmq_msg_size(&part));  // copied: ZeroMQ's own is not aligned
      else if (parts == 1)
        incoming.from.assign(reinterpret_cast<const char*>(data), zmq_msg_size(&part));
      zmq_msg_close(&part);
    }
    if (parts == parts_wanted) return incoming;
    ++impl_->discarded;
  }
  return std::nullopt;
}

void Socket::wait(int timeout_ms, int fd) {
  zmq_pollitem_t items[3] = {{impl_->socket, 0, ZMQ_POLLIN, 0}, {}, {}};
  int count = 1;
  if (impl_->zap != nullptr) items[count++] = {impl_->zap->socket(), 0, ZMQ_POLLIN, 0};
  if (fd >= 0) items[count++] = {nullptr, fd, ZMQ_POLLIN, 0};
  zmq_poll(items, count, timeout_ms);
  if (impl_->zap != nullptr) impl_->zap->answer();
}

uint64_t Socket::discarded() const { return impl_->discarded; }

}  // namespace demarc::channel
