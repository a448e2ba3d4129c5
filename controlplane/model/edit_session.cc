#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/validate_opaque.h"
#include "controlplane/model/validate_session.h"

namespace demarc::cp {
namespace {

tl::unexpected<Error> no_such_session(Seid seid) {
  return failf(ErrorCode::not_found, "the tenant has no session {:#x}", seid.value);
}

}  // namespace

Result<Session> Edit::add_session(Session session) {
  auto tenant = need_tenant(model_, session.tenant);
  if (!tenant) return forward(tenant);
  if (session.up_seid >= kSeidEnd)
    return failf(ErrorCode::invalid, "UP SEID {:#x}: must be from 1 to {}, or 0 to have one drawn",
                 session.up_seid.value, kSeidEnd.value - 1);
  if (model_.sessions.contains({session.tenant, session.up_seid}))
    return failf(ErrorCode::conflict, "the tenant has a session {:#x} already; give 0 to have a free UP SEID drawn",
                 session.up_seid.value);
  if (Status s = choose_teids(session, nullptr); !s) return forward(s);
  if (Status s = validate_session(model_, session); !s) return forward(s);
  if (Status s = check_bridge_is_there(model_, session); !s) return forward(s);
  if (Status s = check_share(session.tenant, Shared::sessions); !s) return forward(s);
  if (Status s = check_session_keys(session, nullptr); !s) return forward(s);
  if (session.up_seid == Seid{}) {
    auto seid = new_seid(session.tenant);
    if (!seid) return forward(seid);
    session.up_seid = *seid;
  }
  change(std::nullopt, session);
  return session;
}

Result<Session> Edit::replace_session(Session session) {
  auto it = model_.sessions.find({session.tenant, session.up_seid});
  if (it == model_.sessions.end()) return no_such_session(session.up_seid);
  if (Status s = choose_teids(session, &it->second); !s) return forward(s);
  if (Status s = validate_session(model_, session); !s) return forward(s);
  if (Status s = check_bridge_is_there(model_, session); !s) return forward(s);
  if (it->second == session) return session;
  if (Status s = check_session_keys(session, &it->second); !s) return forward(s);
  change(it->second, session);
  return session;
}

Status Edit::remove_session(TenantId tenant, Seid seid) {
  auto it = model_.sessions.find({tenant, seid});
  if (it == model_.sessions.end()) return no_such_session(seid);
  change(it->second, std::nullopt);
  return {};
}

}  // namespace demarc::cp
