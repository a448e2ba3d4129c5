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

// The routes of the VRF and the connected ones of its attachments; where both have a prefix, the connected one counts.
// Everything that the VRF names has its slot.
Result<VrfFibs> build_fibs(const TopologyModel& model, const Slots& slots, TenantId tenant, VrfId vrf);

// Everything in `model` has its slot, and every VRF its Fib.
TopologySpec make_topology_spec(const TopologyModel& model, const Slots& slots, const FibCache& fibs,
                                std::span<const AgentPort> ports);

}  // namespace demarc::dp
