// EntryQuota: what one tenant may have of one kind, where it is not what all may have (tenant_share.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/ids.h"
#include "controlplane/model/tenant_share.h"

namespace demarc::cp {

// At least one of both is there; what is not, is what all tenants have.
struct EntryQuota {
  TenantId tenant;
  Shared what = Shared::vrfs;
  std::optional<uint64_t> limit;     // 0..2^32-1, of what a table bounds at most its capacity
  std::optional<uint64_t> reserved;  // at most the limit; only of what a table of the data plane bounds
  bool operator==(const EntryQuota&) const = default;
};

using EntryQuotaKey = std::pair<TenantId, Shared>;
inline constexpr uint64_t kQuotaLimitMax = UINT32_MAX;
inline constexpr uint64_t kApiCallsMax = 1'000'000;  // a second

// "f_teids" and "local F-TEIDs in its sessions", as quota_kinds.def has them.
const char* quota_name(Shared what);
const char* quota_words(Shared what);
std::optional<Shared> quota_of_name(std::string_view name);
// All names, with blanks between, for a sentence.
const std::string& quota_names();

}  // namespace demarc::cp
