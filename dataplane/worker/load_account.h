// LoadAccount: whose packets the worker's time went into, and how long they took. One a worker.
//
// After each burst the ticks since the last one are divided among the tenants that had packets in it, without a rest:
// so the tenants' cycles are the worker's busy time. Until a packet is sorted by tenant each costs the same. From there
// on tenants' packets cost differently (one has rules and tunnels, another echo requests), and a burst may be of many
// tenants; so the account learns what a packet of each costs, from what bursts with different numbers of each took
// (least mean squares), and divides a burst's time by that. A burst of one tenant needs no guess.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "common/base/ids.h"
#include "dataplane/worker/admission.h"
#include "dataplane/worker/burst.h"
#include "dataplane/worker/tenant_load.h"

namespace demarc::dp {

class LoadAccount {
 public:
  // `loads`: [tenant slot], tenant_slots of them; outlives the account.
  LoadAccount(TenantLoad* loads, uint32_t tenant_slots, Admission& admission, uint64_t ticks_per_second);

  // A turn begins. What the last busy turn did behind its last burst is a cost of the next one.
  void turn_begins(uint64_t now_tsc) { mark_tsc_ = now_tsc - rest_; }
  // All of the burst's packets have their fate.
  void burst_done(const Burst& burst, uint64_t now_tsc);
  // At the end of a turn that had bursts.
  void turn_ends(uint64_t now_tsc) { rest_ = now_tsc - mark_tsc_; }

  // What a packet of the tenant costs behind vlan_demux, ticks; 0: none has come.
  float cost(TenantSlot t) const { return costs_[t.value].cost; }

 private:
  // What the account keeps of a tenant, and where it is in the burst that is being divided.
  struct Cost {
    float cost = 0;
    uint32_t burst = 0;
    uint8_t part = 0;
  };
  struct Part {
    TenantSlot tenant;
    uint8_t came = 0;  // packets
    uint8_t shed = 0;  // of those
    uint8_t sent = 0;
  };
  unsigned divide(const Burst& burst);
  void learn(unsigned parts, float late);
  void charge(unsigned parts, uint64_t early, uint64_t late);
  void count_latency(const Burst& burst, unsigned parts, uint64_t now_tsc);

  TenantLoad* loads_;
  Admission& admission_;
  uint64_t ns_per_tick_;  // × 2^32
  uint64_t mark_tsc_ = 0;
  uint64_t rest_ = 0;
  uint32_t burst_number_ = 0;
  float shed_cost_ = 0;      // of a packet that is shed, behind vlan_demux
  std::vector<Cost> costs_;  // [tenant slot]
  std::array<Part, kBurstMax> parts_;
};

}  // namespace demarc::dp
