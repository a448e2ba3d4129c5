// Flushes: who waits for the data plane to have what was applied so far.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "common/base/clock.h"
#include "controlplane/channel/conversation.h"
#include "controlplane/channel/outbox.h"

namespace demarc::cp {

class Flushes {
 public:
  using Done = std::function<void(Result<bool>)>;
  Flushes(const Clock& clock, const Outbox& outbox, const Conversation& conversation)
      : clock_(clock), outbox_(outbox), conversation_(conversation) {}

  // Without a tenant: for all of them.
  void add(std::optional<TenantId> tenant, uint64_t wait_ns, Done done);
  // Calls those that are settled or whose time is over.
  void check();
  void fail_all(const std::string& why);

 private:
  struct Waiting {
    std::optional<TenantId> tenant;
    uint64_t serial;
    uint64_t change;  // the tenant's own last one before it
    uint64_t deadline_ns;
    Done done;
  };
  std::optional<Result<bool>> outcome(const Waiting& waiting, uint64_t now) const;

  const Clock& clock_;
  const Outbox& outbox_;
  const Conversation& conversation_;
  std::vector<Waiting> waiting_;
};

}  // namespace demarc::cp
