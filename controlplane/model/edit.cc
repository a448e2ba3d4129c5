#include "controlplane/model/edit.h"

#include "controlplane/model/checks.h"

namespace demarc::cp {
namespace {

// A draw of 53 random bits meets one of a million sessions once in ten billion times.
constexpr int kSeidDraws = 64;

}  // namespace

Edit::Edit(Model& model, const Ids& ids, const std::optional<DataPlaneLimits>& limits, const TenantShare& share)
    : model_(model), ids_(ids), limits_(limits), share_(share) {}

Result<uint32_t> Edit::new_id(size_t object_kind) {
  const uint32_t id = ids_.next_id(object_kind);
  if (id == 0)
    return fail(ErrorCode::exhausted,
                "all 4294967295 ids of this kind of object have been used; ids are never used again");
  return id;
}

Result<Seid> Edit::new_seid(TenantId tenant) {
  for (int i = 0; i < kSeidDraws; ++i) {
    const Seid seid = ids_.random_seid();
    if (seid > Seid{} && seid < kSeidEnd && !model_.sessions.contains({tenant, seid})) return seid;
  }
  return failf(ErrorCode::internal, "no free UP SEID was found in {} draws: the source of random numbers is broken",
               kSeidDraws);
}

void Edit::change(std::optional<Object> before, std::optional<Object> after) {
  changes_.push_back({std::move(before), std::move(after)});
  const Change& c = changes_.back();
  // Not undone: an F-TEID that is kept from others for a minute too many does no harm.
  if (c.before)
    if (const auto* session = std::get_if<Session>(&*c.before))
      release_teids(*session, c.after ? &std::get<Session>(*c.after) : nullptr);
  if (c.after) {
    model_.put(*c.after);
  } else {
    model_.remove(*c.before);
  }
}

void Edit::undo() {
  for (auto it = changes_.rbegin(); it != changes_.rend(); ++it) {
    if (it->before) {
      model_.put(*it->before);
    } else {
      model_.remove(*it->after);
    }
  }
  changes_.clear();
}

}  // namespace demarc::cp
