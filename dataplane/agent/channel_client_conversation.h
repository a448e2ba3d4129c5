// ClientConversation: the data plane's side of the conversation in common/channel/README.md, without a socket and
// with a clock from outside, so that a test can lose, repeat, reorder and cut every message.
//
//            start                      HelloReply with a larger epoch
//   ────────────────────▶ greeting ───────────────────────────────────────▶ connected
//                          ▲  ▲ │ HelloReply with an error                    │
//              each 5 s ───┘  │ └──────────▶ refused ─ larger epoch ──────────▶│
//                             └──────────────────────────────────────────────┘
//                                 silence of kPeerSilenceNs, or HelloRequest
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "common/base/clock.h"
#include "common/channel/envelope.h"
#include "common/schema/channel_generated.h"
#include "dataplane/agent/channel_client.h"
#include "dataplane/agent/channel_handler.h"

namespace demarc::dp {

class ClientConversation {
 public:
  // False: the message could not be handed over.
  using Send = std::function<bool(const channel::Bytes&)>;

  // `clock` and `handler` outlive it. `boot_id` is not 0.
  ClientConversation(const Clock& clock, uint64_t boot_id, ChannelHandler& handler, Send send);

  // `bytes` as they came: anything. Aligned to 8.
  void receive(std::span<const uint8_t> bytes);
  // What the time asks for: hello again, silence, the report.
  void tick();

  bool send_trace(const schema::TraceReportT& report);
  bool send_capture(const schema::CaptureReportT& report);
  bool send_event(schema::EventT event);
  bool send_counters(uint64_t request);

  bool connected() const { return state_ == State::connected; }
  uint64_t epoch() const { return epoch_; }
  uint64_t boot_id() const { return boot_id_; }
  const ChannelClientCounts& counts() const { return counts_; }

 private:
  enum class State { greeting, connected, refused };

  template <class MessageT>
  bool send(MessageT message, uint64_t epoch) {
    return send_bytes(channel::pack_envelope(boot_id_, epoch, std::move(message)));
  }
  bool send_bytes(const channel::Bytes& bytes);
  void say_hello();
  void lose(const std::string& why);

  void handle_hello_reply(const schema::Envelope& envelope);
  void handle_hello_request();
  void handle_in_epoch(const schema::Envelope& envelope);
  void handle_transaction(const schema::Transaction& transaction);
  schema::TransactionReplyT apply(const schema::Transaction& transaction);
  void report_digests(uint64_t request);
  void list_entries(uint64_t request, TenantId tenant);

  const Clock& clock_;
  const uint64_t boot_id_;
  ChannelHandler& handler_;
  Send send_;
  ChannelClientCounts counts_;

  State state_ = State::greeting;
  uint64_t epoch_ = 0;         // the largest that was given
  uint64_t peer_boot_id_ = 0;  // who gave it
  uint64_t heard_ns_ = 0;
  uint64_t hello_sent_ns_ = 0;  // 0: never
  uint64_t hello_due_ns_ = 0;
  uint64_t report_due_ns_ = 0;
  uint64_t events_ = 0;
  uint64_t last_number_ = 0;  // of the transaction last answered in this epoch
  channel::Bytes last_reply_;
  std::string last_refusal_;
};

}  // namespace demarc::dp
