// SessionChanges: changes of the SessionTable that can be taken back, for one transaction. Agent only.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "common/base/result.h"
#include "dataplane/tables/publish.h"
#include "dataplane/tables/session_table.h"

namespace demarc::dp {

// Which put of a list failed.
struct FailedPut {
  size_t index = 0;
  Error error;
  Seid conflicts_with;                              // 0, or the session of the same tenant that has one of its keys ...
  Pdr conflict{};                                   // ... and the PDR of the new session that wants it,
  bool conflict_is_ipv6 = false;                    // by its UE prefix
  std::optional<UePrefix> conflict_is_framed = {};  // by this framed route of it
};

class SessionChanges {
 public:
  SessionChanges(SessionTable& table, Reclaimer& reclaimer) : table_(table), reclaimer_(reclaimer) {}

  // Removing what is not there changes nothing.
  void remove(TenantSlot tenant, Seid up_seid);
  // All of them, in an order that lets sessions of the list take over F-TEIDs and UE addresses from each other. On an
  // error some are put: call undo_to().
  tl::expected<void, FailedPut> put_all(std::span<const SessionSpec> specs);

  // f(before, after) for each session that is another now than when this was made; null: there was, or is, none.
  template <class F>
  void for_each_change(F f) const {
    std::set<std::pair<uint16_t, uint64_t>> seen;
    for (const Done& done : done_)
      if (seen.emplace(done.tenant.value, done.up_seid.value).second)
        f(done.before ? &*done.before : nullptr, table_.find(done.tenant, done.up_seid));
  }

  size_t mark() const { return done_.size(); }
  // Takes back, in reverse, what was done since `mark`. Errors: a table that will not take back what it held before,
  // the session is then missing.
  Status undo_to(size_t mark);

 private:
  struct Done {
    TenantSlot tenant;
    Seid up_seid;
    std::optional<SessionSpec> before;
  };
  Status put(const SessionSpec& spec);
  Status put_or_wait(const SessionSpec& spec);
  FailedPut explain(size_t index, const SessionSpec& spec, Error error) const;

  SessionTable& table_;
  Reclaimer& reclaimer_;
  std::vector<Done> done_;
};

// The session as the table holds it, as what it would be put with.
SessionSpec spec_of(const Session& session);

}  // namespace demarc::dp
