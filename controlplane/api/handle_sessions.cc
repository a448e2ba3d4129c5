#include <fmt/format.h>

#include "controlplane/api/named.h"
#include "controlplane/api/session_json.h"
#include "controlplane/api/usage_json.h"

namespace demarc::cp::handlers {
namespace {

constexpr uint64_t kSeidMax = (uint64_t{1} << 53) - 1;

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
                "tenant \"" + (*tenant)->name + "\" has no session " + fmt::format("{:#x}", *seid));
  return TenantSession{*tenant, &it->second};
}

// Sessions copied out of the model, with the names that they need.
struct SessionRows {
  std::vector<Session> sessions;
  RuleNames names;
};

}  // namespace

Result<Rows> list_sessions(const Model& model, const Call& call) {
  const auto tenant = call.tenant(model);
  if (!tenant) return tl::unexpected(tenant.error());
  const auto page = page_of(call);
  if (!page) return tl::unexpected(page.error());
  const auto after = number_after(call, kSeidMax);
  if (!after) return tl::unexpected(after.error());
  auto rows = std::make_shared<SessionRows>();
  const TenantId id = (*tenant)->id;
  auto it = model.sessions.upper_bound({id, Seid{*after}});
  for (; it != model.sessions.end() && it->first.first == id && rows->sessions.size() < page->limit; ++it) {
    rows->sessions.push_back(it->second);
    rows->names.add(model, it->second);
  }
  const bool more = it != model.sessions.end() && it->first.first == id;
  const std::string next = more ? std::to_string(rows->sessions.back().up_seid.value) : "";
  return Rows([rows, next] {
    json list = json::array();
    for (const Session& session : rows->sessions) list.push_back(session_json(rows->names, session));
    return page_json(std::move(list), next);
  });
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
    return fail(ErrorCode::invalid, fmt::format("up_seid: {:#x} is not the path's {:#x}; leave it out",
                                                session->up_seid.value, seid.value));
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

// The session is looked for in the tenant of the path first, so that nobody can ask for another's.
void get_session_usage(const CallPtr& call) {
  using Key = std::pair<TenantId, Seid>;
  using Usage = Result<schema::SessionUsageT>;
  const auto look = [call](const Model& model) -> Result<Key> {
    const auto found = find_session(model, *call);
    if (!found) return tl::unexpected(found.error());
    return Key{found->tenant->id, found->session->up_seid};
  };
  read_then(call, look, [call](const Result<Key>& key) {
    if (!key) return call->reply->send(error_response(key.error()));
    const auto answer = [call, seid = key->second](const Usage& usage) {
      if (!usage) return call->reply->send(error_response(usage.error()));
      call->reply->send(json_response(call->route->status, usage_json(seid, *usage)));
    };
    call->backend->link->session_usage(key->first, key->second, hop<Usage>(call, answer));
  });
}

}  // namespace demarc::cp::handlers
