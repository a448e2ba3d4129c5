#include "dataplane/tables/session_block.h"

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <type_traits>

namespace demarc::dp {
namespace {

constexpr std::align_val_t kBlockAlignment{alignof(Session)};
static_assert(std::is_trivially_copyable_v<Pdr> && std::is_trivially_copyable_v<Far>);
static_assert(std::is_trivially_destructible_v<Session>);
static_assert(sizeof(Session) % alignof(Pdr) == 0 && sizeof(Pdr) % alignof(Far) == 0, "they follow without a gap");

Status check_count(size_t count, const char* kind) {
  if (count >= 1 && count <= SessionTable::kRulesMax) return {};
  return fail(ErrorCode::invalid, "a session with " + std::to_string(count) + " " + kind +
                                      "s; it must have from 1 to " + std::to_string(SessionTable::kRulesMax));
}

}  // namespace

void FreeSession::operator()(const Session* s) const {
  ::operator delete(const_cast<void*>(static_cast<const void*>(s)), kBlockAlignment);
}

Status check_rules(const SessionSpec& spec) {
  if (Status s = check_count(spec.pdrs.size(), "PDR"); !s) return s;
  if (Status s = check_count(spec.fars.size(), "FAR"); !s) return s;
  for (const Pdr& p : spec.pdrs) {
    const std::string name = "PDR " + std::to_string(p.pdr_id);
    if (p.far_index >= spec.fars.size())
      return fail(ErrorCode::invalid, name + " names the FAR at index " + std::to_string(p.far_index) +
                                          "; the session has " + std::to_string(spec.fars.size()));
    if (p.source_core && p.ue_ipv4 == Be32{})
      return fail(ErrorCode::invalid, name + " has source interface Core and no UE IP address to be found by");
    if (!p.source_core && p.teid == Teid{0})
      return fail(ErrorCode::invalid, name + " has source interface Access and no F-TEID to be found by");
  }
  return {};
}

size_t session_block_bytes(size_t pdrs, size_t fars) {
  const size_t bytes = sizeof(Session) + pdrs * sizeof(Pdr) + fars * sizeof(Far);
  return (bytes + alignof(Session) - 1) / alignof(Session) * alignof(Session);
}

SessionBlock make_session_block(const SessionSpec& spec) {
  void* memory = ::operator new(session_block_bytes(spec.pdrs.size(), spec.fars.size()), kBlockAlignment, std::nothrow);
  if (memory == nullptr) return nullptr;
  auto* session = new (memory) Session{.up_seid = spec.up_seid,
                                       .tenant = spec.tenant,
                                       .pdr_count = static_cast<uint8_t>(spec.pdrs.size()),
                                       .far_count = static_cast<uint8_t>(spec.fars.size())};
  auto* pdrs = reinterpret_cast<Pdr*>(session + 1);
  Pdr* pdrs_end = std::uninitialized_copy(spec.pdrs.begin(), spec.pdrs.end(), pdrs);
  std::uninitialized_copy(spec.fars.begin(), spec.fars.end(), reinterpret_cast<Far*>(pdrs_end));
  std::stable_sort(pdrs, pdrs_end, [](const Pdr& a, const Pdr& b) { return a.precedence < b.precedence; });
  return SessionBlock(session);
}

SessionKeys keys_of(std::span<const Pdr> pdrs) {
  SessionKeys keys;
  for (const Pdr& p : pdrs) {
    if (p.source_core)
      keys.downlink.push_back(SessionTable::downlink_key(p.vrf, p.ue_ipv4));
    else
      keys.uplink.push_back(SessionTable::uplink_key(p.endpoint, p.teid));
  }
  for (std::vector<uint64_t>* k : {&keys.uplink, &keys.downlink}) {
    std::sort(k->begin(), k->end());
    k->erase(std::unique(k->begin(), k->end()), k->end());
  }
  return keys;
}

}  // namespace demarc::dp
