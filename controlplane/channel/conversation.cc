#include "controlplane/channel/conversation.h"

#include <algorithm>
#include <utility>

#include "common/channel/channel_limits.h"
#include "common/defs/counter.h"

namespace demarc::cp {
namespace {

// A hello with a last epoch above this is not believed: there would soon be no larger one. Year 2262 in ns.
constexpr uint64_t kEpochMax = UINT64_MAX / 2;

DataPlaneLimits limits_of(const schema::Hello& hello) {
  DataPlaneLimits limits{};
  if (const auto* c = hello.capacity())
    limits = {c->tenants(), c->vrfs(), c->attachments(), c->gtpu_endpoints(), c->routes(), c->sessions(), {}};
  if (hello.ports() != nullptr)
    for (const schema::Port* port : *hello.ports())
      if (port->name() != nullptr) limits.ports.push_back(port->name()->str());
  limits.workers = hello.workers();
  return limits;
}

// Empty: fits.
std::string misfit(const schema::Hello& hello) {
  if (hello.version_min() > channel::kSchemaVersionMax || hello.version_max() < channel::kSchemaVersionMin)
    return "demarc-dp speaks schema versions " + std::to_string(hello.version_min()) + " to " +
           std::to_string(hello.version_max()) + " and demarcd " + std::to_string(channel::kSchemaVersionMin) + " to " +
           std::to_string(channel::kSchemaVersionMax) + "; install releases that have one in common";
  if (hello.counter_list() != counter_list_fingerprint())
    return "demarc-dp has another list of counters and drop reasons than demarcd; install both from the same release";
  if (hello.last_epoch() > kEpochMax)
    return "demarc-dp claims to have had epoch " + std::to_string(hello.last_epoch()) + ", which nobody gave it";
  return {};
}

}  // namespace

Conversation::Conversation(const Clock& clock, uint64_t boot_id, Outbox& outbox, ConversationOutput output)
    : clock_(clock),
      boot_id_(boot_id),
      outbox_(outbox),
      output_(std::move(output)),
      requests_(clock, [this](schema::MessageUnion message) { return send_request(std::move(message)); }) {}

void Conversation::receive(const std::string& route, std::span<const uint8_t> bytes) {
  auto opened = channel::open_envelope(bytes);
  if (!opened) return;
  const schema::Envelope& envelope = **opened;
  if (envelope.message_type() == schema::Message::Hello) return handle_hello(route, envelope);
  if (!connected_ || route != route_ || envelope.boot_id() != peer_boot_id_ || envelope.epoch() != epoch_)
    return ask_hello(route);
  heard_ns_ = clock_.monotonic_ns();
  heard_in_epoch_ = true;
  handle(envelope);
}

// ---- hello ----

void Conversation::handle_hello(const std::string& route, const schema::Envelope& envelope) {
  // It says hello again soon. Before the store is read, all that it has would look like too much.
  if (!outbox_.loaded()) return;
  const schema::Hello& hello = *envelope.message_as_Hello();
  if (!is_ours_to_take(route, envelope)) return;
  if (std::string sentence = misfit(hello); !sentence.empty()) {
    if (connected_) lose("refused: " + sentence);
    why_lost_ = "refused: " + sentence;
    return reply_hello(route, 0, std::move(sentence));
  }
  // Said again before our answer arrived: the same answer.
  const bool repeated = connected_ && route == route_ && envelope.boot_id() == peer_boot_id_ && !heard_in_epoch_ &&
                        hello.last_epoch() < epoch_;
  if (repeated) return reply_hello(route, epoch_, {});
  accept(route, envelope);
}

// A data plane that is alive keeps its place. Whether it is, is not known when another one says hello: it may just have
// been killed and started again. So the other one waits until ours is heard from (and is then refused) or counts as
// lost.
bool Conversation::is_ours_to_take(const std::string& route, const schema::Envelope& envelope) {
  if (!connected_ || envelope.boot_id() == peer_boot_id_) return true;
  send(schema::HeartbeatT{});  // finds out whether the connection is still there
  if (!connected_) return true;
  if (stranger_boot_id_ != envelope.boot_id()) {
    stranger_boot_id_ = envelope.boot_id();
    stranger_ns_ = clock_.monotonic_ns();
    return false;
  }
  if (heard_ns_ > stranger_ns_) {
    reply_hello(route, 0,
                "another demarc-dp (version " + peer_version_ +
                    ") is connected and alive; demarcd serves one data plane: stop that one first");
    stranger_boot_id_ = 0;
  }
  return false;
}

void Conversation::accept(const std::string& route, const schema::Envelope& envelope) {
  const schema::Hello& hello = *envelope.message_as_Hello();
  if (connected_) lose("demarc-dp began a new conversation");
  const uint64_t now = clock_.monotonic_ns();
  epoch_ = std::max({std::min(clock_.wall_ns(), kEpochMax), epoch_ + 1, hello.last_epoch() + 1});
  connected_ = true;
  route_ = route;
  peer_boot_id_ = envelope.boot_id();
  peer_version_ = hello.version_text() == nullptr ? "unknown" : hello.version_text()->str();
  peer_started_wall_ns_ = hello.started_wall_ns();
  heard_in_epoch_ = false;
  heard_ns_ = now;
  stranger_boot_id_ = 0;
  transactions_made_ = 0;
  transactions_acknowledged_ = 0;
  compared_ = false;
  digest_due_ns_ = now;
  to_list_.clear();
  differed_.clear();
  theirs_.clear();
  outbox_.release_all();
  ++resyncs_;
  reply_hello(route, epoch_, {});
  if (output_.on_hello) output_.on_hello(limits_of(hello));
}

void Conversation::reply_hello(const std::string& route, uint64_t epoch, std::string error) {
  schema::HelloReplyT reply;
  reply.version = channel::kSchemaVersionMax;
  reply.error = std::move(error);
  output_.send(route, channel::pack_envelope(boot_id_, epoch, std::move(reply)));
}

void Conversation::ask_hello(const std::string& route) {
  const uint64_t now = clock_.monotonic_ns();
  // A storm of old messages needs one answer.
  if (hello_asked_ns_ != 0 && now - hello_asked_ns_ < channel::kHelloRetryNs / 2) return;
  hello_asked_ns_ = now;
  output_.send(route, channel::pack_envelope(boot_id_, 0, schema::HelloRequestT{}));
}

void Conversation::lose(const std::string& why) {
  connected_ = false;
  why_lost_ = why;
  end_exchange();
  outbox_.requeue();
  requests_.fail_all("the data plane is not connected: " + why);
}

void Conversation::restart(const std::string& why) {
  const std::string route = route_;
  lose(why);
  hello_asked_ns_ = 0;
  ask_hello(route);
}

// ---- one exchange at a time ----

void Conversation::send_bytes(const channel::Bytes& bytes) {
  sent_ns_ = clock_.monotonic_ns();
  if (output_.send(route_, bytes) == channel::Socket::Sent::unreachable && connected_)
    lose("demarc-dp closed the connection");
}

Status Conversation::send_request(schema::MessageUnion message) {
  if (!connected_) return fail(ErrorCode::unavailable, "the data plane is not connected: " + why_lost_);
  send_bytes(channel::pack_envelope(boot_id_, epoch_, std::move(message)));
  if (!connected_) return fail(ErrorCode::unavailable, "the data plane is not connected: " + why_lost_);
  return {};
}

void Conversation::begin(Exchange exchange, uint64_t number, channel::Bytes bytes) {
  exchange_ = exchange;
  number_ = number;
  exchange_bytes_ = std::move(bytes);
  exchange_ns_ = clock_.monotonic_ns();
  exchange_tries_ = 1;
  send_bytes(channel::Bytes(exchange_bytes_));  // a copy: losing the connection clears it
}

void Conversation::end_exchange() {
  exchange_ = Exchange::none;
  exchange_bytes_ = {};
}

void Conversation::check_exchange(uint64_t now) {
  if (exchange_ == Exchange::none || now - exchange_ns_ < channel::kReplyTimeoutNs) return;
  if (exchange_tries_ >= channel::kReplyTriesMax)
    return restart("demarc-dp did not answer " + std::to_string(exchange_tries_) + " times");
  ++exchange_tries_;
  exchange_ns_ = now;
  send_bytes(channel::Bytes(exchange_bytes_));
}

void Conversation::next_exchange() {
  const uint64_t now = clock_.monotonic_ns();
  if (now >= digest_due_ns_) {
    digest_due_ns_ = now + channel::kDigestIntervalNs;
    schema::DigestRequestT request;
    request.request = ++requests_made_;
    return begin(Exchange::digests, request.request, channel::pack_envelope(boot_id_, epoch_, std::move(request)));
  }
  if (!compared_) return;
  if (!to_list_.empty()) {
    listed_ = *to_list_.begin();
    listed_digests_.clear();
    listed_entries_ = 0;
    schema::EntryListRequestT request;
    request.request = ++requests_made_;
    request.tenant = listed_.value;
    return begin(Exchange::entries, request.request, channel::pack_envelope(boot_id_, epoch_, std::move(request)));
  }
  const auto& batch = outbox_.take_batch();
  if (batch.empty()) return;
  const uint64_t number = ++transactions_made_;
  begin(Exchange::transaction, number, channel::pack_transaction(boot_id_, epoch_, number, batch));
}

void Conversation::tick() {
  const uint64_t now = clock_.monotonic_ns();
  requests_.tick();
  if (!connected_) return;
  if (now - heard_ns_ > channel::kPeerSilenceNs)
    return lose("nothing was heard from demarc-dp for " + std::to_string((now - heard_ns_) / 1'000'000) + " ms");
  check_exchange(now);
  outbox_.release_held(now);
  if (connected_ && exchange_ == Exchange::none) next_exchange();
  if (connected_ && now - sent_ns_ >= channel::kHeartbeatNs) send(schema::HeartbeatT{});
}

// ---- what comes ----

void Conversation::handle(const schema::Envelope& envelope) {
  switch (envelope.message_type()) {
    case schema::Message::DigestReport: return handle_digests(*envelope.message_as_DigestReport());
    case schema::Message::EntryList: return handle_entries(*envelope.message_as_EntryList());
    case schema::Message::TransactionReply: return handle_reply(*envelope.message_as_TransactionReply());
    case schema::Message::CountersReport: {
      schema::CountersReportT report;
      envelope.message_as_CountersReport()->UnPackTo(&report);
      if (report.request != 0) return requests_.on_counters(std::move(report));
      if (output_.on_counters) output_.on_counters(std::move(report));
      return;
    }
    case schema::Message::NeighborReport: {
      schema::NeighborReportT report;
      envelope.message_as_NeighborReport()->UnPackTo(&report);
      return requests_.on_neighbors(std::move(report));
    }
    case schema::Message::PeerReport: {
      schema::PeerReportT report;
      envelope.message_as_PeerReport()->UnPackTo(&report);
      return requests_.on_peers(std::move(report));
    }
    case schema::Message::SessionUsage: {
      schema::SessionUsageT usage;
      envelope.message_as_SessionUsage()->UnPackTo(&usage);
      return requests_.on_session_usage(std::move(usage));
    }
    case schema::Message::TraceReport: {
      schema::TraceReportT report;
      envelope.message_as_TraceReport()->UnPackTo(&report);
      return requests_.on_trace(std::move(report));
    }
    case schema::Message::CaptureReport: {
      schema::CaptureReportT report;
      envelope.message_as_CaptureReport()->UnPackTo(&report);
      return requests_.on_capture(std::move(report));
    }
    case schema::Message::Event: {
      schema::EventT event;
      envelope.message_as_Event()->UnPackTo(&event);
      if (output_.on_event) output_.on_event(event);
      return;
    }
    default: return;  // heard, and that is all
  }
}

void Conversation::handle_digests(const schema::DigestReport& report) {
  if (exchange_ != Exchange::digests || report.request() != number_) return;
  end_exchange();
  theirs_.clear();
  if (report.tenants() != nullptr)
    for (const schema::TenantDigest* t : *report.tenants())
      theirs_[TenantId(t->tenant())] = {t->entries(), t->digest()};
  std::set<TenantId> all;
  for (const auto& [id, summary] : theirs_) all.insert(id);
  for (TenantId id : outbox_.desired().tenants()) all.insert(id);
  for (TenantId id : all) compare_digests(id);
  compared_ = true;
  tick();
}

void Conversation::compare_digests(TenantId id) {
  const auto it = theirs_.find(id);
  const channel::TenantSummary theirs = it == theirs_.end() ? channel::TenantSummary{} : it->second;
  // While something of it waits it must differ. At the start of a conversation nothing is known and all is compared.
  if (compared_ && outbox_.waits(id)) return;
  if (theirs == outbox_.desired().summary(id)) {
    differed_.erase(id);
    outbox_.settle(id);
    return;
  }
  if (compared_) {
    ++resyncs_;
    if (!differed_.insert(id).second) {
      differed_.erase(id);
      return outbox_.hold(id,
                          {ErrorCode::internal, "the data plane acknowledged everything, and its digest differs still"},
                          clock_.monotonic_ns() + channel::kRefusedRetryNs);
    }
  }
  if (theirs.entries == 0) {
    outbox_.compare(id, {});
  } else {
    to_list_.insert(id);
  }
}

void Conversation::handle_entries(const schema::EntryList& list) {
  if (exchange_ != Exchange::entries || list.request() != number_ || list.tenant() != listed_.value) return;
  if (list.first() == 0) {  // also when the whole list was asked for again
    listed_digests_.clear();
    listed_entries_ = 0;
  }
  if (list.first() != listed_entries_) return;  // one was lost: the time-out asks again
  if (list.entries() != nullptr) {
    if (listed_entries_ + list.entries()->size() > channel::kTenantEntriesMax) return;
    for (const schema::EntryDigest* e : *list.entries()) {
      if (e->kind() == schema::EntryKind::none || e->kind() > schema::EntryKind::MAX) return;
      listed_digests_[{e->kind(), e->id()}] = e->digest();
    }
    listed_entries_ += list.entries()->size();
  }
  exchange_ns_ = clock_.monotonic_ns();
  if (!list.last()) return;
  end_exchange();
  to_list_.erase(listed_);
  outbox_.compare(listed_, listed_digests_);
  listed_digests_.clear();
  tick();
}

void Conversation::handle_reply(const schema::TransactionReply& reply) {
  if (exchange_ != Exchange::transaction || reply.number() != number_) return;
  if (reply.resync()) return restart("demarc-dp missed a transaction before number " + std::to_string(reply.number()));
  end_exchange();
  const uint64_t now = clock_.monotonic_ns();
  digest_due_ns_ = std::min(digest_due_ns_, now + channel::kDigestAfterChangeNs);
  if (reply.ok()) {
    ++transactions_acknowledged_;
    outbox_.acknowledge();
  } else {
    const bool known = reply.error_code() >= 1 && reply.error_code() <= static_cast<uint8_t>(ErrorCode::internal);
    const auto code = known ? static_cast<ErrorCode>(reply.error_code()) : ErrorCode::internal;
    std::string sentence = reply.error() == nullptr ? "" : reply.error()->str();
    if (sentence.empty()) sentence = "the data plane refused the change and did not say why";
    if (output_.on_refusal) output_.on_refusal(sentence);
    outbox_.refuse(reply.failed_operation(), {code, std::move(sentence)}, now + channel::kRefusedRetryNs);
  }
  tick();
}

}  // namespace demarc::cp
