// UnderWay: how many requests of each tenant that take long are under way.
#pragma once

#include <cstddef>
#include <map>

#include "common/base/ids.h"

namespace demarc::cp {

// On the io thread only.
class UnderWay {
 public:
  size_t of(TenantId tenant) const {
    const auto it = counts_.find(tenant);
    return it == counts_.end() ? 0 : it->second;
  }
  void begin(TenantId tenant) { ++counts_[tenant]; }
  void end(TenantId tenant) {
    const auto it = counts_.find(tenant);
    if (it != counts_.end() && --it->second == 0) counts_.erase(it);
  }

 private:
  std::map<TenantId, size_t> counts_;
};

}  // namespace demarc::cp
