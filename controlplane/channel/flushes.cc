#include "controlplane/channel/flushes.h"

#include <utility>

namespace demarc::cp {

void Flushes::add(std::optional<TenantId> tenant, uint64_t wait_ns, Done done) {
  const uint64_t now = clock_.monotonic_ns();
  const uint64_t deadline = wait_ns > UINT64_MAX - now ? UINT64_MAX : now + wait_ns;
  const uint64_t change = tenant ? outbox_.last_change(*tenant) : 0;
  waiting_.push_back({tenant, outbox_.serial(), change, deadline, std::move(done)});
}

std::optional<Result<bool>> Flushes::outcome(const Waiting& w, uint64_t now) const {
  if (!conversation_.connected()) return Result<bool>(false);
  const bool compared = w.tenant ? conversation_.compared(*w.tenant) : conversation_.compared();
  const uint64_t oldest = w.tenant ? outbox_.oldest(*w.tenant) : outbox_.oldest();
  if (compared && oldest > w.serial) {
    if (w.tenant) {
      if (const Error* refusal = outbox_.refusal(*w.tenant, w.change)) return Result<bool>(tl::unexpected(*refusal));
    } else if (const auto refusals = outbox_.refusals(); !refusals.empty()) {
      return Result<bool>(tl::unexpected(refusals.begin()->second));
    }
    return Result<bool>(true);
  }
  if (now >= w.deadline_ns) return Result<bool>(false);
  return std::nullopt;
}

void Flushes::check() {
  if (waiting_.empty()) return;
  const uint64_t now = clock_.monotonic_ns();
  std::vector<std::pair<Done, Result<bool>>> ready;
  std::erase_if(waiting_, [&](Waiting& w) {
    auto result = outcome(w, now);
    if (!result) return false;
    ready.emplace_back(std::move(w.done), std::move(*result));
    return true;
  });
  for (auto& [done, result] : ready) done(std::move(result));
}

void Flushes::fail_all(const std::string& why) {
  for (auto& w : std::exchange(waiting_, {})) w.done(fail(ErrorCode::unavailable, why));
}

}  // namespace demarc::cp
