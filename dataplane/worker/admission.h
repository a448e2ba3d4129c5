// Admission: which packets a worker sheds that has more to do than it can. Early, behind vlan_demux, where all that is
// known of a packet is whose it is and how long, and before anything that costs. One a worker, used by it alone.
//
// A tenant's packets within its guarantee (TenantRow::guarantee, a bucket that all workers share) are always let in.
// What is left of the worker's time is for the rest, by weight: each tenant earns time, level × weight of each tick,
// and pays for its packets with what they cost, the shed ones among them. The level is such that those that want less
// than that get all they want, and the others the same for each unit of weight (max-min fairness). Time is what counts,
// not packets: a tenant whose packets cost more gets fewer through.
//
// How much is left: where somebody with a guarantee sends, the worker is filled to 72 % only. Packets wait
// for the rest of the turn in which they come, and turns get longer the fuller the worker is; so filled, they wait at
// most about twice as long as on a worker that is half idle. Where nobody has a guarantee it is filled.
//
// Nothing is shed before the worker had no time left in `patience` windows and found its ports with packets in store.
// It ends with the first window in which all that came could have been done.
//
// The clock is the caller's. Integers and a few floats; no division for a packet.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "common/base/ids.h"
#include "common/base/teid_owner.h"
#include "dataplane/tables/topology.h"

namespace demarc::dp {

class Admission {
 public:
  // Long enough for hundreds of packets, short enough that a port's queue holds what comes in one.
  static constexpr uint64_t kWindowsPerSecond = 8'000;

  // `tenant_slots`: as many as there can be; all memory is taken here. `patience`: windows, at least 1. A worker that
  // sleeps between packets, or shares its core, has windows that say nothing.
  Admission(uint32_t tenant_slots, WorkerIndex self, uint64_t ticks_per_second, unsigned patience);

  // ---- while it sheds ----
  bool sheds() const { return sheds_; }
  enum class Verdict : uint8_t { shed, by_share, by_guarantee };
  // Of a packet that was just received, `bytes` long with its Ethernet header. `row`: of its tenant, `t`.
  Verdict ask(const TenantRow& row, TenantSlot t, uint64_t bytes, uint64_t now_tsc) {
    if (row.guarantee.state != nullptr && row.guarantee.state->conforms(row.guarantee.shared, self_, Direction::uplink,
                                                                        8 * bytes, now_tsc, ticks_per_second_)) {
      row.guarantee.state->pay(row.guarantee.shared, self_, Direction::uplink, 8 * bytes);
      ++of(t).guaranteed;
      return Verdict::by_guarantee;
    }
    return take_share(row, t, now_tsc) ? Verdict::by_share : Verdict::shed;
  }
  // Of one that another worker received, to which the guarantee has been asked there.
  bool take_share(const TenantRow& row, TenantSlot t, uint64_t now_tsc) {
    Tenant& tenant = of(t);
    const float rate = level_ * static_cast<float>(row.weight);
    const auto elapsed = static_cast<float>(now_tsc - tenant.asked_tsc);
    tenant.asked_tsc = now_tsc;
    const float most = rate * saved_ticks_;
    // Whether it is let in or not, to get so far has cost something: who floods pays for that itself.
    tenant.credit = std::min(tenant.credit + rate * elapsed, most) - tenant.toll;
    const bool in = tenant.credit > 0;
    tenant.credit = std::max(in ? tenant.credit - tenant.cost : tenant.credit, -most - tenant.cost);
    return in;
  }

  // ---- after each burst ----
  // Of one tenant in it: packets that came, let in or not. `cost`: what one that is let in costs from there on, ticks.
  void note(TenantSlot t, unsigned came, float cost) {
    Tenant& tenant = of(t);
    tenant.came += came;
    tenant.cost = cost;
  }
  // `early`: ticks that went by until they were sorted by tenant, and on those that were shed. `stored`: there was no
  // end of packets in the port.
  void note_burst(unsigned packets, uint64_t early, bool stored) {
    packets_ += packets;
    stored_ += stored ? packets : 0;
    early_ += early;
  }

  // ---- once a turn ----
  // `busy`: ticks since the last call that went into turns with packets. Ends the window when its time has come.
  void turn_done(uint64_t now_tsc, uint64_t busy, const Topology& topology) {
    busy_ += busy;
    if (now_tsc - window_begin_ >= window_ticks_) end_window(now_tsc, topology);
  }

  // For tests: what each unit of weight earns, ticks a tick.
  float level() const { return level_; }

 private:
  struct Tenant {
    uint32_t window = 0;      // in which the next two were last written
    uint32_t came = 0;        // packets
    uint32_t guaranteed = 0;  // of those, let in by its guarantee
    float cost = 0;           // ticks of a packet that is let in
    float toll = 0;           // ticks of each that comes
    float wants = 0;          // ticks beyond the guarantee, of the window that has just ended; negative: it got them
    float credit = 0;         // ticks
    uint64_t asked_tsc = 0;
  };
  Tenant& of(TenantSlot t) {
    Tenant& tenant = tenants_[t.value];
    if (tenant.window != window_) [[unlikely]]
      begin(tenant, t);
    return tenant;
  }
  void begin(Tenant& tenant, TenantSlot t);
  void end_window(uint64_t now_tsc, const Topology& topology);
  bool has_no_time_left(uint64_t elapsed) const;
  void judge(float time, const Topology& topology);
  float fair_level(float left, const Topology& topology);

  unsigned self_;
  uint64_t ticks_per_second_;
  uint64_t window_ticks_;
  float saved_ticks_;  // nobody saves up more than it earns in these
  unsigned patience_;
  unsigned busy_windows_ = 0;  // without an end
  uint64_t window_begin_ = 0;
  uint32_t window_ = 1;
  bool sheds_ = false;
  float level_ = 0;
  // Of this window.
  uint64_t packets_ = 0;
  uint64_t stored_ = 0;
  uint64_t early_ = 0;
  uint64_t busy_ = 0;
  std::vector<Tenant> tenants_;     // [tenant slot]
  std::vector<TenantSlot> active_;  // those of which something came in this window
};

}  // namespace demarc::dp
