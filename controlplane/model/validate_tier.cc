#include "controlplane/model/validate_tier.h"

#include <bit>

#include "common/base/teid_owner.h"
#include "controlplane/model/checks.h"

namespace demarc::cp {
namespace {

constexpr uint16_t kWeightMax = 100;
constexpr uint64_t kPpsMin = 10, kPpsMax = 1'000'000'000;
constexpr uint64_t kBpsMin = 64'000, kBpsMax = 400'000'000'000;

constexpr char kOverbook[] = "; overbook promises more than there is";

Status check_figures(const Tier& tier, const std::string& name) {
  if (tier.weight < 1 || tier.weight > kWeightMax)
    return failf(ErrorCode::invalid, "tenant {}: weight {}: must be from 1 to {}", name, tier.weight, kWeightMax);
  if (tier.guaranteed_pps != 0 && (tier.guaranteed_pps < kPpsMin || tier.guaranteed_pps > kPpsMax))
    return failf(ErrorCode::invalid,
                 "tenant {}: guarantee of {} packets/s: must be from {} to {}, or 0 for no guarantee", name,
                 tier.guaranteed_pps, kPpsMin, kPpsMax);
  if (tier.guaranteed_bps != 0 && (tier.guaranteed_bps < kBpsMin || tier.guaranteed_bps > kBpsMax))
    return failf(ErrorCode::invalid, "tenant {}: guarantee of {} bit/s: must be from {} to {}, or 0 for no guarantee",
                 name, tier.guaranteed_bps, kBpsMin, kBpsMax);
  return {};
}

// Of the workers that it does not have yet: those that it has stay its own when the data plane comes back with fewer.
Status check_workers(uint64_t more, const Tenant& tenant, const Model& model, const CapacityBook& before,
                     const CapacityBook& after) {
  if (more == 0) return {};
  const unsigned highest = static_cast<unsigned>(std::bit_width(more)) - 1;
  if (before.workers_known && highest >= before.workers)
    return failf(ErrorCode::invalid, "tenant {}: worker {}: the data plane has {}, numbered from 0", tenant.name,
                 highest, before.workers == 1 ? "1 worker" : fmt::format("{} workers", before.workers));
  for (const auto& [id, other] : model.tenants)
    if (id != tenant.id && (other.tier.workers & more) != 0)
      return failf(ErrorCode::conflict, "tenant {}: worker {} is tenant {}'s alone; a worker belongs to one tenant",
                   tenant.name, worker_list(other.tier.workers & more), other.name);
  if (after.shared == 0)
    return failf(ErrorCode::exhausted,
                 "tenant {}: with worker {} its own, no worker would be left for those that share; one must stay "
                 "nobody's",
                 tenant.name, worker_list(more));
  return {};
}

// More than the workers that the tenant has to itself can do.
Status check_own(const Tier& tier, const Tier& before, const std::string& name, const WorkerCapacity& worker) {
  if (tier.workers == before.workers && tier.guaranteed_pps <= before.guaranteed_pps &&
      tier.guaranteed_bps <= before.guaranteed_bps)
    return {};
  const auto own = static_cast<unsigned>(std::popcount(tier.workers));
  auto refuse = [&](uint64_t asked, uint64_t there, const char* unit) {
    return failf(ErrorCode::exhausted, "tenant {}: guarantee of {} {} is more than its own worker {} can do: {} {}{}",
                 name, asked, unit, worker_list(tier.workers), there, unit, kOverbook);
  };
  const uint64_t pps = own * worker.packets_per_second, bps = own * worker.bits_per_second;
  if (tier.guaranteed_pps > pps) return refuse(tier.guaranteed_pps, pps, "packets/s");
  if (tier.guaranteed_bps > bps) return refuse(tier.guaranteed_bps, bps, "bit/s");
  return {};
}

// One figure of the guarantees of those who share workers.
struct Figure {
  uint64_t asked;  // by this tenant
  uint64_t sold_before, there_before, sold, there;
  const char* unit;

  static uint64_t less(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }
  bool grows_beyond() const { return less(sold, there) > less(sold_before, there_before); }
  uint64_t left() const { return less(there, sold - asked); }  // for this tenant, when all others keep theirs
};

Status check_shared(const Figure& f, const Tier& tier, const std::string& name, const CapacityBook& after,
                    const WorkerCapacity& worker) {
  if (!f.grows_beyond()) return {};
  const unsigned n = after.shared_workers();
  const std::string of = fmt::format("{} % of {} shared worker{}{}", worker.for_sale_percent, n, n == 1 ? "" : "s",
                                     after.workers_known ? "" : ", assumed while no data plane has been connected");
  if (f.there < f.there_before)
    return failf(ErrorCode::exhausted, "tenant {}: with worker {} its own, {} {} are for sale ({}), and {} are sold{}",
                 name, worker_list(tier.workers), f.there, f.unit, of, f.sold, kOverbook);
  return failf(ErrorCode::exhausted, "tenant {}: guarantee of {} {}: of {} for sale ({}) {} are left{}", name, f.asked,
               f.unit, f.there, of, f.left(), kOverbook);
}

}  // namespace

Status check_tier(const Tier& tier, const Tenant& tenant, const Model& model,
                  const std::optional<DataPlaneLimits>& limits, const WorkerCapacity& worker, bool overbook) {
  if (Status s = check_figures(tier, tenant.name); !s) return s;
  const CapacityBook before = capacity_book(model.tenants, limits, worker);
  auto tenants = model.tenants;
  tenants.at(tenant.id).tier = tier;
  const CapacityBook after = capacity_book(tenants, limits, worker);
  if (Status s = check_workers(tier.workers & ~tenant.tier.workers, tenant, model, before, after); !s) return s;
  if (overbook) return {};
  const bool own = tier.workers != 0;
  if (own)
    if (Status s = check_own(tier, tenant.tier, tenant.name, worker); !s) return s;
  const Figure packets{own ? 0 : tier.guaranteed_pps,
                       before.sold.pps,
                       before.for_sale.pps,
                       after.sold.pps,
                       after.for_sale.pps,
                       "packets/s"};
  const Figure bits{
      own ? 0 : tier.guaranteed_bps, before.sold.bps, before.for_sale.bps, after.sold.bps, after.for_sale.bps, "bit/s"};
  if (Status s = check_shared(packets, tier, tenant.name, after, worker); !s) return s;
  return check_shared(bits, tier, tenant.name, after, worker);
}

}  // namespace demarc::cp
