// TEIDs that we choose: the local F-TEIDs of a session's PDRs that come with TEID 0.
#include <algorithm>

#include "common/base/teid_owner.h"
#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"
#include "controlplane/model/session_keys.h"

namespace demarc::cp {
namespace {

// Of 2^32 TEIDs an endpoint has a million sessions' at most: two draws in a row are taken once in ten million times.
constexpr int kTeidDraws = 64;

// The one that the session has at the endpoint towards the interface, in its first PDR there; 0: none.
Teid teid_at(const Session& session, GtpuEndpointId endpoint, Interface source) {
  for (const Pdr& pdr : session.pdrs)
    if (pdr.local_f_teid && pdr.local_f_teid->endpoint == endpoint && pdr.source_interface == source &&
        pdr.local_f_teid->teid != Teid{})
      return pdr.local_f_teid->teid;
  return Teid{};
}

}  // namespace

Result<Teid> Edit::new_teid(GtpuEndpointId endpoint, WorkerIndex owner) {
  const auto now = ReleasedTeids::Clock::now();
  for (int i = 0; i < kTeidDraws; ++i) {
    const Teid teid = teid_owned_by(owner, ids_.random_teid(), data_plane_workers());
    if (teid != Teid{} && model_.session_at(endpoint, teid) == nullptr &&
        !model_.released_teids.held({endpoint, teid}, now))
      return teid;
  }
  return failf(ErrorCode::internal, "no free TEID was found in {} draws: the source of random numbers is broken",
               kTeidDraws);
}

unsigned Edit::data_plane_workers() const {
  return limits_ ? std::clamp<unsigned>(limits_->workers, 1, kWorkersMax) : 1;
}

// All tunnels of a session have one owner. PDRs of one endpoint share their TEID, as a session has one tunnel there
// (and one more where it has N3 and N9 at the same); one that is replaced keeps it.
Status Edit::choose_teids(Session& session, const Session* before) {
  const auto wants = [](const Pdr& pdr) { return pdr.local_f_teid && pdr.local_f_teid->teid == Teid{}; };
  // Where nobody draws, TEID 0 is refused as the TEID that it is not.
  if (!ids_.random_teid || std::ranges::none_of(session.pdrs, wants)) return {};
  const WorkerIndex owner{static_cast<uint8_t>(ids_.random_teid().value % data_plane_workers())};
  for (Pdr& pdr : session.pdrs) {
    if (!wants(pdr)) continue;
    const GtpuEndpointId endpoint = pdr.local_f_teid->endpoint;
    Teid& teid = pdr.local_f_teid->teid;
    teid = teid_at(session, endpoint, pdr.source_interface);
    if (teid == Teid{} && before != nullptr) teid = teid_at(*before, endpoint, pdr.source_interface);
    if (teid != Teid{}) continue;
    const auto drawn = new_teid(endpoint, owner);
    if (!drawn) return forward(drawn);
    teid = *drawn;
  }
  return {};
}

void Edit::release_teids(const Session& before, const Session* after) {
  const auto had = session_keys(before).f_teids;
  const auto has = after == nullptr ? decltype(had){} : session_keys(*after).f_teids;
  const auto now = ReleasedTeids::Clock::now();
  for (const auto& f_teid : had)
    if (!std::ranges::binary_search(has, f_teid)) model_.released_teids.release(f_teid, now);
}

}  // namespace demarc::cp
