// Conversation: demarcd's side of the conversation in common/channel/README.md, without a socket and with a clock from
// outside, so that a test can lose, repeat, reorder and cut every message.
//
// After a hello there is one exchange at a time: digests, an entry list or a transaction. So the data plane's tables
// stand still while they are compared, and what is found to differ differs.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

#include "common/base/clock.h"
#include "common/channel/envelope.h"
#include "common/channel/socket.h"
#include "common/schema/channel_generated.h"
#include "controlplane/channel/link.h"
#include "controlplane/channel/outbox.h"
#include "controlplane/channel/requests.h"

namespace demarc::cp {

struct ConversationOutput {
  // Routes are names of connections, as channel::Socket gives them.
  std::function<channel::Socket::Sent(const std::string& route, const channel::Bytes&)> send;
  Link::OnHello on_hello;
  Link::OnEvent on_event;
  std::function<void(schema::CountersReportT)> on_counters;     // those that come by themselves
  std::function<void(const std::string& sentence)> on_refusal;  // of a transaction
};

class Conversation {
 public:
  // `clock` and `outbox` outlive it. `boot_id` is not 0.
  Conversation(const Clock& clock, uint64_t boot_id, Outbox& outbox, ConversationOutput output);

  // `bytes` as they came: anything. Aligned to 8.
  void receive(const std::string& route, std::span<const uint8_t> bytes);
  // What the time asks for, and the next exchange when there is something to say. Call it after each change of the
  // outbox and at least every 50 ms.
  void tick();

  Requests& requests() { return requests_; }
  bool connected() const { return connected_; }
  // Whether the tenant's tables were compared in this conversation, so that the outbox knows all that it lacks.
  bool compared(TenantId tenant) const { return connected_ && compared_ && !to_list_.contains(tenant); }
  bool compared() const { return connected_ && compared_ && to_list_.empty(); }
  LinkStatus status() const;
  // For the log.
  const std::string& why_lost() const { return why_lost_; }
  const std::string& data_plane_version() const { return peer_version_; }
  uint64_t epoch() const { return epoch_; }
  void stop() { lose("demarcd is stopping"); }

 private:
  enum class Exchange { none, digests, entries, transaction };

  void handle_hello(const std::string& route, const schema::Envelope& envelope);
  bool is_ours_to_take(const std::string& route, const schema::Envelope& envelope);
  void accept(const std::string& route, const schema::Envelope& envelope);
  void reply_hello(const std::string& route, uint64_t epoch, std::string error);
  void ask_hello(const std::string& route);
  void lose(const std::string& why);
  void restart(const std::string& why);

  void handle(const schema::Envelope& envelope);
  void handle_digests(const schema::DigestReport& report);
  void compare_digests(TenantId tenant);
  void handle_entries(const schema::EntryList& list);
  void handle_reply(const schema::TransactionReply& reply);

  template <class MessageT>
  void send(MessageT message) {
    send_bytes(channel::pack_envelope(boot_id_, epoch_, std::move(message)));
  }
  void send_bytes(const channel::Bytes& bytes);
  Status send_request(schema::MessageUnion message);
  void begin(Exchange exchange, uint64_t number, channel::Bytes bytes);
  void end_exchange();
  void next_exchange();
  void check_exchange(uint64_t now);
  std::string why() const;
  bool digests_equal() const;

  const Clock& clock_;
  const uint64_t boot_id_;
  Outbox& outbox_;
  ConversationOutput output_;
  Requests requests_;

  // The conversation.
  bool connected_ = false;
  std::string why_lost_ = "no data plane has connected yet";
  std::string route_;
  uint64_t epoch_ = 0;  // the largest that was given
  bool heard_in_epoch_ = false;
  uint64_t heard_ns_ = 0;
  uint64_t sent_ns_ = 0;
  uint64_t hello_asked_ns_ = 0;
  // Who else says hello while ours may be alive.
  uint64_t stranger_boot_id_ = 0;
  uint64_t stranger_ns_ = 0;

  // The data plane.
  uint64_t peer_boot_id_ = 0;
  std::string peer_version_;
  uint64_t peer_started_wall_ns_ = 0;
  std::map<TenantId, channel::TenantSummary> theirs_;

  // The exchange under way.
  Exchange exchange_ = Exchange::none;
  uint64_t number_ = 0;  // of the request or of the transaction
  channel::Bytes exchange_bytes_;
  uint64_t exchange_ns_ = 0;
  int exchange_tries_ = 0;
  uint64_t requests_made_ = 0;      // digests and entry lists
  uint64_t transactions_made_ = 0;  // in this epoch

  // Comparing.
  bool compared_ = false;  // the first digests of this conversation came
  uint64_t digest_due_ns_ = 0;
  std::set<TenantId> to_list_;
  TenantId listed_;  // whose entry list is under way
  Outbox::Theirs listed_digests_;
  size_t listed_entries_ = 0;
  std::set<TenantId> differed_;  // although everything had been acknowledged; once is mended, twice is reported

  uint64_t transactions_acknowledged_ = 0;
  uint64_t resyncs_ = 0;
};

}  // namespace demarc::cp
