// Edit: one all-or-nothing change of the model. The only way to change it.
//
// Each call checks everything first and then changes; what it refuses it refuses with a sentence that names the value.
// After the last call the core writes `changes()` to the store in one savepoint and commits; if the store fails, or any
// call was refused, `undo()` brings the model back to what it was.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/base/teid_owner.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// What the data plane said it can hold, and its ports. Without one (never connected) nothing is checked against it.
struct DataPlaneLimits {
  uint32_t tenants, vrfs, attachments, gtpu_endpoints, routes, sessions;
  std::vector<std::string> ports;
  uint16_t workers = 1;  // what a TEID that is drawn has in its upper bits: common/base/teid_owner.h
};

// One row: before is empty for an addition, after is empty for a removal.
struct Change {
  std::optional<Object> before;
  std::optional<Object> after;
};

struct CapacityBook;  // capacity.h

inline constexpr TenantShare kDefaultShare;

class Edit {
 public:
  // `next_id` gives a new row id for the kind of object (an index into Object's alternatives), 0 when there are none
  // left; `random_seid` an UP SEID from 1 to 2^53-1 (Edit draws again when it is taken).
  struct Ids {
    std::function<uint32_t(size_t object_kind)> next_id;
    std::function<Seid()> random_seid;
    std::function<Teid()> random_teid = {};  // 32 bits that nobody can foresee
  };
  // What is passed outlives the Edit.
  Edit(Model& model, const Ids& ids, const std::optional<DataPlaneLimits>& limits,
       const TenantShare& share = kDefaultShare);

  Result<Tenant> add_tenant(const std::string& name);
  Status set_tenant_suspended(TenantId tenant, bool suspended);
  // Without `with_everything` a tenant that still has objects is refused, and the sentence counts them.
  Status remove_tenant(TenantId tenant, bool with_everything);

  Result<Vrf> add_vrf(Vrf vrf);  // id is ignored in all add_ calls
  Result<Attachment> add_attachment(Attachment attachment);
  Result<GtpuEndpoint> add_endpoint(GtpuEndpoint endpoint);
  Result<UePool> add_pool(UePool pool);
  Result<Route> add_route(Route route);
  // up_seid 0: one is drawn. A local F-TEID with TEID 0 has one drawn, which no session has or had within
  // ReleasedTeids::kHeld at the endpoint; its upper bits name a worker.
  Result<Session> add_session(Session session);
  // Replaces the rules of a session as a whole. TEID 0: the one that it has at that endpoint, or one is drawn.
  Result<Session> replace_session(Session session);
  Result<ApiKey> add_key(ApiKey key);

  // Each replaces all options of the object, and leaves everything that stands on it where it is.
  Result<Tenant> set_tenant(TenantId id, const Rates& rates);
  // What the tenant may count on of the workers; `overbook`: though it is more than there is (validate_tier.h).
  Result<Tenant> set_tier(TenantId id, const Tier& tier, bool overbook);
  Result<Vrf> set_vrf(VrfId id, const VrfOptions& options);
  Result<Attachment> set_attachment(AttachmentId id, const AttachmentOptions& options);
  Result<GtpuEndpoint> set_endpoint(GtpuEndpointId id, const GtpuEndpointOptions& options);

  // What a tenant may have of one kind, instead of what all may have; what is not given stays as it is. A limit below
  // what it has is no error: nothing is taken away, and nothing new is let in. Errors: a limit above what the data
  // plane holds, a reservation above the limit, or that there is no room for beside those of the others.
  Result<Quota> set_quota(TenantId tenant, Shared what, std::optional<uint64_t> limit,
                          std::optional<uint64_t> reserved);
  // Back to what all may have. Errors: not_found; exhausted when what all have reserved is more, and is not there.
  Status unset_quota(TenantId tenant, Shared what);

  // Each refuses to remove what others still stand on, and names the first of them.
  Status remove_vrf(VrfId id);
  Status remove_attachment(AttachmentId id);
  Status remove_endpoint(GtpuEndpointId id);
  Status remove_pool(UePoolId id);
  Status remove_route(RouteId id);
  Status remove_session(TenantId tenant, Seid seid);
  Status remove_key(uint32_t id);

  // Of a tenant that is there: one of each kind that tenants share.
  std::vector<Quota> quotas(TenantId tenant) const;
  Quota quota(TenantId tenant, Shared kind) const;
  // What of the workers has been promised, and what can still be.
  CapacityBook capacity() const;

  const Model& model() const { return model_; }
  const std::vector<Change>& changes() const { return changes_; }
  void undo();

 private:
  Result<uint32_t> new_id(size_t object_kind);
  Result<Seid> new_seid(TenantId tenant);
  Result<Teid> new_teid(GtpuEndpointId endpoint, WorkerIndex owner);
  unsigned data_plane_workers() const;
  Status choose_teids(Session& session, const Session* before);
  void release_teids(const Session& before, const Session* after);
  void change(std::optional<Object> before, std::optional<Object> after);
  // Whether the tenant, which is there, may have so many more.
  Status check_share(TenantId tenant, Shared kind, size_t more = 1) const;
  // The same for what a session is found by; `before` is the session that it replaces, or null.
  Status check_session_keys(const Session& session, const Session* before) const;
  void remove_objects_of(TenantId tenant);

  Model& model_;
  const Ids& ids_;
  const std::optional<DataPlaneLimits>& limits_;
  const TenantShare& share_;
  std::vector<Change> changes_;
};

}  // namespace demarc::cp
