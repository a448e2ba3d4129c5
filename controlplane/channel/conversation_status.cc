// What `demarc show sync` is told.
#include <set>

#include "controlplane/channel/conversation.h"

namespace demarc::cp {

bool Conversation::digests_equal() const {
  const channel::EntryMap& ours = outbox_.desired();
  for (const auto& [id, theirs] : theirs_)
    if (ours.summary(id) != theirs) return false;
  for (TenantId id : ours.tenants())
    if (!theirs_.contains(id)) return false;
  return true;
}

std::string Conversation::why() const {
  if (!connected_) return why_lost_;
  std::string sentences;
  for (const auto& [id, error] : outbox_.refusals())
    sentences += (sentences.empty() ? "" : "; ") + ("tenant " + std::to_string(id.value) + ": ") + error.message;
  if (!sentences.empty()) return sentences;
  if (!compared()) return "the tables are being compared";
  if (outbox_.waiting() > 0) return std::to_string(outbox_.waiting()) + " updates wait for their acknowledgement";
  if (!digests_equal()) return "the digests have not been compared since the last change";
  return {};
}

LinkStatus Conversation::status() const {
  LinkStatus s;
  s.connected = connected_;
  s.why = why();
  s.in_sync = connected_ && s.why.empty();
  s.boot_id = boot_id_;
  s.data_plane_boot_id = peer_boot_id_;
  s.epoch = epoch_;
  s.transactions = transactions_acknowledged_;
  s.resyncs = resyncs_;
  s.waiting_updates = outbox_.waiting();
  s.data_plane_version = peer_version_;
  s.data_plane_started_wall_ns = peer_started_wall_ns_;
  std::map<TenantId, TenantSync> tenants;
  for (const auto& [id, theirs] : theirs_) tenants[id].theirs = theirs;
  for (TenantId id : outbox_.desired().tenants()) tenants[id].ours = outbox_.desired().summary(id);
  for (const auto& [id, error] : outbox_.refusals()) tenants[id].why = error.message;
  for (auto& [id, sync] : tenants) {
    sync.tenant = id;
    s.tenants.push_back(std::move(sync));
  }
  return s;
}

}  // namespace demarc::cp
