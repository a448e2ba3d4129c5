#include "controlplane/api/named.h"
#include "controlplane/api/session_json.h"

namespace demarc::cp::handlers {
namespace {

constexpr uint64_t kSeidMax = (uint64_t{1} << 53) - 1;
constexpr uint64_t kListMax = 100'000;

struct TenantSession {
  const Tenant* tenant;
  const Session* session;
};

Result<TenantSession> find_session(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto seid = call.number("up_seid", 1, kSeidMax);
  if (!seid) return tl::unexpected(seid.error());
  const auto it = model.sessions.find({(*tenant)->id, Seid{*seid}});
  if (it == model.sessions.end())
    return fail(ErrorCode::not_found,
                "tenant \"" + (*tenant)->name + "\" has no session with up_seid " + std::to_string(*seid));
  return TenantSession{*tenant, &it->second};
}

// A number of the query, or `otherwise` when it is not there.
Result<uint64_t> optional_number(const Call& call, const char* name, uint64_t most, uint64_t otherwise) {
  if (call.param(name).empty()) return otherwise;
  return call.number(name, 0, most);
}

}  // namespace

Result<json> list_sessions(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto after = optional_number(call, "after", kSeidMax, 0);
  if (!after) return tl::unexpected(after.error());
  const auto most = optional_number(call, "limit", kListMax, kListMax);
  if (!most) return tl::unexpected(most.error());
  json list = json::array();
  auto it = model.sessions.upper_bound({(*tenant)->id, Seid{*after}});
  for (; it != model.sessions.end() && it->second.tenant == (*tenant)->id && list.size() < *most; ++it)
    list.push_back(session_json(model, it->second));
  return items(std::move(list));
}

Result<json> get_session(const Model& model, const Call& call) {
  const auto found = find_session(model, call);
  if (!found) return tl::unexpected(found.error());
  return session_json(model, *found->session);
}

Result<json> add_session(Edit& edit, const Call& call) {
  const auto tenant = call.tenant(edit.model());
  if (!tenant) return tl::unexpected(tenant.error());
  auto session = session_from(edit.model(), **tenant, call.body);
  if (!session) return tl::unexpected(session.error());
  const auto added = edit.add_session(std::move(*session));
  if (!added) return tl::unexpected(added.error());
  return session_json(edit.model(), *added);
}

Result<json> replace_session(Edit& edit, const Call& call) {
  const auto found = find_session(edit.model(), call);
  if (!found) return tl::unexpected(found.error());
  auto session = session_from(edit.model(), *found->tenant, call.body);
  if (!session) return tl::unexpected(session.error());
  const Seid seid = found->session->up_seid;
  if (session->up_seid != Seid{} && session->up_seid != seid)
    return fail(ErrorCode::invalid, "up_seid: " + std::to_string(session->up_seid.value) + " is not the path's " +
                                        std::to_string(seid.value) + "; leave it out");
  session->up_seid = seid;
  const auto replaced = edit.replace_session(std::move(*session));
  if (!replaced) return tl::unexpected(replaced.error());
  return session_json(edit.model(), *replaced);
}

Result<json> remove_session(Edit& edit, const Call& call) {
  const auto found = find_session(edit.model(), call);
  if (!found) return tl::unexpected(found.error());
  if (auto removed = edit.remove_session(found->tenant->id, found->session->up_seid); !removed)
    return tl::unexpected(removed.error());
  return json::object();
}

}  // namespace demarc::cp::handlers
