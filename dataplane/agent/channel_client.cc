#include "dataplane/agent/channel_client.h"

#include "dataplane/agent/channel_client_conversation.h"

namespace demarc::dp {
struct ChannelClient::Impl {
  Impl(std::unique_ptr<channel::Socket> s, const Clock& clock, ChannelHandler& handler)
      : socket(std::move(s)),
        conversation(clock, channel::random_boot_id(), handler, [this](const channel::Bytes& bytes) {
          return socket->send({}, bytes) == channel::Socket::Sent::ok;
        }) {}
  std::unique_ptr<channel::Socket> socket;
  ClientConversation conversation;
};

ChannelClient::ChannelClient() = default;
ChannelClient::~ChannelClient() = default;

Result<std::unique_ptr<ChannelClient>> ChannelClient::open(ChannelClientConfig config, ChannelHandler& handler) {
  auto socket = channel::Socket::connect_dealer(config.endpoint, config.curve);
  if (!socket) return tl::unexpected(socket.error());
  std::unique_ptr<ChannelClient> client(new ChannelClient);
  client->impl_ = std::make_unique<Impl>(std::move(*socket), *config.clock, handler);
  return client;
}

void ChannelClient::poll(int timeout_ms) {
  impl_->conversation.tick();
  impl_->socket->wait(timeout_ms);
  impl_->socket->receive_some([this](const channel::Socket::Incoming& in) { impl_->conversation.receive(in.bytes); });
  impl_->conversation.tick();
}

bool ChannelClient::send_capture(const schema::CaptureReportT& report) {
  return impl_->conversation.send_capture(report);
}
bool ChannelClient::send_trace(const schema::TraceReportT& report) { return impl_->conversation.send_trace(report); }
bool ChannelClient::send_event(schema::EventT event) { return impl_->conversation.send_event(std::move(event)); }
bool ChannelClient::send_counters() { return impl_->conversation.send_counters(0); }
bool ChannelClient::connected() const { return impl_->conversation.connected(); }
uint64_t ChannelClient::epoch() const { return impl_->conversation.epoch(); }
uint64_t ChannelClient::boot_id() const { return impl_->conversation.boot_id(); }
const ChannelClientCounts& ChannelClient::counts() const { return impl_->conversation.counts(); }

}  // namespace demarc::dp
