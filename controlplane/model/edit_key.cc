#include "controlplane/model/checks.h"
#include "controlplane/model/edit.h"

namespace demarc::cp {
namespace {

constexpr size_t kTokenHashBytes = 32;  // crypto_generichash_BYTES

Status check_tenant(const Model& model, const ApiKey& key) {
  if (key.role == KeyRole::operator_) {
    if (key.tenant == TenantId{}) return {};
    return failf(ErrorCode::invalid, "API key {}: an operator's key belongs to no tenant", key.name);
  }
  if (key.tenant == TenantId{}) return failf(ErrorCode::invalid, "API key {}: a tenant's key needs a tenant", key.name);
  auto tenant = need_tenant(model, key.tenant);
  if (!tenant) return forward(tenant);
  return {};
}

}  // namespace

Result<ApiKey> Edit::add_key(ApiKey key) {
  if (Status s = check_name("API key", key.name, model_.key(key.name) != nullptr, ""); !s) return forward(s);
  if (Status s = check_tenant(model_, key); !s) return forward(s);
  if (key.token_hash.size() != kTokenHashBytes)
    return failf(ErrorCode::invalid, "API key {}: the hash of its token has {} bytes; it must have {}", key.name,
                 key.token_hash.size(), kTokenHashBytes);
  if (model_.key_of_token(key.token_hash) != nullptr)
    return failf(ErrorCode::conflict, "API key {}: its token is in use already; draw another", key.name);
  if (key.role == KeyRole::tenant)
    if (Status s = check_share(key.tenant, Shared::api_keys); !s) return forward(s);
  auto id = new_id(object_kind<ApiKey>);
  if (!id) return forward(id);
  key.id = *id;
  change(std::nullopt, key);
  return key;
}

Status Edit::remove_key(uint32_t id) {
  auto it = model_.keys.find(id);
  if (it == model_.keys.end()) return failf(ErrorCode::not_found, "there is no API key with id {}", id);
  change(it->second, std::nullopt);
  return {};
}

}  // namespace demarc::cp
