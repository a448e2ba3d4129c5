// Sessions as JSON, both ways. Names are looked up in the session's own tenant alone.
#pragma once

#include "controlplane/api/json_text.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// The names of what rules refer to, copied out of the model.
struct RuleNames {
  std::map<VrfId, std::string> vrfs;
  std::map<GtpuEndpointId, std::string> endpoints;

  void add(const Model& model, const Session& session);
};

json session_json(const RuleNames& names, const Session& session);
json session_json(const Model& model, const Session& session);

// From SessionRules or SessionShort (schemas.cc), whose shape has been checked. Without "up_seid" it is 0.
// Errors: not_found for names that the tenant does not have; invalid.
Result<Session> session_from(const Model& model, const Tenant& tenant, const json& body);

}  // namespace demarc::cp
