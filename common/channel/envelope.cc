#include "common/channel/envelope.h"

#include <string>

#include "common/channel/channel_limits.h"

namespace demarc::channel {
namespace {

// Adds up what UnPack() would allocate.
class Weight {
 public:
  size_t bytes() const { return bytes_; }
  void add(const flatbuffers::String* s) { bytes_ += s == nullptr ? 0 : s->size(); }
  template <class T>
  requires std::is_scalar_v<T>
  void add(const flatbuffers::Vector<T>* v) { bytes_ += v == nullptr ? 0 : v->size() * sizeof(T); }
  void add(const flatbuffers::Vector<const schema::EntryDigest*>* v) {
    bytes_ += v == nullptr ? 0 : v->size() * sizeof(schema::EntryDigest);
  }
  template <class T>
  void add(const flatbuffers::Vector<flatbuffers::Offset<T>>* v) {
    if (v == nullptr) return;
    for (const T* element : *v) {
      if (bytes_ > kUnpackedBytesMax) return;
      bytes_ += sizeof(typename T::NativeTableType);
      add(*element);
    }
  }
  void add(const schema::Port& p) { add_all(p.name(), p.device(), p.mac(), p.spread()); }
  void add(const schema::Hello& h) { add_all(h.version_text(), h.ports()); }
  void add(const schema::HelloReply& h) { add(h.error()); }
  void add(const schema::TenantDigest&) {}
  void add(const schema::DigestReport& r) { add(r.tenants()); }
  void add(const schema::EntryList& l) { add(l.entries()); }
  void add(const schema::Operation& o) { add(o.value()); }
  void add(const schema::Transaction& t) { add(t.operations()); }
  void add(const schema::TransactionReply& r) { add(r.error()); }
  void add(const schema::TenantCounters& t) {
    add_all(t.counters(), t.drops(), t.latency(), t.worker_cycles(), t.worker_packets());
  }
  void add(const schema::StageCounters& s) { add(s.name()); }
  void add(const schema::WorkerReport& w) { add(w.stages()); }
  void add(const schema::CountersReport& r) { add_all(r.tenants(), r.workers(), r.ports()); }
  void add(const schema::TraceStep& s) { add_all(s.stage(), s.note()); }
  void add(const schema::TracedPacket& p) { add_all(p.port(), p.head(), p.steps()); }
  void add(const schema::TraceReport& r) { add(r.packets()); }
  void add(const schema::Neighbor& n) { add_all(n.mac(), n.state(), n.ipv6()); }
  void add(const schema::NeighborReport& r) { add(r.neighbors()); }
  void add(const schema::Event& e) { add(e.text()); }
  void add(const schema::Peer& p) { add_all(p.ipv6(), p.state()); }
  void add(const schema::PeerReport& r) { add(r.peers()); }
  void add(const schema::SessionUsage& u) { add(u.drops()); }
  void add(const schema::CapturedPacket& p) { add_all(p.port(), p.bytes()); }
  void add(const schema::CaptureRequest& r) { add(r.filter()); }
  void add(const schema::CaptureReport& r) { add_all(r.packets(), r.error()); }
  template <class... Part>
  void add_all(Part... parts) {
    (add(parts), ...);
  }

 private:
  size_t bytes_ = 0;
};

Weight weigh(const schema::Envelope& e) {
  Weight w;
  switch (e.message_type()) {
    case schema::Message::Hello: w.add(*e.message_as_Hello()); break;
    case schema::Message::HelloReply: w.add(*e.message_as_HelloReply()); break;
    case schema::Message::Transaction: w.add(*e.message_as_Transaction()); break;
    case schema::Message::TransactionReply: w.add(*e.message_as_TransactionReply()); break;
    case schema::Message::DigestReport: w.add(*e.message_as_DigestReport()); break;
    case schema::Message::EntryList: w.add(*e.message_as_EntryList()); break;
    case schema::Message::CountersReport: w.add(*e.message_as_CountersReport()); break;
    case schema::Message::TraceReport: w.add(*e.message_as_TraceReport()); break;
    case schema::Message::NeighborReport: w.add(*e.message_as_NeighborReport()); break;
    case schema::Message::Event: w.add(*e.message_as_Event()); break;
    case schema::Message::PeerReport: w.add(*e.message_as_PeerReport()); break;
    case schema::Message::SessionUsage: w.add(*e.message_as_SessionUsage()); break;
    case schema::Message::CaptureRequest: w.add(*e.message_as_CaptureRequest()); break;
    case schema::Message::CaptureReport: w.add(*e.message_as_CaptureReport()); break;
    default: break;  // numbers alone
  }
  return w;
}

Bytes finish(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<schema::Envelope> root) {
  builder.Finish(root);
  return Bytes(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
}

}  // namespace

Bytes pack_envelope(uint64_t boot_id, uint64_t epoch, schema::MessageUnion message) {
  flatbuffers::FlatBufferBuilder builder(1024);
  schema::EnvelopeT envelope;
  envelope.boot_id = boot_id;
  envelope.epoch = epoch;
  envelope.message = std::move(message);
  return finish(builder, schema::Envelope::Pack(builder, &envelope));
}

Bytes pack_transaction(uint64_t boot_id, uint64_t epoch, uint64_t number, std::span<const TableUpdate> updates) {
  flatbuffers::FlatBufferBuilder builder(1024 + updates.size() * 128);
  std::vector<flatbuffers::Offset<schema::Operation>> operations;
  operations.reserve(updates.size());
  for (const TableUpdate& u : updates) {
    const auto* data = reinterpret_cast<const uint8_t*>(u.value.data());
    auto value = u.operation == schema::OperationKind::put ? builder.CreateVector(data, u.value.size())
                                                           : flatbuffers::Offset<flatbuffers::Vector<uint8_t>>();
    operations.push_back(
        schema::CreateOperation(builder, u.operation, u.key.tenant.value, u.key.kind, u.key.id, value));
  }
  auto transaction = schema::CreateTransaction(builder, number, builder.CreateVector(operations));
  return finish(builder,
                schema::CreateEnvelope(builder, boot_id, epoch, schema::Message::Transaction, transaction.Union()));
}

Result<const schema::Envelope*> open_envelope(std::span<const uint8_t> bytes) {
  if (bytes.size() < 2 * sizeof(flatbuffers::uoffset_t) || bytes.size() > kMessageBytesMax)
    return fail(ErrorCode::invalid, "message of " + std::to_string(bytes.size()) + " bytes: it must have from 8 to " +
                                        std::to_string(kMessageBytesMax));
  flatbuffers::Verifier::Options options;
  options.max_depth = kMessageDepthMax;
  options.max_tables = kMessageTablesMax;
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), options);
  if (!schema::VerifyEnvelopeBuffer(verifier))
    return fail(ErrorCode::invalid,
                "message of " + std::to_string(bytes.size()) + " bytes: not an Envelope within the limits");
  const schema::Envelope* envelope = schema::GetEnvelope(bytes.data());
  const auto type = envelope->message_type();
  if (type == schema::Message::NONE || type > schema::Message::MAX || envelope->message() == nullptr)
    return fail(ErrorCode::invalid, "message type " + std::to_string(static_cast<int>(type)) +
                                        ": it must be from 1 to " +
                                        std::to_string(static_cast<int>(schema::Message::MAX)) + ", and be there");
  if (envelope->boot_id() == 0) return fail(ErrorCode::invalid, "boot id 0: it must be that of the sender's process");
  if (weigh(*envelope).bytes() > kUnpackedBytesMax)
    return fail(ErrorCode::invalid, std::string("message ") + schema::EnumNameMessage(type) +
                                        " would unpack to more than " + std::to_string(kUnpackedBytesMax) + " bytes");
  return envelope;
}

tl::expected<std::vector<TableUpdate>, OperationError> unpack_operations(const schema::Transaction& transaction) {
  std::vector<TableUpdate> updates;
  const auto* operations = transaction.operations();
  if (operations == nullptr) return updates;
  auto bad = [](size_t index, std::string sentence) {
    return tl::unexpected(OperationError{static_cast<uint32_t>(index), {ErrorCode::invalid, std::move(sentence)}});
  };
  if (operations->size() > kTransactionOperationsMax)
    return bad(kTransactionOperationsMax, "transaction of " + std::to_string(operations->size()) +
                                              " operations: at most " + std::to_string(kTransactionOperationsMax));
  updates.reserve(operations->size());
  for (uint32_t i = 0; i < operations->size(); ++i) {
    const schema::Operation& o = *operations->Get(i);
    const std::string which = "operation " + std::to_string(i) + ": ";
    if (o.operation() > schema::OperationKind::MAX)
      return bad(i, which + "kind of operation " + std::to_string(static_cast<int>(o.operation())) +
                        ": it must be put (0) or remove (1)");
    if (o.kind() == schema::EntryKind::none || o.kind() > schema::EntryKind::MAX)
      return bad(i, which + "kind of entry " + std::to_string(static_cast<int>(o.kind())) + ": it must be from 1 to " +
                        std::to_string(static_cast<int>(schema::EntryKind::MAX)));
    const size_t size = o.value() == nullptr ? 0 : o.value()->size();
    const bool put = o.operation() == schema::OperationKind::put;
    if (put && (size == 0 || size > kEntryBytesMax))
      return bad(i, which + "entry of " + std::to_string(size) + " bytes: it must have from 1 to " +
                        std::to_string(kEntryBytesMax));
    TableUpdate& update = updates.emplace_back();
    update.operation = o.operation();
    update.key = {TenantId(o.tenant()), o.kind(), o.id()};
    if (put) update.value.assign(reinterpret_cast<const char*>(o.value()->data()), size);
  }
  return updates;
}

}  // namespace demarc::channel
