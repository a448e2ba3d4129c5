#include "controlplane/model/capacity.h"

#include <algorithm>
#include <bit>

#include "common/base/teid_owner.h"

namespace demarc::cp {
namespace {

// Of a product that fits: at most 64 workers, 1e9 packets/s or 4e11 bit/s each, 100 percent.
uint64_t part(unsigned workers, uint64_t of_each, uint32_t percent) { return workers * of_each * percent / 100; }

uint64_t less(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

}  // namespace

unsigned CapacityBook::shared_workers() const { return static_cast<unsigned>(std::popcount(shared)); }

Guarantee CapacityBook::left() const { return {less(for_sale.pps, sold.pps), less(for_sale.bps, sold.bps)}; }

CapacityBook capacity_book(const std::map<TenantId, Tenant>& tenants, const std::optional<DataPlaneLimits>& limits,
                           const WorkerCapacity& worker) {
  CapacityBook book;
  uint64_t taken = 0;
  for (const auto& [id, tenant] : tenants) {
    taken |= tenant.tier.workers;
    if (tenant.tier.workers != 0) continue;
    book.sold.pps += tenant.tier.guaranteed_pps;
    book.sold.bps += tenant.tier.guaranteed_bps;
  }
  // The one worker that is assumed is a shared one, whatever else tenants have.
  if (limits) {
    book.workers_known = true;
    book.workers = std::clamp<unsigned>(limits->workers, 1, kWorkersMax);
    book.shared = (~uint64_t{0} >> (64 - book.workers)) & ~taken;
  }
  book.for_sale = {part(book.shared_workers(), worker.packets_per_second, worker.for_sale_percent),
                   part(book.shared_workers(), worker.bits_per_second, worker.for_sale_percent)};
  return book;
}

const char* tier_name(const Tier& tier) {
  if (tier.workers != 0) return "dedicated";
  return tier.guaranteed_pps != 0 || tier.guaranteed_bps != 0 ? "reserved" : "shared";
}

std::string worker_list(uint64_t workers) {
  std::string out;
  for (; workers != 0; workers &= workers - 1)
    out += (out.empty() ? "" : ", ") + std::to_string(std::countr_zero(workers));
  return out;
}

}  // namespace demarc::cp
