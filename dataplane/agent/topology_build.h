// From the agent's model to what workers read: the Fib of a VRF, and the TopologySpec. Pure.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <utility>

#include "common/base/result.h"
#include "dataplane/agent/agent.h"
#include "dataplane/agent/slots.h"
#include "dataplane/agent/topology_model.h"
#include "dataplane/tables/fib.h"
#include "dataplane/tables/topology.h"

namespace demarc::dp {

// Fibs are kept while their VRF does not change, and shared between one Topology and the next.
struct VrfFibs {
  std::shared_ptr<const Fib> ipv4;
  std::shared_ptr<const Fib6> ipv6;             // null: the VRF has no IPv6 route, and costs nothing for it
  std::shared_ptr<const NextHopGroups> groups;  // null: no route has more than one next hop
};
using FibCache = std::map<std::pair<TenantId, VrfId>, VrfFibs>;

// What is in the buckets of tenants (VrfId 0) and of VRFs that have rates. It outlives each Topology, so that no change
// fills them.
class LimitsCache {
 public:
  explicit LimitsCache(unsigned workers = 1) : workers_(workers) {}
  // Nothing for no rates. The buckets of one that had others before are brought up to date with those first.
  LimitsRow row(TenantId tenant, VrfId vrf, const Rates& rates);
  // The tenant's guarantee, which begins full: it lets nobody have more than there is, but goes first.
  LimitsRow guarantee(TenantId tenant, const Rates& rates);
  // Forgets those that no row was asked for since the last call.
  void forget_others();

 private:
  struct Entry {
    LimitsRow row;
    bool asked = false;
  };
  LimitsRow row(Entry& entry, const Rates& rates, SharedLimits::Begin begin) const;

  unsigned workers_;
  std::map<std::pair<TenantId, VrfId>, Entry> entries_;
  std::map<TenantId, Entry> guarantees_;
};

// The routes of the VRF and the connected ones of its attachments; where both have a prefix, the connected one counts.
// Everything that the VRF names has its slot.
Result<VrfFibs> build_fibs(const TopologyModel& model, const Slots& slots, TenantId tenant, VrfId vrf);

// Everything in `model` has its slot, and every VRF its Fib.
TopologySpec make_topology_spec(const TopologyModel& model, const Slots& slots, const FibCache& fibs,
                                LimitsCache& limits, std::span<const AgentPort> ports);

}  // namespace demarc::dp
