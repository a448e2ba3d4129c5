#include "dataplane/agent/channel_client_conversation.h"

#include <algorithm>
#include <utility>

#include "common/channel/channel_limits.h"
#include "common/defs/counter.h"

namespace demarc::dp {

// A HelloRequest that comes right after a hello crossed it on the way: no need to say it again at once.
constexpr uint64_t kHelloSpacingNs = 50'000'000;

ClientConversation::ClientConversation(const Clock& clock, uint64_t boot_id, ChannelHandler& handler, Send send)
    : clock_(clock), boot_id_(boot_id), handler_(handler), send_(std::move(send)) {}

bool ClientConversation::send_bytes(const channel::Bytes& bytes) {
  const bool sent = send_(bytes);
  if (!sent) ++counts_.send_failed;
  return sent;
}

void ClientConversation::say_hello() {
  schema::HelloT hello = handler_.hello();
  hello.version_min = channel::kSchemaVersionMin;
  hello.version_max = channel::kSchemaVersionMax;
  hello.counter_list = counter_list_fingerprint();
  hello.last_epoch = epoch_;
  const uint64_t now = clock_.monotonic_ns();
  hello_due_ns_ = now + kHelloSpacingNs;  // nobody there: soon again
  if (!send(std::move(hello), 0)) return;
  ++counts_.hellos_sent;
  hello_sent_ns_ = now;
  hello_due_ns_ = now + (state_ == State::refused ? channel::kRefusedRetryNs : channel::kHelloRetryNs);
}

void ClientConversation::lose(const std::string& why) {
  const bool was_connected = state_ == State::connected;
  state_ = State::greeting;
  if (was_connected) handler_.on_lost(why);
}

void ClientConversation::tick() {
  const uint64_t now = clock_.monotonic_ns();
  if (state_ == State::connected && now - heard_ns_ > channel::kPeerSilenceNs) {
    lose("nothing was heard from demarcd for " + std::to_string((now - heard_ns_) / 1'000'000) + " ms");
    hello_due_ns_ = now;
  }
  if (state_ == State::connected) {
    if (now < report_due_ns_) return;
    report_due_ns_ = now + channel::kReportIntervalNs;
    send_counters(0);
    return;
  }
  if (now >= hello_due_ns_) say_hello();
}

void ClientConversation::receive(std::span<const uint8_t> bytes) {
  auto envelope = channel::open_envelope(bytes);
  if (!envelope) {
    ++counts_.malformed;
    return;
  }
  const schema::Envelope& e = **envelope;
  if (e.message_type() == schema::Message::HelloReply) return handle_hello_reply(e);
  if (e.message_type() == schema::Message::HelloRequest) return handle_hello_request();
  if (state_ != State::connected || e.epoch() != epoch_ || e.boot_id() != peer_boot_id_) {
    ++counts_.other_epoch;
    return;
  }
  heard_ns_ = clock_.monotonic_ns();
  handle_in_epoch(e);
}

void ClientConversation::handle_hello_reply(const schema::Envelope& envelope) {
  const schema::HelloReply& reply = *envelope.message_as_HelloReply();
  if (reply.error() != nullptr && reply.error()->size() > 0) {
    if (state_ == State::connected) return;  // an old one, of a hello that was accepted since
    state_ = State::refused;
    hello_due_ns_ = clock_.monotonic_ns() + channel::kRefusedRetryNs;
    std::string sentence = reply.error()->str();
    if (sentence != last_refusal_) handler_.on_refused(sentence);
    last_refusal_ = std::move(sentence);
    return;
  }
  if (envelope.epoch() <= epoch_ || reply.version() < channel::kSchemaVersionMin ||
      reply.version() > channel::kSchemaVersionMax) {
    ++counts_.other_epoch;  // among them: the same answer once more
    return;
  }
  lose("demarcd began a new conversation");
  state_ = State::connected;
  epoch_ = envelope.epoch();
  peer_boot_id_ = envelope.boot_id();
  heard_ns_ = clock_.monotonic_ns();
  report_due_ns_ = heard_ns_;  // the first report at once: it shows demarcd that the answer arrived
  last_number_ = 0;
  last_reply_.clear();
  last_refusal_.clear();
  handler_.on_connected(epoch_);
}

void ClientConversation::handle_hello_request() {
  const uint64_t now = clock_.monotonic_ns();
  if (hello_sent_ns_ != 0 && now - hello_sent_ns_ < kHelloSpacingNs) return;
  lose("demarcd asked for a new conversation");
  say_hello();
}

void ClientConversation::handle_in_epoch(const schema::Envelope& e) {
  switch (e.message_type()) {
    case schema::Message::Heartbeat: return;
    case schema::Message::Transaction: return handle_transaction(*e.message_as_Transaction());
    case schema::Message::DigestRequest: return report_digests(e.message_as_DigestRequest()->request());
    case schema::Message::EntryListRequest: {
      const auto* request = e.message_as_EntryListRequest();
      return list_entries(request->request(), TenantId(request->tenant()));
    }
    case schema::Message::CountersRequest: send_counters(e.message_as_CountersRequest()->request()); return;
    case schema::Message::NeighborRequest: {
      const auto* request = e.message_as_NeighborRequest();
      schema::NeighborReportT report = handler_.neighbors(TenantId(request->tenant()));
      report.request = request->request();
      send(std::move(report), epoch_);
      return;
    }
    case schema::Message::PeerRequest: {
      const auto* request = e.message_as_PeerRequest();
      for (schema::PeerReportT& report : handler_.peers(TenantId(request->tenant()))) {
        report.request = request->request();
        if (!send(std::move(report), epoch_)) return;  // who asked hears of it by the time-out
      }
      return;
    }
    case schema::Message::SessionUsageRequest: {
      const auto* request = e.message_as_SessionUsageRequest();
      schema::SessionUsageT usage = handler_.session_usage(TenantId(request->tenant()), Seid(request->session()));
      usage.request = request->request();
      send(std::move(usage), epoch_);
      return;
    }
    case schema::Message::TraceRequest: {
      const auto* request = e.message_as_TraceRequest();
      constexpr uint32_t kTracePacketsMax = 1000;
      handler_.trace(request->request(), TenantId(request->tenant()), std::min(request->packets(), kTracePacketsMax));
      return;
    }
    case schema::Message::CaptureRequest: return handler_.capture(*e.message_as_CaptureRequest());
    default: ++counts_.unexpected;
  }
}

void ClientConversation::handle_transaction(const schema::Transaction& transaction) {
  if (transaction.number() == last_number_ && last_number_ != 0) {
    ++counts_.transactions_repeated;
    send_bytes(last_reply_);
    return;
  }
  schema::TransactionReplyT reply;
  if (transaction.number() == last_number_ + 1) {
    reply = apply(transaction);
  } else {
    reply.resync = true;
    ++counts_.resyncs_asked;
  }
  reply.number = transaction.number();
  const bool counts = !reply.resync;
  channel::Bytes bytes = channel::pack_envelope(boot_id_, epoch_, std::move(reply));
  send_bytes(bytes);
  if (!counts) return;
  last_number_ = transaction.number();
  last_reply_ = std::move(bytes);
}

schema::TransactionReplyT ClientConversation::apply(const schema::Transaction& transaction) {
  schema::TransactionReplyT reply;
  auto refuse = [&](uint32_t operation, Error error) {
    reply.failed_operation = operation;
    reply.error_code = static_cast<uint8_t>(error.code);
    reply.error = std::move(error.message);
    ++counts_.transactions_refused;
  };
  auto updates = channel::unpack_operations(transaction);
  if (!updates) {
    refuse(updates.error().operation, std::move(updates.error().error));
    return reply;
  }
  if (auto applied = handler_.apply(std::move(*updates)); !applied) {
    refuse(applied.error().operation, std::move(applied.error().error));
    return reply;
  }
  reply.ok = true;
  ++counts_.transactions_applied;
  return reply;
}

void ClientConversation::report_digests(uint64_t request) {
  const channel::EntryMap& entries = handler_.entries();
  schema::DigestReportT report;
  report.request = request;
  for (TenantId id : entries.tenants()) {
    const channel::TenantSummary summary = entries.summary(id);
    auto& t = report.tenants.emplace_back(std::make_unique<schema::TenantDigestT>());
    t->tenant = id.value;
    t->entries = summary.entries;
    t->digest = summary.digest;
  }
  send(std::move(report), epoch_);
}

void ClientConversation::list_entries(uint64_t request, TenantId tenant) {
  const auto& entries = handler_.entries().entries(tenant);
  auto it = entries.begin();
  uint32_t first = 0;
  do {
    schema::EntryListT list;
    list.request = request;
    list.tenant = tenant.value;
    list.first = first;
    for (; it != entries.end() && list.entries.size() < channel::kEntryListChunk; ++it)
      list.entries.emplace_back(it->first.id, it->second.digest, it->first.kind);
    first += static_cast<uint32_t>(list.entries.size());
    list.last = it == entries.end();
    if (!send(std::move(list), epoch_)) return;  // demarcd will ask again
  } while (it != entries.end());
}

bool ClientConversation::send_trace(const schema::TraceReportT& report) {
  return connected() && send(schema::TraceReportT(report), epoch_);
}

bool ClientConversation::send_capture(const schema::CaptureReportT& report) {
  return connected() && send(schema::CaptureReportT(report), epoch_);
}

bool ClientConversation::send_event(schema::EventT event) {
  if (!connected()) return false;
  event.number = ++events_;
  event.wall_ns = clock_.wall_ns();
  return send(std::move(event), epoch_);
}

bool ClientConversation::send_counters(uint64_t request) {
  if (!connected()) return false;
  schema::CountersReportT report = handler_.counters();
  report.request = request;
  return send(std::move(report), epoch_);
}

}  // namespace demarc::dp
