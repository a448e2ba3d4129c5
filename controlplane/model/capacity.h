// CapacityBook: what of the workers tenants have been promised, and what can still be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "controlplane/model/edit.h"
#include "controlplane/model/model.h"

namespace demarc::cp {

// Packets a second and bits a second.
struct Guarantee {
  uint64_t pps = 0;
  uint64_t bps = 0;
  bool operator==(const Guarantee&) const = default;
};

struct CapacityBook {
  unsigned workers = 1;        // that the data plane has; one is assumed while none has been connected
  bool workers_known = false;  // a data plane has said so
  uint64_t shared = 1;         // bit i: worker i is there and nobody's own
  Guarantee for_sale;          // of the shared workers, for_sale_percent of what they can do
  Guarantee sold;              // to the tenants that share them

  unsigned shared_workers() const;
  // What is still for sale; 0 where more than there is has been sold.
  Guarantee left() const;
  bool overbooked() const { return sold.pps > for_sale.pps || sold.bps > for_sale.bps; }
};

CapacityBook capacity_book(const std::map<TenantId, Tenant>& tenants, const std::optional<DataPlaneLimits>& limits,
                           const WorkerCapacity& worker);

// "shared", "reserved" (it has a guarantee) or "dedicated" (it has workers of its own).
const char* tier_name(const Tier& tier);
// "1, 3": the workers of a mask, in order.
std::string worker_list(uint64_t workers);

}  // namespace demarc::cp
