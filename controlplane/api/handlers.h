// The handlers that routes.def names, by the file that they are in.
#pragma once

#include "controlplane/api/route.h"

namespace demarc::cp::handlers {

// handle_tenants.cc
Result<Rows> list_tenants(const Model& model, const Call& call);
Result<json> get_tenant(const Model& model, const Call& call);
Result<json> add_tenant(Edit& edit, const Call& call);
Result<json> set_tenant(Edit& edit, const Call& call);
Result<json> remove_tenant(Edit& edit, const Call& call);
Result<json> suspend_tenant(Edit& edit, const Call& call);
Result<json> resume_tenant(Edit& edit, const Call& call);

// handle_vrfs.cc
Result<Rows> list_vrfs(const Model& model, const Call& call);
Result<json> add_vrf(Edit& edit, const Call& call);
Result<json> set_vrf(Edit& edit, const Call& call);
Result<json> remove_vrf(Edit& edit, const Call& call);

// handle_attachments.cc
Result<Rows> list_attachments(const Model& model, const Call& call);
Result<json> add_attachment(Edit& edit, const Call& call);
Result<json> set_attachment(Edit& edit, const Call& call);
Result<json> remove_attachment(Edit& edit, const Call& call);

// handle_endpoints.cc
Result<Rows> list_endpoints(const Model& model, const Call& call);
Result<json> add_endpoint(Edit& edit, const Call& call);
Result<json> set_endpoint(Edit& edit, const Call& call);
Result<json> remove_endpoint(Edit& edit, const Call& call);

// handle_pools.cc
Result<Rows> list_pools(const Model& model, const Call& call);
Result<json> add_pool(Edit& edit, const Call& call);
Result<json> remove_pool(Edit& edit, const Call& call);

// handle_routes.cc
Result<Rows> list_routes(const Model& model, const Call& call);
Result<json> add_route(Edit& edit, const Call& call);
Result<json> remove_route(Edit& edit, const Call& call);

// handle_sessions.cc
Result<Rows> list_sessions(const Model& model, const Call& call);
Result<json> get_session(const Model& model, const Call& call);
Result<json> add_session(Edit& edit, const Call& call);
Result<json> replace_session(Edit& edit, const Call& call);
Result<json> remove_session(Edit& edit, const Call& call);
void get_session_usage(const CallPtr& call);

// handle_keys.cc
Result<Rows> list_keys(const Model& model, const Call& call);
Result<json> add_key(Edit& edit, const Call& call);
Result<json> remove_key(Edit& edit, const Call& call);

// handle_counters.cc
void list_counters(const CallPtr& call);
void list_drops(const CallPtr& call);
void get_tenant_counters(const CallPtr& call);
void list_tenant_drops(const CallPtr& call);
void get_metrics(const CallPtr& call);

// handle_workers.cc
void list_workers(const CallPtr& call);
void list_ports(const CallPtr& call);

// handle_capacity.cc
void get_capacity(const CallPtr& call);

// handle_latency.cc
void list_latency(const CallPtr& call);
void get_tenant_latency(const CallPtr& call);

// handle_sync.cc
void get_sync(const CallPtr& call);
void list_neighbors(const CallPtr& call);
void list_peers(const CallPtr& call);

// handle_quota.cc
void list_quota(const CallPtr& call);
Result<json> set_quota(Edit& edit, const Call& call);
Result<json> unset_quota(Edit& edit, const Call& call);

// handle_capture.cc
void capture(const CallPtr& call);

// handle_trace.cc
void trace(const CallPtr& call);

// handle_about.cc
void get_version(const CallPtr& call);
void get_openapi(const CallPtr& call);

}  // namespace demarc::cp::handlers
